"""Change an outbox row: its state, when it is due, why; and the event that tells the step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import metrics
from bot.delivery.ladder import Via
from bot.store.models import DeliveryEvent, Outbox, OutboxState
from bot.store.session import driver

REPEATABLE = {Via.TEMPLATE: timedelta(minutes=10), Via.WECOM: timedelta(minutes=30)}
"""How long after its first try the platform recognises a repeated message: template by `client_msg_id`, WeCom by its
duplicate check. Customer-service messages and 订阅通知 have no such key and are never repeated after a doubt."""


_STEP = """
    WITH moved AS (
      UPDATE outbox
      SET state = %(state)s, reason = %(reason)s, updated_at = %(now)s, via = coalesce(nullif(%(via)s, ''), via),
          due_at = coalesce(%(due_at)s, due_at), platform_id = coalesce(%(platform_id)s, platform_id),
          response_code = coalesce(%(response_code)s, response_code)
      WHERE id = %(outbox_id)s AND state = coalesce(%(before)s, state)
      RETURNING id),
    done AS (DELETE FROM procrastinate_jobs WHERE id = %(job_id)s)
    INSERT INTO delivery_events (outbox_id, at, state, via, code, reason)
    SELECT id, %(now)s, %(state)s, %(via)s, %(code)s, %(reason)s FROM moved RETURNING outbox_id
"""
"""Plain SQL and one round trip: every message takes two of these."""


class Step(NamedTuple):
    """One step of a message. `before`: only from this state; `job_id`: the job that is done with it; None: as it is."""

    outbox_id: int
    state: OutboxState
    via: str = ""
    reason: str = ""
    code: str = ""
    due_at: datetime | None = None
    platform_id: str | None = None
    response_code: str | None = None
    before: OutboxState | None = None
    job_id: int | None = None


def take(connection: psycopg.Connection[Any], steps: Sequence[Step], now: datetime) -> set[int]:
    """Take all the steps together and tell each in an event; return the rows that were where they had to be."""
    if not steps:
        return set()
    values = [step._asdict() | {"now": now} for step in steps]
    with connection.cursor() as cursor:
        if len(values) == 1:
            taken = {row[0] for row in cursor.execute(_STEP, values[0])}
        else:
            cursor.executemany(_STEP, values, returning=True)
            taken = {row[0] for result in cursor.results() for row in result}
    for step in steps:
        if step.outbox_id in taken:
            _count(step.state, step.via, step.code)
    return taken


def remove_jobs(connection: psycopg.Connection[Any], job_ids: Sequence[int]) -> None:
    """Remove jobs that are done with and were not removed by a step; none is missed."""
    if job_ids:
        connection.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [list(job_ids)])


def move(
    db: Session, row: Outbox, state: OutboxState, now: datetime, *, via: str = "", reason: str = "", code: str = ""
) -> None:
    """Take one step with a row that was read to be changed."""
    db.flush()
    take(driver(db), [Step(row.id, state, via, reason, code)], now)
    db.expire(row)


def tell(
    db: Session, row: Outbox, state: OutboxState, now: datetime, *, via: str = "", reason: str = "", code: str = ""
) -> None:
    """Add one event to the row's story and count it."""
    db.add(DeliveryEvent(outbox_id=row.id, at=now, state=state, via=via, reason=reason, code=code))
    _count(state, via, code)


def _count(state: OutboxState, via: str, code: str) -> None:
    metrics.SENDS.labels(via=via or "none", result=state.value).inc()
    if code.lstrip("-").isdigit():
        metrics.PLATFORM_ERRORS.labels(code=code).inc()


def may_repeat(db: Session, row: Outbox, via: str, now: datetime) -> bool:
    """Tell whether sending again cannot make two messages: the platform still recognises the first try."""
    period = next((period for rung, period in REPEATABLE.items() if rung == via), None)
    if period is None:
        return False
    first = db.scalar(
        select(func.min(DeliveryEvent.at)).where(
            DeliveryEvent.outbox_id == row.id, DeliveryEvent.state == OutboxState.SENDING, DeliveryEvent.via == via
        )
    )
    return first is not None and now - first < period
