"""The brief cut its lists at five and 待办 at ten; a supervisor's own broken promises stood nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.care import brief, promises
from bot.care.agenda import ITEMS
from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from bot.store.models import Level
from tests.care.conftest import SHANGHAI, plan, rows
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff, stranger

__all__ = ["clock", "pack", "people", "phone", "pipeline", "plan", "rows", "staff", "stranger"]

EIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=SHANGHAI)


@pytest.fixture
def desk(settings, pack):
    """The planning's desk, with the pack's names of categories."""
    titles = {each.id: each.title for each in pack.understanding.categories()}
    return Desk(settings, TextBook(settings.tiexin_knowledge), lambda _, category: titles.get(category, category))


@pytest.fixture
def many(make, people):
    """王芳's customers have two complaints more than a list names, the oldest of them of the least valued."""
    for number in range(ITEMS + 2):
        level = Level.NORMAL if number == 0 else Level.DIAMOND if number == 1 else Level.GOLD
        contact = make.contact(make.customer(name=f"钱{number}", manager=people.manager, level=level))
        due_at = EIGHT - timedelta(hours=70 - number)
        make.complaint(contact, number=f"TS20261117-{number:04}", category="network", due_at=due_at)
    make.commit()


def _complaints(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith(("TS", "…"))]


def test_brief_todo_and_today_cut_at_the_same_line(many, plan, rows, staff, clock):
    plan(brief.plan, EIGHT)
    sent = next(row for row in rows("brief") if "王芳" in row.part["content"]).part["content"]
    wang = staff("wangfang")
    assert _complaints(sent) == _complaints(wang.says("待办")) == _complaints(wang.says("早报"))
    assert _complaints(wang.says("投诉")) == _complaints(sent)
    assert len(_complaints(sent)) == ITEMS + 1
    assert _complaints(sent)[-1] == "…还有2项，发“更多投诉”看"


def test_the_oldest_late_one_is_first_and_the_rest_can_be_seen(many, staff, clock):
    clock.set(EIGHT)
    wang = staff("wangfang")
    first = _complaints(wang.says("待办"))
    assert [line[:15] for line in first[:2]] == ["TS20261117-0000", "TS20261117-0001"]
    rest = _complaints(wang.says("更多投诉"))
    assert [line[:15] for line in rest] == [f"TS20261117-{number:04}" for number in (ITEMS, ITEMS + 1)]
    assert "没有了" in wang.says("更多投诉 3")


def _tick(desk, db, clock, *moments):
    for hour, minute in moments:
        clock.set(datetime(2026, 11, 20, hour, minute, tzinfo=SHANGHAI))
        promises.tick(desk, db, clock.now())
        db.commit()


def test_the_supervisors_own_broken_promise_stands_there_too(stranger, staff, db, desk, clock):
    stranger.says("帮我找一下客户经理")  # at 10:00 to 何建华: by 12:00
    _tick(desk, db, clock, (12, 1))
    said = staff("he").says("待办")
    assert "【没做到的约定】1件" in said
    assert "何建华 客户找您" in said


def test_how_late_counts_from_the_first_promise(phone, staff, db, desk, clock):
    phone.says("帮我找一下客户经理")  # at 10:00: by 12:00
    _tick(desk, db, clock, (12, 1), (14, 2))
    clock.set(datetime(2026, 11, 20, 15, 0, tzinfo=SHANGHAI))
    assert "已超时3小时0分" in staff("wangfang").says("待办")
    assert "王芳 客户找您 王总（金），已超时3小时0分" in staff("he").says("待办")
