"""The 08:00 brief: what is in it, for whom, and not after noon."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.care import brief
from bot.delivery import policy
from bot.store.models import Calendar, ComplaintState, NoticeQuota, OutboxState, Purpose
from bot.tickets import tasks

ZONE = ZoneInfo("Asia/Shanghai")


def _at(day, hour=8, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def manager(make):
    return make.manager(name="李红")


@pytest.fixture
def words(plan, rows):
    """Plan the brief of Friday the 20th and return its lines."""

    def read() -> list[str]:
        plan(brief.plan, _at(20))
        return rows("brief")[0].part["content"].splitlines()

    return read


def test_every_manager_at_work_who_has_something_gets_one(make, manager, plan, rows):
    for each in (manager, make.manager(), make.manager(active=False), make.manager(wecom_userid=None)):
        make.complaint(make.contact(make.customer(manager=each)))
    make.supervisor(branch_id=make.branch(name="城北分公司").id)
    for _ in range(2):
        plan(brief.plan, _at(20))
    found = rows("brief")
    assert [(row.occasion, row.purpose, row.urgent) for row in found] == [("2026-11-20", Purpose.STAFF, False)] * 2
    assert found[0].manager_id == manager.id
    assert found[0].expires_at == _at(20, 12)


@pytest.fixture
def busy(make, manager):
    """李红 has a complaint in hand."""
    return make.complaint(make.contact(make.customer(manager=manager)))


def test_whole_day_is_in_it(make, manager, words, clock, db, settings):
    clock.set(_at(20))
    born = {"birthday_calendar": Calendar.SOLAR, "birthday_month": 11, "birthday_day": 20, "manager": manager}
    make.customer(name="王磊", honorific="总", **born)
    reachable = make.contact(make.customer(name="赵敏", honorific="女士", **born))
    db.add(NoticeQuota(contact_id=reachable.id, template_id=settings.wechat_notice_care, left=1))
    customer = make.customer(name="钱多", honorific="先生", manager=manager)
    contact = make.contact(customer)
    make.complaint(contact, number="TS1", due_at=_at(20, 11, 30))
    make.complaint(contact, number="TS2", state=ComplaintState.TAKEN, due_at=_at(20, 7, 15))
    make.complaint(contact, number="TS3", state=ComplaintState.ANSWERED)
    make.complaint(contact, number="TS4", state=ComplaintState.CLOSED, closed_at=_at(17, 12))
    make.contract(customer, name="专线合约", ends_on=date(2026, 11, 27))
    make.contract(customer, name="手机合约", ends_on=date(2026, 12, 20))
    make.contract(customer, name="远期合约", ends_on=date(2026, 12, 10))
    for title, due in (("回电", _at(20, 15)), ("催款", _at(19, 15)), ("以后", _at(23, 9))):
        tasks.add(
            db, manager=manager, rule="x", occasion=title, title=title, due_at=due, now=clock.now(), customer=customer
        )
    assert words() == [
        "李红早上好！今天11月20日，您要留意：",
        "【未结投诉】3件",
        "TS2 钱多（金） 网络质量 已接单，已超时45分钟",
        "TS1 钱多（金） 网络质量 已登记，还剩3小时30分",
        "TS3 钱多（金） 网络质量 已答复，等客户确认",
        "【任务】3项",
        "2. 催款 钱多（金），已超时17小时0分：",
        "1. 回电 钱多（金），今天15:00前：",
        "3. 以后 钱多（金），11月23日09:00前：",
        "【生日】",
        "王磊（金）需您亲自问候",
        "赵敏（金）09:00自动问候",
        "【合约到期】",
        "钱多（金） 专线合约，还有7天",
        "钱多（金） 手机合约，还有30天",
        "【今日回访】",
        "钱多（金） TS4",
        "祝您今天顺利！回复“待办”随时再看。",
    ]


def test_other_managers_customers_are_not_in_it(make, busy, words):
    make.customer(birthday_calendar=Calendar.SOLAR, birthday_month=11, birthday_day=20)
    assert not any("生日" in line for line in words())


def test_long_lists_are_counted(make, manager, words, db, clock):
    for number in range(brief.ITEMS + 3):
        day = {"due_at": _at(20, 15), "now": _at(20)}
        tasks.add(db, manager=manager, rule="x", occasion=str(number), title=f"事{number}", **day)
    lines = words()
    assert len([line for line in lines if ". 事" in line]) == brief.ITEMS
    assert "…还有3项，发“更多任务”看" in lines


@pytest.mark.parametrize(("now", "sent"), [(_at(20, 8), 1), (_at(20, 12), 1), (_at(20, 12, 1), 0), (_at(23, 8), 0)])
def test_after_noon_it_is_no_brief_any_more(busy, plan, rows, now, sent):
    plan(brief.plan, _at(20), now)
    assert len(rows("brief")) == sent


def test_it_goes_out_at_eight_sharp(busy, plan, rows, settings, db, clock):
    plan(brief.plan, _at(20))
    (row,) = rows("brief")
    assert row.state is OutboxState.QUEUED
    assert policy.decide(policy.facts_of(db, row, None, clock.now(), settings)) == policy.Send()
    early = policy.facts_of(db, row, None, clock.now() - timedelta(seconds=1), settings)
    assert policy.decide(early) == policy.Wait(_at(20), policy.Reason.QUIET_HOURS)
