"""Issue 8, the manager's truth: empty briefs, briefs on rest days, "09:00自动问候" not kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.care import birthdays, brief, return_visits
from bot.delivery import policy
from bot.store.models import Calendar, Consent, Level, NoticeQuota, OutboxState, Purpose, Satisfaction
from tests.care.conftest import SHANGHAI, desk, plan, rows

__all__ = ["desk", "plan", "rows"]


def _at(day: int, hour: int = 8, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.fixture
def manager(make):
    return make.manager(name="李红")


def _born(make, manager, day: int, **facts):
    born = {"birthday_calendar": Calendar.SOLAR, "birthday_month": 11, "birthday_day": day}
    return make.customer(name="王磊", honorific="总", manager=manager, **(born | facts))


def test_nothing_to_say_is_not_said(manager, plan, rows):
    plan(brief.plan, _at(20))
    assert rows("brief") == []


@pytest.mark.parametrize("day", [datetime(2026, 11, 21, 8, tzinfo=SHANGHAI), datetime(2026, 10, 1, 8, tzinfo=SHANGHAI)])
def test_a_rest_day_is_left_in_peace(make, manager, plan, rows, day):
    make.complaint(make.contact(make.customer(manager=manager)))
    plan(brief.plan, day)
    assert rows("brief") == []


def test_a_make_up_workday_is_a_workday(make, manager, plan, rows):
    make.complaint(make.contact(make.customer(manager=manager)))
    plan(brief.plan, _at(20, month=9))  # a Sunday worked for the National Day
    assert len(rows("brief")) == 1


def test_what_fell_on_the_weekend_stands_in_mondays(make, manager, plan, rows):
    customer = _born(make, manager, 22)
    make.contract(customer, name="专线合约", ends_on=date(2026, 12, 21))
    make.complaint(make.contact(customer), number="TS9", state="closed", closed_at=_at(19, 12))
    plan(brief.plan, _at(23))
    said = rows("brief")[0].part["content"]
    assert "王磊（金）（11月22日）" in said
    assert "专线合约，还有28天" in said
    assert "TS9" in said


def test_a_return_visit_waits_for_a_workday(make, manager, plan, rows):
    make.complaint(
        make.open_contact(make.customer(manager=manager)), number="TS9", state="closed", closed_at=_at(18, 12)
    )
    plan(return_visits.plan, _at(21, 10))
    assert rows("return_visit") == []
    plan(return_visits.plan, _at(23, 10))
    assert [row.occasion for row in rows("return_visit")] == ["TS9"]


HELD = {
    "opted_out": "已退订问候，请不要再发",
    "complaint_open": "有未结投诉，暂不自动问候",
    "rated_badly": "刚评价不满意，暂不自动问候",
    "bereaved": "家中有丧事，不发祝福",
    "unfollowed": "微信里联系不上，请打电话问候",
    "": "09:00自动问候",
}


@pytest.fixture
def greeted(db, make, manager, settings, clock):
    """A customer whose birthday is on Friday the 20th and who can be reached, unless something keeps him from it."""

    def held(why: str):
        customer = _born(make, manager, 20)
        contact = make.contact(customer, following=why != "unfollowed")
        db.add(NoticeQuota(contact_id=contact.id, template_id=settings.wechat_notice_care, left=1))
        if why == "opted_out":
            db.add(Consent(customer_id=customer.id, purpose=Purpose.CARE, granted=False, source="chat", at=_at(1)))
        elif why == "complaint_open":
            make.complaint(contact)
        elif why == "rated_badly":
            facts = {"state": "closed", "closed_at": _at(9), "satisfaction": Satisfaction.BAD}
            make.complaint(contact, **facts)
        elif why == "bereaved":
            customer.bereaved_until = date(2026, 12, 31)
        db.flush()
        return customer, contact

    return held


@pytest.mark.parametrize("why", HELD)
def test_a_greeting_is_promised_when_it_goes_and_else_the_reason_is_said(greeted, plan, rows, db, settings, why):
    _, contact = greeted(why)
    plan(birthdays.plan, _at(20, 7))
    plan(brief.plan, _at(20))
    assert f"王磊（金）{HELD[why]}" in rows("brief")[0].part["content"].splitlines()
    (row,) = rows("birthday")
    decided = policy.decide(policy.facts_of(db, row, contact, _at(20, 9), settings))
    assert decided == (policy.Suppress(policy.Reason(why)) if why else policy.Send())


def test_what_was_sent_is_no_promise_any_more(greeted, plan, rows, db):
    greeted("")
    plan(birthdays.plan, _at(20, 7))
    rows("birthday")[0].state = OutboxState.SENT
    db.flush()
    plan(brief.plan, _at(20), _at(20) + timedelta(hours=3))
    assert "王磊（金）已自动问候" in rows("brief")[0].part["content"]


def test_no_greeting_promises_a_call_that_nobody_has_to_make(make, manager, desk, db):
    texts = desk.texts_for(db, make.branch().id)
    for belated in (False, True):
        words = birthdays.greeting_for(texts, make.customer(level=Level.DIAMOND, manager=manager), belated=belated)
        assert "亲自联系" not in words
