"""Issue 8, nothing lost: a person's new message overtook an older one that was kept while a server was away."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.delivery import spool
from bot.intake import inbound_log
from bot.packs import Pack
from bot.runtime.container import Services
from bot.store.models import Inbound, InboundState
from bot.store.session import driver
from scripts.simulator.judge import REPLIED, SUCCESS
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import Customer, World
from tests.auxil.turns import incoming
from tests.issues.test_8_f3_short_outages import _away
from tests.scenarios.webhook.wire import Desk, another, dead_port, follower, replies


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is away is not waited for."""
    monkeypatch.setattr("bot.intake.inbound_job.WAIT_SECONDS", 0.0)


@pytest.fixture
def spooled(world: World, services: Services, packs: dict[str, Pack], platform: Platform) -> Customer:
    """Somebody whose first message is kept in Redis, as the database was away; now it is back."""
    person = follower(world)
    url = f"postgresql://tiexin@127.0.0.1:{dead_port()}/x"
    with another(services, packs, database_url=url) as (_, address):
        home, _ = platform.settings.target, platform.settings.update({"target": address})
        assert person.says("一").outcome == SUCCESS
        platform.settings.update({"target": home})
    return person


def test_what_waits_in_redis_is_answered_first(spooled: Customer, world: World, desk: Desk) -> None:
    assert [spooled.says(words).outcome for words in ("二", "三")] == [SUCCESS] * 2
    assert desk.said == []
    for _ in range(2):
        world.settle()
    assert replies(spooled) == ["收到：一", "收到：二", "收到：三"]
    assert spooled.says("四").outcome == REPLIED


def test_what_waits_in_the_database_is_answered_first(
    world: World, services: Services, desk: Desk, truth: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = follower(world)
    with monkeypatch.context() as away:
        sessions = services.pipeline._sessions
        away.setattr(sessions, "load", _away(sessions.load, redis.ConnectionError("refused"), 1_000))
        assert person.says("我要投诉，宽带断了").outcome == SUCCESS
    assert truth.scalars(select(Inbound.state)).all() == [InboundState.ACCEPTED]
    assert person.says("二").outcome == SUCCESS
    for _ in range(2):
        world.settle()
    assert replies(person) == ["收到：我要投诉，宽带断了", "收到：二"]
    assert person.says("三").outcome == REPLIED


def test_nobody_else_waits(spooled: Customer, world: World, desk: Desk) -> None:
    assert follower(world, "other").says("你好").outcome == REPLIED
    assert desk.said == ["你好"]


def test_who_leaves_does_not_wait(spooled: Customer, world: World, services: Services, desk: Desk) -> None:
    """He is forgotten at once, with what he said."""
    spooled.unfollows()
    assert services.spool.depth() == 0
    world.settle()
    assert desk.said == []


def test_a_mark_that_nothing_takes_away_costs_one_late_answer(world: World, services: Services, desk: Desk) -> None:
    person = follower(world)
    services.spool.hold(
        {"channel": "official", "account": "official", "person": person.person.address, "key": "msg:gone"}
    )
    assert person.says("一").outcome == SUCCESS
    for _ in range(2):
        world.settle()
    assert replies(person) == ["收到：一"]
    assert person.says("二").outcome == REPLIED


def test_a_worker_does_not_begin_the_newer_while_the_older_waits(
    world: World, services: Services, desk: Desk, truth: Session
) -> None:
    """The older was given back, as a server was away once more; the newer's job came next."""
    person, now = follower(world), services.clock.now()
    for number, words in enumerate(("一", "二")):
        kept = incoming(words, key=f"msg:{number}", person=person.person.address)
        row = inbound_log.accepted_row(kept, now + timedelta(seconds=number))
        spool.accept(driver(truth), row, now + timedelta(hours=1))
    truth.commit()
    older, newer = truth.scalars(select(Inbound.id).order_by(Inbound.id)).all()
    services.resumption.resume(newer)
    assert desk.said == []
    services.resumption.resume(older)
    services.resumption.resume(newer)
    assert desk.said == ["一", "二"]
