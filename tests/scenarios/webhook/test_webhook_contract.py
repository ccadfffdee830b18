"""The five seconds: claim, order, deadline, retries, and what becomes of a message when a process dies."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.dialogue import Turn
from bot.intake.pipeline import Work
from bot.messages import Reply
from bot.packs import Pack
from bot.runtime.container import Services
from bot.store.models import Contact, Inbound, InboundState, Outbox
from scripts.simulator.judge import REPLIED, SUCCESS
from scripts.simulator.platform import Platform
from scripts.simulator.pushes import Push
from scripts.simulator.testkit import World
from tests.auxil.waiting import until
from tests.scenarios.webhook.wire import Desk, Gate, Turns, Wire, another, follower, replies

SOON = 0.2
"""A deadline in seconds that a waiting handler surely misses and an echo hardly ever."""


def states(truth: Session) -> list[tuple[InboundState, bool]]:
    truth.rollback()
    return [tuple(row) for row in truth.execute(select(Inbound.state, Inbound.late).order_by(Inbound.id))]


def count_effect(turn: Turn) -> str:
    """Have an effect that shows how often it happened."""
    statement = update(Contact).where(Contact.id == turn.person.contact_id)
    turn.db.execute(statement.values(window_left=Contact.window_left, pseudonym=Contact.pseudonym + "+"))
    return "记下了"


def effects(truth: Session, openid: str) -> int:
    truth.rollback()
    return truth.execute(select(Contact.pseudonym).where(Contact.openid == openid)).scalar_one().count("+")


class TestPastTheDeadline:
    @pytest.fixture
    def program_settings(self, program_settings: Settings) -> Settings:
        return program_settings.model_copy(update={"turn_deadline_seconds": SOON})

    def test_success_now_and_the_reply_once_as_a_message(
        self, turns: Turns, world: World, desk: Desk, truth: Session
    ) -> None:
        person, gate = follower(world), Gate("查到了")
        desk.answers["很难的问题"] = gate
        outcome = person.says("很难的问题")
        assert (outcome.outcome, len(outcome.exchanges)) == (SUCCESS, 1)
        assert states(truth) == [(InboundState.ACCEPTED, True)], "kept before the platform was told success"
        person.sees_nothing_else()
        gate.open()
        turns.wait_for(ended=1)
        assert person.sees("查到了")["via"] == "custom"
        person.sees_nothing_else()
        assert states(truth) == [(InboundState.DONE, True)]
        assert truth.execute(select(Inbound.payload)).scalar_one() is None

    def test_a_long_late_reply_comes_in_pieces_in_order(self, turns: Turns, world: World, desk: Desk) -> None:
        person, gate = follower(world), Gate("".join(f"第{number}句。" for number in range(400)))
        desk.answers["讲讲"] = gate
        assert person.says("讲讲").outcome == SUCCESS
        gate.open()
        turns.wait_for(ended=1)
        person.forgets()
        assert "".join(replies(person)) == "".join(f"第{number}句。" for number in range(400))

    def test_a_retry_after_success_changes_nothing(
        self, turns: Turns, wire: Wire, world: World, desk: Desk, services: Services
    ) -> None:
        person, gate = follower(world), Gate("查到了")
        desk.answers["很难的问题"] = gate
        fields = wire.fields(FromUserName=person.person.address, Content="很难的问题")
        world.simulator.platform.quotas.message(person.person.address)
        judgements = [wire.judged(wire.signed(fields), person.person.address) for _ in range(2)]
        gate.open()
        turns.wait_for(ended=1)
        judgements.append(wire.judged(wire.signed(fields), person.person.address))
        services.redis.flushall()
        judgements.append(wire.judged(wire.signed(fields), person.person.address))
        assert [judgement.outcome for judgement in judgements] == [SUCCESS] * 4
        person.sees("查到了")
        person.sees_nothing_else()
        assert desk.said == ["很难的问题"]

    def test_what_a_dead_process_left_is_finished_by_a_worker(
        self,
        services: Services,
        world: World,
        desk: Desk,
        truth: Session,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        person, gate = follower(world), Gate()

        def die(work: Work) -> Reply:
            gate(None)  # type: ignore[arg-type]
            return Reply()

        with monkeypatch.context() as broken:
            broken.setattr(services.pipeline, "run", die)
            assert person.says("还在吗").outcome == SUCCESS
        gate.open()
        world.clock.advance(29)
        person.sees_nothing_else()
        assert states(truth) == [(InboundState.ACCEPTED, True)]
        world.clock.advance(2)
        person.sees("收到：还在吗")
        person.sees_nothing_else()
        world.clock.advance(120)
        person.sees_nothing_else()
        assert desk.said == ["还在吗"]
        assert states(truth) == [(InboundState.DONE, True)]


class TestRetries:
    @pytest.fixture
    def platform(self, platform: Platform) -> Platform:
        platform.settings.update({"cut_s": 1.0})
        return platform

    @pytest.mark.parametrize("fresh", [True, False])
    def test_one_that_meets_a_running_attempt_gets_its_reply(
        self, fresh: bool, turns: Turns, world: World, desk: Desk, truth: Session
    ) -> None:
        world.simulator.set(fresh_signature=fresh)
        person, gate = follower(world), Gate("想好了")
        desk.answers["慢慢想"] = gate
        deed = person.starts_saying("慢慢想")
        gate.has_been_entered()
        turns.wait_for(delivered=2)
        gate.open()
        outcome = deed.future.result()
        assert outcome.outcome == REPLIED and len(outcome.exchanges) >= 2
        person.sees("想好了")
        person.sees_nothing_else()
        assert desk.said == ["慢慢想"]
        assert states(truth) == [(InboundState.DONE, False)]

    @pytest.mark.parametrize("forgotten", [True, False])
    def test_one_that_meets_a_finished_attempt_replays_its_reply(
        self, forgotten: bool, wire: Wire, services: Services, desk: Desk, truth: Session
    ) -> None:
        desk.answers["记一笔"] = count_effect
        fields = wire.fields(Content="记一笔")
        first = wire.judged(wire.signed(fields))
        if forgotten:
            services.redis.flushall()
        second = wire.judged(wire.signed(fields))
        assert first.message == second.message == {"content": "记下了"}
        assert effects(truth, str(fields["FromUserName"])) == 1


def test_three_deliveries_at_once_to_two_processes_have_one_effect(
    turns: Turns,
    world: World,
    platform: Platform,
    services: Services,
    packs: dict[str, Pack],
    desk: Desk,
    truth: Session,
) -> None:
    desk.answers["记一笔"] = count_effect
    with another(services, packs) as (second, address):
        turns.watch(second)
        platform.settings.update({"target": f"{platform.settings.target},{address}"})
        for number in range(8):
            person = follower(world, f"thrice{number}")
            wire = Wire(platform, address)
            fields = wire.fields(FromUserName=person.person.address, Content="记一笔")
            judgements = platform.pushes.copies(Push(person.person, fields), 3)
            assert [judgement.message for judgement in judgements] == [{"content": "记下了"}] * 3
            assert effects(truth, person.person.address) == 1
    assert truth.execute(select(func.count()).select_from(Inbound)).scalar_one() == 8
    assert truth.execute(select(func.count()).select_from(Outbox)).scalar_one() == 0


class TestOrder:
    def test_one_person_is_answered_one_after_the_other(
        self, turns: Turns, world: World, services: Services, packs: dict[str, Pack], platform: Platform, desk: Desk
    ) -> None:
        person, gate = follower(world), Gate("第一")
        inside = Counter[str]()

        def second(turn: Turn) -> str:
            inside["seen by the second"] += len(desk.said)
            return "第二"

        desk.answers |= {"一": gate, "二": second}
        with another(services, packs) as (other, address):
            turns.watch(other)
            platform.settings.update({"target": f"{platform.settings.target},{address}"})
            first = person.starts_saying("一")
            gate.has_been_entered()
            later = person.starts_saying("二")
            turns.wait_for(begun=2)
            assert not later.future.done() and desk.said == ["一"]
            gate.open()
            assert (first.future.result().outcome, later.future.result().outcome) == (REPLIED, REPLIED)
        assert desk.said == ["一", "二"]

    def test_two_people_are_answered_at_the_same_time(self, turns: Turns, world: World, desk: Desk) -> None:
        slow, quick = follower(world, "slow"), follower(world, "quick")
        gate = Gate()
        desk.answers["一"] = gate
        deed = slow.starts_saying("一")
        gate.has_been_entered()
        assert quick.says("二").outcome == REPLIED
        assert not deed.future.done()
        gate.open()
        assert deed.future.result().outcome == REPLIED

    def test_many_at_once_are_all_answered_once(self, world: World, desk: Desk, truth: Session) -> None:
        people = [follower(world, f"many{number}") for number in range(5)]
        with ThreadPoolExecutor(10) as pool:
            said = [pool.submit(person.says, f"话{number}") for number in range(6) for person in people]
            assert {one.result().outcome for one in said} <= {REPLIED, SUCCESS}
        until(lambda: set(states(truth)) <= {(InboundState.DONE, False), (InboundState.DONE, True)})
        world.settle()  # a fifth one who waits, or one on a busy machine, is answered late
        for person in people:
            assert sorted(replies(person)) == [f"收到：话{number}" for number in range(6)]
        assert len(states(truth)) == 30 and Counter(desk.said) == Counter({f"话{n}": 5 for n in range(6)})
        assert (
            truth.execute(
                select(func.count()).select_from(Contact).where(Contact.openid.like("oNewmany%"))
            ).scalar_one()
            == 5
        )
