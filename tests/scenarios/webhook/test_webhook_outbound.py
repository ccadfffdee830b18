"""What leaves: tokens that die, answers that get lost, quotas, and two workers at one queue."""

from __future__ import annotations

import threading
from collections.abc import Iterable, MutableMapping
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.messages import Reply, Text
from bot.packs import Pack
from bot.runtime.container import Services
from bot.store.models import Contact, DeliveryEvent, Outbox, OutboxState
from scripts.simulator.testkit import Customer, World
from tests.scenarios.webhook.wire import Desk, another, follower, replies

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"


@pytest.fixture
def person(world: World, desk: Desk) -> Customer:
    """Somebody whose message has a second part, which leaves through the outbox."""
    desk.answers["两句"] = Reply((Text("第一句"), Text("第二句")))
    return follower(world)


def asks(person: Customer, world: World) -> None:
    person.says("两句")
    person.sees("第一句")
    world.clock.advance(2)


def rows(truth: Session) -> list[tuple[OutboxState, str]]:
    truth.rollback()
    return [tuple(row) for row in truth.execute(select(Outbox.state, Outbox.reason).order_by(Outbox.id))]


def count(calls: Iterable[object]) -> int:
    return sum(1 for _ in calls)


class TestTokens:
    def test_one_that_dies_in_between_is_replaced_and_the_message_arrives_once(
        self, person: Customer, world: World, truth: Session
    ) -> None:
        asks(person, world)
        person.sees("第二句")
        world.simulator.kill_tokens()
        asks(person, world)
        person.sees("第二句")
        person.sees_nothing_else()
        assert count(world.simulator.calls(TOKEN)) == 2
        assert count(world.simulator.calls(SEND)) == 3  # the second try of the second message included
        assert {state for state, _ in rows(truth)} == {OutboxState.SENT}

    @pytest.mark.parametrize("code", [40001, 42001, 40014])
    def test_one_that_is_always_refused_stops_after_one_retry(
        self,
        code: int,
        person: Customer,
        world: World,
        truth: Session,
        logs: list[MutableMapping[str, Any]],
    ) -> None:
        world.simulator.fault(SEND, errcode=code, times=0)
        asks(person, world)
        person.sees_nothing_else()
        assert count(world.simulator.calls(SEND)) == 2
        assert count(world.simulator.calls(TOKEN)) <= 2
        assert rows(truth) == [(OutboxState.WAITING, "stopped")]
        failed = [line for line in logs if line["event"] == "send_failed"]
        assert [line["log_level"] for line in failed] == ["error"] and failed[0]["remedy"]
        world.simulator.clear_faults()
        world.clock.advance(minutes=11)
        person.sees("第二句")
        person.sees_nothing_else()

    def test_none_at_all_holds_the_message_back(self, person: Customer, world: World, truth: Session) -> None:
        world.simulator.fault(TOKEN, errcode=40164, times=0)
        asks(person, world)
        person.sees_nothing_else()
        assert count(world.simulator.calls(SEND)) == 0
        world.simulator.clear_faults()
        world.clock.advance(minutes=11)
        person.sees("第二句")


class TestAnswersOfThePlatform:
    def test_a_lost_answer_is_unknown_and_never_sent_again(
        self, person: Customer, world: World, truth: Session
    ) -> None:
        world.simulator.fault(SEND, drop_after=True)
        asks(person, world)
        for _ in range(3):
            world.settle()
            world.clock.advance(minutes=11)
        person.forgets()
        person.sees_nothing_else()
        assert replies(person) == ["第一句", "第二句"]
        assert count(world.simulator.calls(SEND)) == 1
        assert rows(truth) == [(OutboxState.UNKNOWN, "no_answer")]

    def test_a_server_error_is_unknown_too(self, person: Customer, world: World, truth: Session) -> None:
        world.simulator.fault(SEND, http_status=502)
        asks(person, world)
        world.clock.advance(minutes=11)
        person.sees_nothing_else()
        assert rows(truth) == [(OutboxState.UNKNOWN, "no_answer")]

    def test_busy_is_tried_again(self, person: Customer, world: World, truth: Session) -> None:
        world.simulator.fault(SEND, errcode=-1, times=2)
        asks(person, world)
        person.sees_nothing_else()
        for _ in range(2):
            world.clock.advance(minutes=1)
            world.settle()
        person.sees("第二句")
        person.sees_nothing_else()
        assert count(world.simulator.calls(SEND)) == 3
        assert rows(truth)[0][0] is OutboxState.SENT

    def test_busy_for_ever_ends(self, person: Customer, world: World, truth: Session) -> None:
        world.simulator.fault(SEND, errcode=-1, times=0)
        asks(person, world)
        for _ in range(8):
            world.clock.advance(minutes=2)
            world.settle()
        person.sees_nothing_else()
        assert count(world.simulator.calls(SEND)) == 4
        assert rows(truth)[0][0] is OutboxState.HANDED_OVER

    @pytest.mark.parametrize("code", [45047, 45015])
    def test_a_window_that_is_shut_is_believed(self, code: int, person: Customer, world: World, truth: Session) -> None:
        world.simulator.fault(SEND, errcode=code, times=0)
        asks(person, world)
        world.clock.advance(minutes=11)
        person.sees_nothing_else()
        assert count(world.simulator.calls(SEND)) == 1
        assert rows(truth)[0][0] is OutboxState.WAITING
        left = select(Contact.window_left).where(Contact.openid == person.person.address)
        assert truth.execute(left).scalar_one() == 0
        world.simulator.clear_faults()
        asks(person, world)  # a message of his own opens it again
        person.sees("第二句")

    def test_who_left_is_not_asked_again(self, person: Customer, world: World, truth: Session) -> None:
        world.simulator.fault(SEND, errcode=43004, times=0)
        asks(person, world)
        person.sees_nothing_else()
        truth.rollback()
        assert truth.execute(select(Contact.following)).scalars().all().count(False) >= 1
        assert count(world.simulator.calls(SEND)) == 1


def test_two_workers_send_each_row_once(
    person: Customer, world: World, services: Services, packs: dict[str, Pack], truth: Session, desk: Desk
) -> None:
    people = [follower(world, f"both{number}") for number in range(6)]
    desk.answers["五句"] = Reply(tuple(Text(f"第{number}句") for number in range(5)))
    for one in people:
        one.says("五句")
    world.clock.advance(2)
    stop = threading.Event()
    with another(services, packs) as (second, _):
        workers = [threading.Thread(target=program.work, args=(stop,)) for program in (services, second)]
        for worker in workers:
            worker.start()
        world.settle()
        arrived = world.simulator.platform.bus.wait_for(
            lambda: all(len(one.received) == 5 for one in people), world.simulator.platform.settings.cut_s * 4
        )
        stop.set()
        for worker in workers:
            worker.join()
    assert arrived
    for one in people:
        assert replies(one) == [f"第{number}句" for number in range(5)]
    truth.rollback()
    assert {state for state, _ in rows(truth)} == {OutboxState.SENT}
    sent = select(func.count()).where(DeliveryEvent.state == OutboxState.SENDING).group_by(DeliveryEvent.outbox_id)
    assert set(truth.scalars(sent)) == {1}


def test_replies_go_out_in_quiet_hours_too(person: Customer, world: World, truth: Session) -> None:
    world.clock.advance(hours=14)
    asks(person, world)
    person.sees("第二句")
    person.sees_nothing_else()
