"""L8: one customer's 300 messages in a second made 288 separate customer-service answers."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.dialogue import Router
from bot.runtime.container import Services
from bot.store.models import Complaint, Inbound, InboundState
from handlers import build_router
from scripts.simulator.judge import SUCCESS
from scripts.simulator.testkit import Customer, World
from tests.scenarios.webhook.wire import Turns, follower, replies

MANY = "有点多"


@pytest.fixture
def router() -> Router:
    return build_router()


@pytest.fixture
def person(turns: Turns, world: World, services: Services, monkeypatch: pytest.MonkeyPatch) -> Customer:
    """Somebody whose messages are all answered late."""
    someone = follower(world)
    monkeypatch.setattr(services.acknowledger, "_deadline", 0.0)
    return someone


def _says(person: Customer, turns: Turns, *words: str) -> None:
    for each in words:
        assert person.says(each).outcome == SUCCESS
        turns.wait_for(ended=turns.counts["delivered"])


def test_a_flood_of_questions_is_answered_by_a_few_and_one_word_for_all(
    person: Customer, turns: Turns, world: World, truth: Session
) -> None:
    _says(person, turns, *["怎么查话费", "谢谢"] * 20)
    world.settle()
    said = replies(person)
    assert len(said) <= 7 and sum(MANY in words for words in said) == 1
    done = select(func.count()).select_from(Inbound).where(Inbound.state == InboundState.DONE)
    assert truth.scalar(done) == 40


def test_steps_of_a_form_and_a_complaint_are_each_answered(
    person: Customer, turns: Turns, world: World, truth: Session
) -> None:
    _says(person, turns, *["怎么查话费"] * 12)
    _says(person, turns, "我要投诉，家里宽带天天掉线")
    for _ in range(8):
        if truth.scalars(select(Complaint.number)).first():
            break
        world.settle()
        summary = any("确认提交" in str(message) for message in person.received[-1:])
        _says(person, turns, "确认" if summary else "三天前开始的，电话13800138000，希望尽快修好，可以打电话")
        truth.rollback()
    world.settle()
    number = truth.scalars(select(Complaint.number)).one()
    said = replies(person)
    assert sum(MANY in words for words in said) == 1
    assert any(number in words for words in said)


def test_another_minute_is_another_count(person: Customer, turns: Turns, world: World) -> None:
    _says(person, turns, *["怎么查话费"] * 12)
    world.settle()
    before = len(replies(person))
    world.clock.advance(120)
    _says(person, turns, "怎么查话费")
    world.settle()
    assert len(replies(person)) == before + 1
