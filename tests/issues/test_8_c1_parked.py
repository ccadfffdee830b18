"""C1: a kept message that killed its worker was tried for ever, so that no worker did anything else any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import metrics
from bot.dialogue import Router
from bot.intake import inbound_log
from bot.intake.pipeline import Work
from bot.messages import Reply
from bot.runtime.container import Services
from bot.store.models import Inbound, InboundState, Manager, Outbox, Task
from bot.store.retry import Unavailable
from handlers import build_router
from scripts.simulator.judge import SUCCESS
from scripts.simulator.testkit import World
from tests.scenarios.webhook.wire import Desk, Gate, Turns, follower, replies

WORDS = "烦死了啊啊啊啊你们到底管不管"


class Died(BaseException):
    """Stands for the end of a process: nothing after it runs."""


@pytest.fixture
def number(
    turns: Turns, world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> int:
    """A message that was kept and whose process is gone."""

    def left(work: Work) -> Reply:
        raise Unavailable("the process died")

    with monkeypatch.context() as broken:
        broken.setattr(services.pipeline, "run", left)
        assert follower(world).says(WORDS).outcome == SUCCESS
    return truth.scalars(select(Inbound.id)).one()


def _dies(services: Services, number: int, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    def die(work: Work) -> Reply:
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr(services.pipeline, "run", die)
        for _ in range(times):
            with pytest.raises(Died):
                services.resumption.resume(number)


def test_after_two_deaths_it_is_parked_with_an_alarm_and_an_honest_word_once(
    number: int, world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = metrics.PARKED._value.get()
    _dies(services, number, monkeypatch, 2)
    for _ in range(3):
        services.resumption.resume(number)
    truth.rollback()
    row = truth.get_one(Inbound, number)
    assert (row.state, row.attempts, row.resume_at) == (InboundState.PARKED, 3, None)
    assert metrics.PARKED._value.get() - before == 1
    task = truth.scalars(select(Task)).one()
    assert WORDS in task.text and task.rule == "parked"
    keeper = truth.get_one(Manager, task.manager_id)
    assert truth.scalars(select(Outbox.rule).where(Outbox.manager_id == keeper.id)).all().count("alarm") == 1
    world.settle()
    (said,) = replies(follower(world))
    assert keeper.name in said and "没能处理好" in said
    assert desk.said == [], "its words are looked at by nothing any more"


def test_a_retry_of_a_parked_message_runs_no_turn(
    number: int, world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    _dies(services, number, monkeypatch, 2)
    services.resumption.resume(number)
    truth.rollback()
    kept = truth.get_one(Inbound, number).payload or {}
    assert services.pipeline.run(Work(inbound_log.from_json(kept))) == Reply()
    assert desk.said == []


def test_one_death_costs_nobody_his_answer(
    number: int, world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    _dies(services, number, monkeypatch, 1)
    world.settle()
    assert replies(follower(world)) == [f"收到：{WORDS}"]


def test_a_server_that_is_away_costs_no_try(
    number: int, world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(work: Work) -> Reply:
        raise Unavailable("ConnectionError")

    with monkeypatch.context() as broken:
        broken.setattr(services.pipeline, "run", away)
        for _ in range(5):
            services.resumption.resume(number)
    truth.rollback()
    row = truth.get_one(Inbound, number)
    assert (row.state, row.attempts) == (InboundState.ACCEPTED, 0)
    assert row.resume_at is not None and row.resume_at - services.clock.now() == timedelta(seconds=2)
    world.clock.advance(3)
    world.settle()
    assert replies(follower(world)) == [f"收到：{WORDS}"]


def test_what_a_member_of_the_staff_wrote_is_told_to_himself(
    turns: Turns, world: World, services: Services, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, manager = Gate(), world.manager("周敏")

    def held(work: Work) -> Reply:
        gate(None)  # type: ignore[arg-type]
        return Reply()

    with monkeypatch.context() as broken:
        broken.setattr(services.pipeline, "run", held)
        broken.setattr(services.acknowledger, "_deadline", 0.05)
        manager.says("今日")
    gate.open()
    number = truth.scalars(select(Inbound.id)).one()
    _dies(services, number, monkeypatch, 2)
    services.resumption.resume(number)
    world.settle()
    manager.sees(contains="没能处理好")
    truth.rollback()
    assert truth.scalars(select(Task)).all() == []


class TestWhoLeaves:
    @pytest.fixture
    def router(self) -> Router:
        """The program's own handlers: one of them forgets who has left."""
        return build_router()

    def test_a_parked_message_is_forgotten_with_him(
        self, number: int, world: World, services: Services, truth: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _dies(services, number, monkeypatch, 2)
        services.resumption.resume(number)
        person = follower(world)
        person.unfollows()
        truth.rollback()
        rows = truth.scalars(text("SELECT row(i.*)::text FROM inbound i")).all()
        assert not [row for row in rows if person.person.address in row or WORDS in row]
