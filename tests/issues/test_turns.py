"""Bugs of the five-second contract and of turns."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest
import urllib3
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot import metrics
from bot.dialogue import Router, Turn
from bot.dialogue.sessions import FormState
from bot.intake import acknowledge
from bot.intake.pipeline import Work
from bot.messages import Button, Card, Reply
from bot.packs import Pack
from bot.runtime.container import Services
from bot.store.models import Branch, Contact, Inbound, InboundState, Outbox
from bot.web import webhook
from handlers import build_router
from scripts.simulator.judge import REPLIED, SUCCESS
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import World
from tests.scenarios.webhook.wire import Desk, Gate, Turns, Wire, another, follower


def test_a_turn_that_fails_at_its_commit_moves_no_form_on(wire: Wire, desk: Desk, truth: Session) -> None:
    """Effects were rolled back, but the apology's row said the message is done: the staged session was believed."""

    def file(turn: Turn) -> str:
        turn.session.form = FormState("complaint", "confirm", {"what": "宽带"}, [], turn.now + timedelta(minutes=30))
        turn.db.add(Branch(name=turn.person.placeholders["branch"]))  # there is one of that name: refused when flushed
        return "已登记"

    def look(turn: Turn) -> str:
        return turn.session.form.step if turn.session.form else "没有表单"

    desk.answers |= {"登记": file, "看看": look}
    assert "E1120-" in wire.says("登记")
    assert wire.says("看看") == "没有表单"


def test_a_restart_of_the_database_costs_nobody_an_apology(wire: Wire, world: World, truth: Session) -> None:
    """Every pooled connection that a restart had broken gave one customer an incident number."""
    with_connections = [wire.says(f"前{number}") for number in range(3)]
    assert with_connections == [f"收到：前{number}" for number in range(3)]
    _break_connections(truth)
    assert wire.says("后") == "收到：后"
    assert truth.execute(select(func.count()).where(Inbound.incident.is_not(None))).scalar_one() == 0


def test_a_late_message_is_kept_through_a_restart_of_the_database(
    turns: Turns, world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keeping it failed on the dead connection, so only the running process knew of it."""
    person, gate = follower(world), Gate()
    monkeypatch.setattr(services.pipeline, "run", lambda work: gate(work))
    services.store.engine.connect().close()
    _break_connections(truth)
    monkeypatch.setattr(services.acknowledger, "_deadline", 0.05)
    assert person.says("还在吗").outcome == SUCCESS
    truth.rollback()
    assert truth.scalars(select(Inbound.state)).all() == [InboundState.ACCEPTED]
    gate.open()


def test_success_comes_in_time_when_the_database_hangs(
    world: World, services: Services, packs: dict[str, Pack], platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keeping the late message waited for a connection, five seconds and more, in the request itself."""
    monkeypatch.setattr(acknowledge, "_KEEP_SECONDS", 0.3)
    mute = socket.create_server(("127.0.0.1", 0))
    url = f"postgresql://tiexin@127.0.0.1:{mute.getsockname()[1]}/x"
    with another(services, packs, database_url=url, turn_deadline_seconds=0.3) as (_, address), mute:
        platform.settings.update({"target": address, "cut_s": 4.5})
        outcome = follower(world).says("在吗")
        assert (outcome.outcome, len(outcome.exchanges)) == (SUCCESS, 1)


def test_slow_turns_leave_connections_for_keeping_late_messages(
    world: World, services: Services, packs: dict[str, Pack], platform: Platform, desk: Desk, truth: Session
) -> None:
    """Turns took every connection of the pool, so that the next late message waited ten seconds for one."""
    gate = Gate()
    people = [follower(world, f"slow{number}") for number in range(16)]
    desk.answers["慢"] = gate
    with another(services, packs, web_threads=6, turn_deadline_seconds=0.3) as (_, address):
        platform.settings.update({"target": address, "cut_s": 9.0})
        deeds = [person.starts_saying("慢") for person in people]
        outcomes = [deed.future.result() for deed in deeds]
        kept = truth.execute(select(func.count()).where(Inbound.state == InboundState.ACCEPTED)).scalar_one()
        gate.open()
    assert [(outcome.outcome, len(outcome.exchanges)) for outcome in outcomes] == [(SUCCESS, 1)] * 16
    assert kept == 16


def test_an_error_outside_of_the_turn_is_no_answer(
    wire: Wire, services: Services, monkeypatch: pytest.MonkeyPatch, logs: list[dict[str, Any]]
) -> None:
    """Nothing is known to keep the message: the platform delivers it again, perhaps to another process."""

    def breaks(*arguments: object) -> Reply:
        raise RuntimeError("cannot schedule new futures after shutdown")

    monkeypatch.setattr(services.acknowledger, "answer", breaks)
    monkeypatch.setattr(webhook, "CUT_SECONDS", 0.2)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        wire.post(wire.signed())
    assert "webhook_failed" in {line["event"] for line in logs}


class TestEvents:
    @pytest.fixture
    def router(self) -> Router:
        """Handlers of events that fail."""
        router = Router()

        @router.event("subscribe", "scan", "click", "location", "template_card_event")
        def breaks(turn: Turn) -> str:
            raise RuntimeError("broken")

        return router

    def test_whoever_waits_for_an_answer_gets_an_apology(self, wire: Wire, platform: Platform) -> None:
        """A tap on the menu, a scan or a new follower met silence when the handler failed."""
        for name in ("subscribe", "SCAN", "CLICK"):
            judgement = wire.judged(wire.signed(wire.event(name, EventKey="x")))
            assert judgement.outcome == REPLIED and "E1120-" in str(judgement.message), name
        assert wire.judged(wire.signed(wire.event("LOCATION", Latitude=1))).outcome == SUCCESS


class TestWhoHasLeft:
    @pytest.fixture
    def router(self) -> Router:
        return build_router()

    def test_a_report_on_him_names_nobody(self, wire: Wire, world: World, truth: Session) -> None:
        """A finish event after the unsubscribe wrote his OpenID into the database again."""
        person = follower(world)
        openid = person.person.address
        person.says("你好")
        person.unfollows()
        report = wire.event("TEMPLATESENDJOBFINISH", FromUserName=openid, MsgID=7, Status="failed:user block")
        assert wire.judged(wire.signed(report), openid).outcome == SUCCESS
        rows = truth.scalars(text("SELECT row(i.*)::text FROM inbound i")).all()
        assert len(rows) == 3 and not [row for row in rows if openid in row]
        assert truth.execute(select(func.count()).where(Contact.openid == openid)).scalar_one() == 0

    def test_the_forgetting_is_finished_when_its_process_died(
        self, wire: Wire, world: World, services: Services, truth: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An unsubscribe that was accepted late had no person, and so no worker took it up."""
        person, gate = follower(world), Gate()
        person.says("你好")

        def die(work: Work) -> Reply:
            gate(None)  # type: ignore[arg-type]
            return Reply()

        with monkeypatch.context() as broken:
            broken.setattr(services.pipeline, "run", die)
            broken.setattr(services.acknowledger, "_deadline", 0.05)
            person.unfollows()
        gate.open()
        world.clock.advance(31)
        world.settle()
        assert truth.execute(select(func.count()).where(Contact.openid == person.person.address)).scalar_one() == 0
        rows = truth.scalars(text("SELECT row(i.*)::text FROM inbound i")).all()
        assert not [row for row in rows if person.person.address in row]


class TestStaff:
    @pytest.fixture
    def router(self) -> Router:
        """One handler for every text of the staff."""
        router = Router()

        @router.staff("长")
        def long() -> str:
            return "话" * 2000

        @router.staff("卡片")
        def card() -> Reply:
            return Reply((Card("t:1", "标题", "说明", buttons=(Button("a", "好"),)),))

        return router

    def test_a_long_answer_to_somebody_who_is_not_on_the_staff(
        self, wire: Wire, platform: Platform, truth: Session
    ) -> None:
        """The rest was looked up for a manager without a number: a warning from the database library each time."""
        work = Wire(platform, wire.address, "work")
        judgement = work.judged(work.signed(work.fields(FromUserName="nobody", Content="长", AgentID=1)), "nobody")
        assert str(judgement.message["content"]).startswith("话话")
        assert truth.execute(select(func.count()).select_from(Outbox)).scalar_one() == 0

    def test_a_card_is_no_late_answer(self, wire: Wire, platform: Platform) -> None:
        """Cards never are passive replies; each one was counted as a missed deadline."""
        work = Wire(platform, wire.address, "work")
        before = metrics.LATE_ANSWERS._value.get()
        work.judged(work.signed(work.fields(FromUserName="zhoumin", Content="卡片", AgentID=1)), "zhoumin")
        assert metrics.LATE_ANSWERS._value.get() == before


def test_control_characters_in_a_text_are_no_reason_to_refuse_it(wire: Wire) -> None:
    """The reader refused the whole message, however often the person sent it."""
    assert wire.says("退\x08订\x1b[31m\ufffe吗\uffff\x01") == "收到：退订[31m吗"


def test_a_signature_is_good_for_one_account_only(
    wire: Wire, services: Services, packs: dict[str, Pack], platform: Platform, desk: Desk
) -> None:
    """Two plain accounts with one token: the replay cache took the same message on the other one for a retry."""
    overheard = wire.signed(wire.fields(), mode="plain")
    for name, status in (("official", 200), ("twin", 403)):
        with another(services, packs, wechat_mode="plain", wechat_account=name) as (_, address):
            wire.address = address
            assert wire.send("POST", f"/wechat/{name}?{overheard.search}", overheard.body).status == status
    assert desk.said == ["你好"]


def _break_connections(truth: Session) -> None:
    others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    truth.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
    truth.rollback()
