"""Issue 8, the manager's truth: 待办, 早报 and the 08:00 brief showed three different things.

待办 said "您现在没有待办。" to one whose complaint was overdue for days; the brief's contracts stood nowhere else.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.care import brief
from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from bot.store.models import Calendar, Level
from bot.tickets import tasks
from tests.care.conftest import SHANGHAI, plan, rows
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff

__all__ = ["clock", "pack", "people", "phone", "pipeline", "plan", "rows", "staff"]

EIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=SHANGHAI)


@pytest.fixture
def desk(settings, pack):
    """The planning's desk, with the pack's names of categories."""
    titles = {each.id: each.title for each in pack.understanding.categories()}
    return Desk(settings, TextBook(settings.tiexin_knowledge), lambda _, category: titles.get(category, category))


@pytest.fixture
def full(db, make, people, clock):
    """王芳 has a late complaint, a task, a birthday, a contract and a return visit before her."""
    born = {"birthday_calendar": Calendar.SOLAR, "birthday_month": 11, "birthday_day": 20}
    customer = make.customer(name="钱多", level=Level.DIAMOND, manager=people.manager, **born)
    contact = make.contact(customer)
    make.complaint(contact, number="TS20261117-0001", category="network", due_at=EIGHT - timedelta(hours=70))
    make.complaint(contact, number="TS20261117-0002", state="closed", closed_at=EIGHT - timedelta(days=2, hours=20))
    make.contract(customer, name="专线合约", ends_on=date(2026, 11, 27))
    tasks.add(
        db,
        manager=people.manager,
        rule="x",
        occasion="1",
        title="回电",
        due_at=EIGHT + timedelta(hours=3),
        now=EIGHT,
        customer=customer,
    )
    make.commit()


def _body(words: str) -> list[str]:
    """Return the lines between head and tail."""
    return words.splitlines()[1:]


def test_the_three_say_the_same(full, plan, rows, staff, clock):
    plan(brief.plan, EIGHT)
    sent = next(row for row in rows("brief") if "王芳" in row.part["content"]).part["content"].splitlines()
    assert sent[1:-1] == _body(staff("wangfang").says("早报"))
    assert sent[1:-1] == _body(staff("wangfang").says("待办"))[:-1]
    assert any(line.startswith("TS20261117-0001 钱多（钻石）") and "已超时2天22小时" in line for line in sent)
    assert [line for line in sent if "专线合约" in line or "TS20261117-0002" in line or "回电" in line]
    assert "钱多（钻石）有未结投诉，暂不自动问候" in sent


def test_an_overdue_complaint_stands_in_todo(full, staff):
    said = staff("wangfang").says("待办")
    assert "TS20261117-0001" in said
    assert "已超时" in said


def test_a_supervisors_page_reads_no_more_than_it_shows(make, people, staff, db):
    contact = make.contact(make.customer(manager=people.manager))
    for number in range(40):
        make.complaint(contact, due_at=EIGHT + timedelta(hours=number))
    make.commit()
    said = staff("he").says("我的投诉")
    assert "40件" in said
    assert "…还有30项" in said
    assert said.count("TS2026") == 10
