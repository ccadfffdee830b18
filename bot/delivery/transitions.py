"""Change an outbox row: its state, when it is due, why; and the event that tells the step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import metrics
from bot.delivery.route_selection import Via
from bot.store.models import DeliveryEvent, Outbox, OutboxState
from bot.store.session import driver

REPEATABLE = {Via.TEMPLATE: timedelta(minutes=10), Via.WECOM: timedelta(minutes=30)}
"""How long after its first try the platform recognises a repeated message: template by `client_msg_id`, WeCom by its
duplicate check. Customer-service messages and 订阅通知 have no such key and are never repeated after a doubt."""


_STEP = """
    WITH before AS (SELECT id, reason FROM outbox WHERE id = %(outbox_id)s),
    moved AS (
      UPDATE outbox
      SET state = %(state)s, reason = %(reason)s, updated_at = %(now)s, via = coalesce(nullif(%(via)s, ''), via),
          due_at = coalesce(%(due_at)s, due_at), platform_id = coalesce(%(platform_id)s, platform_id),
          response_code = coalesce(%(response_code)s, response_code)
      FROM before
      WHERE outbox.id = before.id AND state = coalesce(%(before)s, state) AND state <> %(state)s
      RETURNING outbox.id, before.reason),
    done AS (DELETE FROM procrastinate_jobs WHERE id = %(job_id)s)
    INSERT INTO delivery_events (outbox_id, at, state, via, code, reason)
    SELECT id, %(now)s, %(state)s, %(via)s, %(code)s, %(reason)s FROM moved
    WHERE NOT %(waits_on)s OR moved.reason <> %(reason)s
    RETURNING outbox_id, id
"""
"""Plain SQL and one round trip: every message takes two of these. A step that was taken is not taken again.

A message that was looked at and `waits_on` for the same reason has no new event: its waiting began once.
"""

_FAIL_LEAVING = """
    UPDATE procrastinate_jobs SET status = 'failed'
    WHERE id = ANY(%s) AND status IN ('todo', 'doing')
      AND (args->>'outbox_id')::bigint IN (SELECT id FROM outbox WHERE state = 'sending')
"""


class Step(NamedTuple):
    """One step of a message. `before`: only from this state; `job_id`: the job that is done with it; None: as it is.

    `waits_on`: it was not tried, only looked at; that is told when the reason is another than before.
    """

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
    waits_on: bool = False


def take(connection: psycopg.Connection[Any], steps: Sequence[Step], now: datetime) -> dict[int, int]:
    """Take the steps together and tell each in an event; return row → event where the row was as it had to be.

    When it raises, none was taken, or the answer was lost: then they may be repeated, for a row that is in the step's
    state already is left alone.
    """
    if not steps:
        return {}
    values = [step._asdict() | {"now": now} for step in steps]
    with connection.cursor() as cursor:
        if len(values) == 1:
            taken = dict(cursor.execute(_STEP, values[0]).fetchall())
        else:
            cursor.executemany(_STEP, values, returning=True)
            taken = {row: event for result in cursor.results() for row, event in result}
    for step in steps:
        if step.outbox_id in taken:
            _count(step.state, step.via, step.code)
    return taken


def remove_jobs(connection: psycopg.Connection[Any], job_ids: Sequence[int]) -> None:
    """Remove jobs that are done with and were not removed by a step; none is missed."""
    if job_ids:
        connection.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [list(job_ids)])


def remove_idle_jobs(connection: psycopg.Connection[Any], job_ids: Sequence[int]) -> None:
    """Remove the jobs whose rows are not leaving; the others fail, so that the sweep settles their rows."""
    if job_ids:
        connection.execute(_FAIL_LEAVING, [list(job_ids)])
        connection.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s) AND status <> 'failed'", [list(job_ids)])


def last_told(db: Session) -> int | None:
    """Return the last event of the session's transaction: once it can be read, the transaction was committed."""
    event: int | None = db.info.get("last_told")
    return event


def move(
    db: Session,
    row: Outbox,
    state: OutboxState,
    now: datetime,
    *,
    via: str = "",
    reason: str = "",
    code: str = "",
    waits_on: bool = False,
) -> None:
    """Take one step with a row that was read to be changed."""
    db.flush()
    step = Step(row.id, state, via, reason, code, waits_on=waits_on)
    db.info["last_told"] = take(driver(db), [step], now).get(row.id)
    db.expire(row)


def tell(
    db: Session, row: Outbox, state: OutboxState, now: datetime, *, via: str = "", reason: str = "", code: str = ""
) -> None:
    """Add one event to the row's story and count it."""
    event = DeliveryEvent(outbox_id=row.id, at=now, state=state, via=via, reason=reason, code=code)
    db.add(event)
    db.flush()
    db.info["last_told"] = event.id
    _count(state, via, code)


def count(db: Session, row: Outbox, *, reason: str) -> int:
    """Return how many steps of the row were taken for this reason."""
    query = select(func.count()).where(DeliveryEvent.outbox_id == row.id, DeliveryEvent.reason == reason)
    return db.scalar(query) or 0


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
