"""F3: a server that was away for a second cost everybody an apology at once; 11 and 27 % in two kill runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import redis
from psycopg import errors

from bot import metrics
from bot.runtime.container import Services
from bot.store import retry
from bot.store.retry import Unavailable, steadily
from bot.store.session import Store
from scripts.simulator.judge import REPLIED, SUCCESS
from scripts.simulator.testkit import World
from tests.scenarios.webhook.wire import Desk, Turns, follower, replies

OUTAGES = [
    psycopg.OperationalError("connection refused"),
    errors.CannotConnectNow("the database system is starting up"),
    errors.CannotConnectNow("the database system is in recovery mode"),
    errors.TooManyConnections("sorry, too many clients already"),
]


def _away(original: Callable[..., Any], error: Exception, times: int) -> Callable[..., Any]:
    left = iter(range(times))

    def maybe(*arguments: Any, **named: Any) -> Any:
        if next(left, None) is not None:
            raise error
        return original(*arguments, **named)

    return maybe


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no outage: what is tried for 3.5 s by the program is tried for a minute here."""
    monkeypatch.setattr("bot.intake.inbound_job.WAIT_SECONDS", 60.0)
    monkeypatch.setattr(retry, "EVERY_SECONDS", 0.01)


@pytest.mark.parametrize("error", OUTAGES, ids=str)
def test_a_database_that_comes_back_within_the_turn_costs_nobody_his_answer(
    world: World, services: Services, desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    person = follower(world)
    for name in ("transaction", "at_once"):
        monkeypatch.setattr(Store, name, _away(getattr(Store, name), error, 5))
    assert person.says("怎么查话费").outcome == REPLIED
    assert replies(person) == ["收到：怎么查话费"]


@pytest.mark.parametrize("error", [redis.ConnectionError("refused"), redis.BusyLoadingError("loading")], ids=str)
def test_redis_that_comes_back_within_the_turn_costs_nobody_his_answer(
    world: World, services: Services, desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    person = follower(world)
    sessions = services.pipeline._sessions
    monkeypatch.setattr(sessions, "load", _away(sessions.load, error, 5))
    assert person.says("怎么查话费").outcome == REPLIED
    assert replies(person) == ["收到：怎么查话费"]


def test_a_longer_outage_is_answered_late_and_told_by_no_apology(
    turns: Turns, world: World, services: Services, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Complaint words said meanwhile are kept (M8), however often they are said."""
    person = follower(world)
    failed = metrics.HANDLER_ERRORS._value.get()
    with monkeypatch.context() as away:
        away.setattr("bot.intake.inbound_job.WAIT_SECONDS", 0.0)
        sessions = services.pipeline._sessions
        away.setattr(sessions, "load", _away(sessions.load, redis.ConnectionError("refused"), 1_000))
        assert [person.says("我要投诉，宽带断了").outcome for _ in range(3)] == [SUCCESS] * 3
    world.settle()
    assert replies(person) == ["收到：我要投诉，宽带断了"] * 3
    assert metrics.HANDLER_ERRORS._value.get() == failed
    assert not re.search(r"E\d{4}-", person.transcript)


def test_it_is_tried_until_the_time_is_over_and_a_real_error_is_not() -> None:
    tries: list[int] = []

    def refused() -> None:
        tries.append(1)
        raise psycopg.OperationalError("connection refused")

    def wrong() -> None:
        tries.append(1)
        raise errors.UniqueViolation("twice")

    with pytest.raises(Unavailable):
        steadily(refused)
    assert len(tries) == 2, "once more at once: a pooled connection may have been dead"
    tries.clear()
    with pytest.raises(errors.UniqueViolation):
        steadily(wrong, float("inf"))
    assert len(tries) == 1
