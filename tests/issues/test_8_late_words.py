"""Messages that were held back kept their old words: times that had passed, "明天" on that day, news that was old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.delivery import outbox
from bot.knowledge.texts import Texts
from bot.messages import Text
from bot.moments import Said, reworded, spoken, to_json
from bot.runtime.container import Services
from bot.store.models import Contact, Outbox, Purpose
from scripts.simulator.actors import words
from scripts.simulator.testkit import Customer, Manager, World
from tests.conftest import KNOWLEDGE, SHANGHAI
from tests.scenarios.caring import passes
from tests.scenarios.conftest import router
from tests.scenarios.talking import filed, talk

__all__ = ["router"]

SAY = Texts.load(KNOWLEDGE, "telecom").say


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def _all(person: Customer | Manager) -> str:
    return "\n".join(words(each) for each in person.received)


@pytest.fixture
def at(world: World) -> Callable[[str], None]:
    """Let a moment of Shanghai come."""

    def come(moment: str) -> None:
        world.clock.move_to(_moment(moment))
        world.settle()

    return come


def _said_later(text: str, moments: list[str], made: str, now: str) -> str:
    said = [Said(spoken(SAY, _moment(each), _moment(made), SHANGHAI), _moment(each)) for each in moments]
    anew = reworded(to_json(said, text), _moment(made), _moment(now), SHANGHAI, SAY)
    return anew(text)


@pytest.mark.parametrize(
    ("now", "reads"),
    [
        ("2026-12-23 18:30", "请在明天08:30前答复"),
        ("2026-12-24 07:00", "请在今天08:30前答复"),
        ("2026-12-24 09:00", "请在今天08:30（已过）前答复"),
        ("2026-12-26 08:00", "请在12月24日08:30（已过）前答复"),
    ],
)
def test_a_time_is_said_as_it_is_on_the_day_it_is_read(now: str, reads: str) -> None:
    assert _said_later("请在明天08:30前答复", ["2026-12-24 08:30"], "2026-12-23 18:00", now) == reads


def test_two_times_are_not_mixed_up() -> None:
    text = "今天09:00登记，明天09:00前答复"
    later = _said_later(text, ["2026-12-23 09:00", "2026-12-24 09:00"], "2026-12-23 09:00", "2026-12-24 08:00")
    assert later == "昨天09:00登记，今天09:00前答复"


def test_how_long_it_has_been_goes_on() -> None:
    made, now = _moment("2026-12-23 10:00"), _moment("2026-12-26 08:00")
    said = [Said("2小时0分", _moment("2026-12-23 08:00"), "span")]
    anew = reworded(to_json(said, "已超过答复时限2小时0分"), made, now, SHANGHAI, SAY)
    assert anew("已超过答复时限2小时0分") == "已超过答复时限3天0小时"


def test_cards_that_a_standstill_held_back_name_the_right_day(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    passes(world, "2026-11-20 17:30")
    said = talk(wang, "我家宽带老掉线，烦死了，昨天开始的")
    assert "请您看看" in said
    receipt = talk(wang, "确认")
    assert "TS" in receipt
    passes(world, "2026-11-26 08:30")
    world.settle()
    card = words(zhou.sees_card("新投诉"))
    assert "明天" not in card
    assert "今天" not in card
    assert "（已过）" in card
    assert "最晚答复：11月" in card


def test_accepted_is_not_said_after_the_answer(world: World, truth: Session, at: Callable[[str], None]) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    at("2026-11-20 17:00")
    number = filed(wang)
    at("2026-11-20 22:30")
    talk(zhou, f"接单 {number}")
    assert "休息时间" in talk(zhou, f"回复 {number} 已经换好了")
    at("2026-11-21 08:01")
    wang.sees(("昨天22:30答复", "已经换好了"))
    assert "已经接单" not in _all(wang)
    truth.rollback()
    row = truth.scalars(select(Outbox).where(Outbox.rule == "complaint_state")).one()
    assert (row.state, row.reason) == ("skipped", "superseded")


def test_accepted_is_not_said_once_its_time_has_passed(world: World, truth: Session, at: Callable[[str], None]) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)  # due at 14:00
    passes(world, "2026-11-20 10:30")
    talk(zhou, f"接单 {number}")
    passes(world, "2026-11-20 15:00")
    world.settle()
    assert "已经接单" not in _all(wang)
    truth.rollback()
    row = truth.scalars(select(Outbox).where(Outbox.rule == "complaint_state")).one()
    assert (row.state, row.reason) == ("skipped", "expired")


def test_who_accepts_late_promises_no_time_that_has_passed(world: World, at: Callable[[str], None]) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-20 15:00")
    talk(zhou, f"接单 {number}")
    got = words(wang.sees("已经接单。说好的时间过了"))
    assert "14:00" not in got


def test_a_late_answer_of_the_assistant_names_the_right_day(services: Services, world: World) -> None:
    wang, made = world.customer("王总"), services.clock.now()
    wang.says("你好")
    with services.store.begin() as db:
        contact = db.scalars(select(Contact).where(Contact.openid == wang.person.address)).one()
        said = [Said("明天12:00", _moment("2026-11-21 12:00"))]
        values = {"to": contact, "purpose": Purpose.REPLY, "rule": "late_reply", "occasion": "x", "said": said}
        outbox.enqueue(db, part=Text("明天12:00前给您答复"), now=made, **values)
    world.clock.advance(hours=22)
    world.settle()
    assert "今天12:00前给您答复" in _all(wang)
