"""F2: the platform got `success` for messages that nothing had kept when the database hung; 95 of 420 were lost."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import metrics
from bot.clock import ManualClock
from bot.delivery.spool import Spool
from bot.intake import acknowledge, inbound_log
from bot.messages import Reply
from bot.packs import Pack
from bot.runtime.container import Services, spool_client
from bot.store.embedded import EmbeddedServers
from bot.store.models import Inbound, InboundState
from bot.store.session import driver
from bot.web import webhook
from scripts.simulator.judge import ERROR, REPLIED, SUCCESS
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import World
from tests.auxil.turns import NOW, incoming
from tests.scenarios.webhook.wire import Desk, Gate, Turns, another, dead_port, follower, replies


def _kept(where: str) -> float:
    return float(metrics.KEPT.labels(where)._value.get())


@contextlib.contextmanager
def _frozen(pids: list[int]) -> Iterator[None]:
    """Stop processes as a hanging disk or machine does; they go on afterwards."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _backends(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return [pid for (pid,) in connection.execute(query)]


def test_a_message_is_kept_in_redis_while_the_database_is_away_and_answered_when_it_is_back(
    world: World, services: Services, packs: dict[str, Pack], platform: Platform, desk: Desk, truth: Session
) -> None:
    person, before = follower(world), _kept("redis")
    url = f"postgresql://tiexin@127.0.0.1:{dead_port()}/x"
    with another(services, packs, database_url=url) as (_, address):
        home, _ = platform.settings.target, platform.settings.update({"target": address})
        assert [person.says(words).outcome for words in ("我要投诉", "宽带断了")] == [SUCCESS, SUCCESS]
        assert (_kept("redis") - before, services.spool.depth()) == (2, 2)
        platform.settings.update({"target": home})
    assert desk.said == []
    for _ in range(2):  # what is moved is removed a look later
        world.settle()
    assert replies(person) == ["收到：我要投诉", "收到：宽带断了"]
    assert services.spool.depth() == 0
    assert truth.scalars(select(Inbound.state)).all() == [InboundState.DONE] * 2


def test_a_database_that_hangs_loses_nothing(
    turns: Turns, world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes are stopped under a running turn, then one connection is killed as in a crash recovery."""
    person, before = follower(world), _kept("redis")
    person.says("在吗")
    for connection in [services.store.engine.connect() for _ in range(6)]:
        connection.close()  # now the pool holds some for the turn and for keeping its message, all to be stopped
    truth.close()
    monkeypatch.setattr(services.acknowledger, "_deadline", 0.3)
    monkeypatch.setattr(acknowledge, "_KEEP_SECONDS", 0.3)
    with _frozen(pids := _backends(services.settings.database_url)):
        assert person.says("我要投诉宽带").outcome == SUCCESS
        assert _kept("redis") - before == 1
        with psycopg.connect(services.settings.database_url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [pids])
    turns.wait_for(ended=1)
    for _ in range(2):
        world.settle()
    assert replies(person).count("收到：我要投诉宽带") == 1
    assert services.spool.depth() == 0


def test_without_both_nothing_is_acknowledged_and_the_platform_delivers_again(
    world: World, services: Services, packs: dict[str, Pack], platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "CUT_SECONDS", 0.2)
    monkeypatch.setattr("bot.intake.inbound_job.WAIT_SECONDS", 0.0)
    person, before = follower(world), _kept("nowhere")
    urls = {
        "database_url": f"postgresql://tiexin@127.0.0.1:{dead_port()}/x",
        "redis_url": f"redis://127.0.0.1:{dead_port()}/0",
    }
    with another(services, packs, turn_deadline_seconds=0.3, **urls) as (_, address):
        platform.settings.update({"target": address})
        outcome = person.says("在吗")
        assert (outcome.outcome, len(outcome.exchanges)) == (ERROR, 3)
        records = [one for one in platform.exchanges.read(0, 1_000) if one["kind"] == "push"][-3:]
        assert [record["status"] for record in records] == [0] * 3, "an Official Account gets no answer at all"
        assert world.manager("周敏").says("今日").outcome == ERROR
        assert [one["status"] for one in platform.exchanges.read(0, 1_000) if one["kind"] == "push"][-1] == 503
    assert _kept("nowhere") - before >= 6


def test_redis_that_keeps_nothing_on_the_disk_keeps_nothing(tmp_path: Path) -> None:
    with EmbeddedServers(tmp_path, postgres=False) as servers:
        client = redis.Redis.from_url(servers.redis_url)
        client.config_set("appendonly", "no")
        spool = Spool(spool_client(servers.redis_url))
        assert not spool.put(inbound_log.accepted_row(incoming("在吗"), NOW), 1.0)
        assert spool.depth() == 0, "what is not acknowledged is delivered again"
        client.close()
        spool.close()


class TestMoving:
    """From Redis into the database."""

    @pytest.fixture
    def spool(self, redis_url: str) -> Iterator[Spool]:
        made = Spool(spool_client(redis_url))
        yield made
        made.close()

    def test_each_once_in_their_order_however_often_it_is_looked_at(
        self, spool: Spool, db: Session, clock: ManualClock
    ) -> None:
        for number in (3, 1, 2, 1):
            assert spool.put(inbound_log.accepted_row(incoming(f"话{number}", key=f"m:{number}"), NOW), 5.0)
        for _ in range(3):
            assert spool.drain(db, clock.now())
            db.commit()
        rows = db.scalars(select(Inbound).order_by(Inbound.id)).all()
        assert [row.text for row in rows] == ["话3", "话1", "话2"]
        assert {(row.state, row.resume_at) for row in rows} == {(InboundState.ACCEPTED, clock.now())}
        assert spool.depth() == 0

    def test_a_crash_before_the_commit_leaves_it_where_it_is(
        self, spool: Spool, db: Session, clock: ManualClock
    ) -> None:
        assert spool.put(inbound_log.accepted_row(incoming("在吗"), NOW), 5.0)
        spool.drain(db, clock.now())
        db.rollback()
        assert (spool.depth(), db.scalar(select(func.count()).select_from(Inbound))) == (1, 0)

    def test_what_is_done_already_is_not_done_again(self, spool: Spool, db: Session, clock: ManualClock) -> None:
        inbound_log.finish(driver(db), incoming("在吗"), clock.now(), reply=[], late=True)
        db.commit()
        assert spool.put(inbound_log.accepted_row(incoming("在吗"), NOW), 5.0)
        spool.drain(db, clock.now())
        db.commit()
        row = db.scalars(select(Inbound)).one()
        assert (row.state, row.resume_at, spool.depth()) == (InboundState.DONE, None, 0)

    def test_without_redis_no_turn_is_queued(self, db: Session, clock: ManualClock) -> None:
        away = Spool(spool_client(f"redis://127.0.0.1:{dead_port()}/0"))
        assert not away.drain(db, clock.now())

    def test_a_server_without_the_command_is_asked_for_its_file(self, spool: Spool) -> None:
        unknown = redis.ResponseError("unknown command 'WAITAOF', with args beginning with: '1'")
        assert spool._is_forced(unknown)


def test_a_reply_that_was_committed_as_its_connection_broke_is_sent_late(
    turns: Turns, world: World, services: Services, desk: Desk, truth: Session
) -> None:
    """The platform got `success` in its place; the row said done, so nobody ever sent it."""
    person = follower(world)
    person.says("在吗")
    row = truth.scalars(select(Inbound)).one()
    assert (row.state, row.late) == (InboundState.DONE, False)
    kept = inbound_log.accepted_row(incoming("在吗", key=row.key, person=person.person.address), NOW)
    assert services.spool.put(kept, 5.0)
    before = replies(person)
    for _ in range(3):
        world.settle()
    assert replies(person) == [*before, "收到：在吗"]
    assert services.spool.depth() == 0


def test_an_apology_after_success_is_not_lost(
    turns: Turns, world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn failed, and the database was away when its apology was to be recorded: there was no way out for it."""

    def breaks(turn: object) -> Reply:
        raise RuntimeError("broken")

    person = follower(world)
    desk.answers["坏"] = breaks

    def away(*arguments: object) -> Reply:
        raise psycopg.OperationalError("connection refused")

    with monkeypatch.context() as broken:
        broken.setattr("bot.intake.inbound_job.WAIT_SECONDS", 0.0)
        broken.setattr(services.pipeline, "_record_apology", away)
        assert person.says("坏").outcome == SUCCESS
    world.settle()
    person.sees(matches=re.compile(r"E\d{4}-[0-9A-F]{6}").pattern)
    person.sees_nothing_else()


def test_a_form_s_step_is_not_taken_for_a_new_message_while_redis_is_away(
    turns: Turns, world: World, services: Services, packs: dict[str, Pack], platform: Platform, desk: Desk
) -> None:
    """Without the conversation the step would have been an unknown sentence; it waits for Redis instead."""
    person = follower(world)
    gate = Gate()
    gate.open()
    with another(services, packs, redis_url=f"redis://127.0.0.1:{dead_port()}/0") as (_, address):
        home, _ = platform.settings.target, platform.settings.update({"target": address})
        assert person.says("三天前开始的").outcome == SUCCESS
        platform.settings.update({"target": home})
    assert desk.said == []
    world.settle()
    assert replies(person)[-1] == "收到：三天前开始的"
    assert person.says("好了").outcome == REPLIED
