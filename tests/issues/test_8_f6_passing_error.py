"""F6: a late answer was put aside for ten minutes because the database refused a connection for a second."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy.exc
from psycopg import errors
from sqlalchemy import select

from bot.clock import ManualClock
from bot.delivery.batch_sender import BatchSender
from bot.messages import Text
from bot.store.models import Outbox, OutboxState, Purpose
from bot.store.session import is_passing
from tests.delivery.conftest import book, platform, put, rounds, sender

__all__ = ["book", "platform", "put", "rounds", "sender"]  # with a platform that the test tells what to answer


class _Refused:
    """Stands for the database while a round is prepared: it refuses so many connections."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise self.error


def _waits(db: Any, clock: ManualClock) -> timedelta:
    row = db.scalars(select(Outbox).execution_options(populate_existing=True)).one()
    assert row.state is OutboxState.WAITING
    return row.due_at - clock.now()


def test_a_refused_connection_puts_an_answer_aside_for_seconds_each_time_longer(
    db: Any, make: Any, put: Any, rounds: BatchSender, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = make.open_contact(make.customer(), left=20)
    orders = put(1, to=to, purpose=Purpose.REPLY, part=Text("您好"))
    refused = psycopg.OperationalError("connection refused")
    waited = []
    with monkeypatch.context() as away:
        away.setattr(rounds._sender, "prepare_one", _Refused(refused))
        for _ in range(7):
            rounds.send(orders[-1:])
            waited.append(_waits(db, clock).total_seconds())
            db.scalars(select(Outbox)).one().state = OutboxState.QUEUED
            db.commit()
    assert waited == [2, 4, 8, 16, 32, 60, 60]
    assert rounds.send(orders[-1:]) == set()
    assert db.scalars(select(Outbox.state)).one() is OutboxState.SENT


def test_a_real_error_puts_it_aside_for_ten_minutes(
    db: Any, make: Any, put: Any, rounds: BatchSender, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = make.open_contact(make.customer(), left=20)
    orders = put(1, to=to, purpose=Purpose.REPLY, part=Text("您好"))
    monkeypatch.setattr(rounds._sender, "prepare_one", _Refused(ValueError("broken row")))
    rounds.send(orders[-1:])
    assert _waits(db, clock) == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (psycopg.OperationalError("connection refused"), True),
        (errors.TooManyConnections("too many clients"), True),
        (errors.CannotConnectNow("the database system is starting up"), True),
        (errors.AdminShutdown("terminating connection"), True),
        (errors.ConnectionFailure("lost"), True),
        (sqlalchemy.exc.TimeoutError("QueuePool limit"), True),
        (sqlalchemy.exc.OperationalError("SELECT 1", {}, errors.TooManyConnections("too many clients")), True),
        (errors.DiskFull("no space"), False),
        (errors.DeadlockDetected("deadlock"), False),
        (errors.UniqueViolation("twice"), False),
        (ValueError("ours"), False),
    ],
)
def test_which_errors_pass(error: Exception, passing: bool) -> None:
    assert is_passing(error) is passing
