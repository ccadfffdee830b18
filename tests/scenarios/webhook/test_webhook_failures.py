"""What goes wrong inside: handlers that raise, replies that do not fit, servers that are away."""

from __future__ import annotations

import re
from typing import Any

import pytest
import urllib3
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.dialogue import Turn
from bot.messages import Article, Choices, Option, Picture, Reply, Text
from bot.packs import Pack
from bot.runtime.container import Services
from bot.store.models import Branch, Inbound, InboundState, Outbox
from bot.web import webhook
from scripts.simulator.judge import REPLIED, SUCCESS
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import World
from tests.scenarios.webhook.wire import Desk, Turns, Wire, another, dead_port, follower, replies

INCIDENT = re.compile(r"E\d{4}-[0-9A-F]{6}")
LONG = "".join(f"第{number}段，说的是城东路营业厅的事😀。\n" for number in range(170))


def breaks(turn: Turn) -> str:
    """Have an effect and fail after it."""
    turn.db.add(Branch(name="不该留下的网点", placeholders={}))
    turn.db.flush()
    raise RuntimeError("抽屉卡住了")


class TestAHandlerThatRaises:
    def test_apology_rollback_traceback_and_the_same_apology_again(
        self, wire: Wire, desk: Desk, truth: Session, services: Services, logs: list[dict[str, Any]]
    ) -> None:
        desk.answers["坏"] = breaks
        fields = wire.fields(Content="坏")
        apology = str(wire.judged(wire.signed(fields)).message["content"])
        incident = INCIDENT.search(apology)
        assert incident is not None and "RuntimeError" not in apology and "抽屉" not in apology
        assert truth.scalars(select(Branch).where(Branch.name == "不该留下的网点")).all() == []
        failed = next(line for line in logs if line["event"] == "turn_failed")
        assert failed["incident"] == incident.group() and str(failed["exc_info"]) == "抽屉卡住了"
        assert failed["log_level"] == "error"
        assert wire.judged(wire.signed(fields)).message["content"] == apology
        services.redis.flushall()
        assert wire.judged(wire.signed(fields)).message["content"] == apology
        row = truth.execute(select(Inbound)).scalar_one()
        assert (row.incident, row.text) == (incident.group(), "坏")
        assert desk.said == ["坏"]

    def test_the_next_message_is_answered_as_ever(self, wire: Wire, desk: Desk) -> None:
        desk.answers["坏"] = breaks
        assert INCIDENT.search(wire.says("坏"))
        assert wire.says("好") == "收到：好"

    def test_late_the_apology_comes_as_a_message(
        self, turns: Turns, world: World, desk: Desk, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = follower(world)
        monkeypatch.setattr(services.acknowledger, "_deadline", 0.0)
        desk.answers["坏"] = breaks
        assert person.says("坏").outcome == SUCCESS
        turns.wait_for(ended=1)
        person.sees(matches=INCIDENT.pattern)
        person.sees_nothing_else()


class TestRepliesThatDoNotFit:
    def test_the_rest_follows_in_order(self, world: World, desk: Desk, truth: Session) -> None:
        person = follower(world)
        desk.answers["长"] = LONG
        assert len(LONG.encode()) > 4 * 2048
        assert person.says("长").outcome == REPLIED
        assert truth.execute(select(func.count()).select_from(Outbox)).scalar_one() == 4
        world.clock.advance(2)
        person.forgets()
        pieces = replies(person)
        assert len(pieces) == 5 and max(len(piece.encode()) for piece in pieces) <= 2048
        assert "".join(pieces) == LONG
        assert [message["via"] for message in person.received] == ["reply", *["custom"] * 4]

    def test_several_parts(self, world: World, desk: Desk) -> None:
        person = follower(world)
        desk.answers["都要"] = Reply(
            (
                Text("先说一句"),
                Picture(world.simulator.platform.media.sample("image")),
                Article("标题", "一句话", "https://example.com/a"),
                Choices("哪个？", (Option("a:1", "左"), Option("a:2", "右")), "点一下"),
            )
        )
        assert person.says("都要").outcome == REPLIED
        world.clock.advance(2)
        person.forgets()
        assert [message["type"] for message in person.received] == ["text", "image", "news", "msgmenu"]

    def test_what_xml_cannot_carry(self, world: World, desk: Desk) -> None:
        person = follower(world)
        desk.answers["怪"] = "前]]></Content><MsgType>image</MsgType>\x00\x08\x1b后\ud83d\ufffe&lt;<b>\r\n完"
        assert person.says("怪").outcome == REPLIED
        assert person.received[-1]["content"] == "前]]></Content><MsgType>image</MsgType>后&lt;<b>\n完"
        desk.answers["怪"] = Reply((Text("一"), Text("二]]>\x00\ud83d\n三")))
        person.says("怪")
        world.clock.advance(2)
        person.sees("二]]>\n三")

    def test_nothing_to_say(self, world: World, desk: Desk) -> None:
        person = follower(world)
        for nothing in (Reply(), "", " \n", "\x00", Reply((Text(""), Text("\n")))):
            desk.answers["无"] = nothing
            assert person.says("无").outcome == SUCCESS
        person.sees_nothing_else()


class TestServersThatAreAway:
    """Longer than a turn waits for them; shorter outages and the rest are in tests/issues/test_8_f2 and f3."""

    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.intake.inbound_job.WAIT_SECONDS", 0.0)
        monkeypatch.setattr(webhook, "CUT_SECONDS", 0.2)

    def test_redis_is_down(
        self, wire: Wire, services: Services, packs: dict[str, Pack], platform: Platform, truth: Session
    ) -> None:
        with another(services, packs, redis_url=f"redis://127.0.0.1:{dead_port()}/0") as (_, address):
            away = Wire(platform, address)
            fields = away.fields()
            assert [away.judged(away.signed(fields)).outcome for _ in range(2)] == [SUCCESS] * 2
        assert truth.execute(select(Inbound.state)).scalars().all() == [InboundState.ACCEPTED]

    def test_the_database_is_down(
        self, wire: Wire, services: Services, packs: dict[str, Pack], platform: Platform
    ) -> None:
        url = f"postgresql://tiexin@127.0.0.1:{dead_port()}/x"
        with another(services, packs, database_url=url) as (_, address):
            away = Wire(platform, address)
            assert away.judged(away.signed()).outcome == SUCCESS
            assert away.judged(away.signed(away.event("LOCATION"))).outcome == SUCCESS
        assert services.spool.depth() == 2

    def test_both_are_down(self, wire: Wire, services: Services, packs: dict[str, Pack], platform: Platform) -> None:
        port = dead_port()
        urls = {"database_url": f"postgresql://tiexin@127.0.0.1:{port}/x", "redis_url": f"redis://127.0.0.1:{port}/0"}
        with another(services, packs, **urls) as (_, address):
            away = Wire(platform, address)
            with pytest.raises(urllib3.exceptions.ProtocolError):
                away.post(away.signed())
            work = Wire(platform, address, "work")
            assert work.post(work.signed(work.fields(FromUserName="zhoumin", AgentID=1))).status == 503
