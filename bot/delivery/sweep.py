"""Keep the outbox moving: what came due, what a killed worker left behind, what lost its job.

Runs every half second in each scheduler, one at a time across processes. Due times are compared with the injected
clock; whether a worker is alive is asked of the queue, whose heartbeats follow the database's own clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Boolean, ColumnElement, literal_column, select, text
from sqlalchemy.orm import Session

from bot.delivery import authored, jobs, transitions
from bot.delivery.outbox import job_for
from bot.delivery.policy import Reason
from bot.delivery.route_selection import ANSWER_WAITS, KEPT
from bot.store.models import Outbox, OutboxState, Purpose
from bot.store.session import driver

log = structlog.get_logger(__name__)

WORKER_SILENT_SECONDS = 15
SENDING_AT_MOST = timedelta(minutes=2)
_BATCH = 500
_BULK = 50
_LOCK = 7_418_227  # any fixed number: whoever sweeps holds it

_STALLED = """
    FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
      AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %(silent)s))
"""
_REVIVE = f"SELECT procrastinate_retry_job_v2(job.id, NULL, NULL, NULL, NULL) {_STALLED}"

_WITH_JOB = """outbox.id IN (
    SELECT (args->>'outbox_id')::bigint FROM procrastinate_jobs
    WHERE status IN ({states}) AND task_name = 'deliver' AND args->>'outbox_id' IS NOT NULL
    UNION ALL
    SELECT jsonb_array_elements_text(args->'outbox_ids')::bigint FROM procrastinate_jobs
    WHERE status IN ({states}) AND task_name = 'deliver_batch')
"""
"""One list for all rows: asked for each row by itself, thousands of rows read thousands of jobs each."""


def _with_job(*states: str) -> str:
    """Return the condition that a job of the row is in one of `states`."""
    return "(" + _WITH_JOB.format(states=", ".join(f"'{state}'" for state in states)) + ")"


def _has_job(*states: str) -> ColumnElement[bool]:
    return literal_column(_with_job(*states), Boolean)


FOLLOWS = timedelta(seconds=1)
"""What waited for the customer leaves a little after the answer to what he wrote."""

_CAME = f"""
    FROM contacts WHERE contacts.id = outbox.contact_id AND outbox.created_at > %(oldest)s
      AND outbox.state IN ('waiting', 'unknown') AND outbox.reason IN ('{Reason.WINDOW_SHUT}', '{Reason.UNCONFIRMED}')
      AND contacts.window_until > %(now)s AND contacts.window_left > 0
      AND (outbox.state = 'waiting'
        OR EXISTS (SELECT FROM outbox called
                   WHERE called.recipient = outbox.recipient AND called.rule = '{ANSWER_WAITS}'
                     AND called.occasion = outbox.id::text AND called.state = 'sent'
                     AND called.updated_at < contacts.last_message_at))
"""
"""Of rows that wait for their customers (an index of their own) those whose customer has come: by himself, or, where
the platform gave no answer, after he was told by template that words wait."""

_OPEN_DOOR = f"""
    WITH opened AS (
      UPDATE outbox SET state = 'waiting', reason = '{Reason.WINDOW_OPEN}', updated_at = %(now)s,
        due_at = coalesce(contacts.last_message_at + %(follows)s, %(now)s)
      {_CAME} RETURNING outbox.id)
    INSERT INTO delivery_events (outbox_id, at, state, via, code, reason)
    SELECT id, %(now)s, 'waiting', '', '', '{Reason.WINDOW_OPEN}' FROM opened
"""  # noqa: S608 - our own words

_LOOK = f"""
    SELECT EXISTS (SELECT FROM outbox WHERE state = 'waiting' AND due_at <= %(now)s)
      OR EXISTS (SELECT FROM outbox WHERE state = 'queued' AND NOT {_with_job("todo", "doing")})
      OR EXISTS (SELECT FROM outbox WHERE state = 'sending' AND NOT {_with_job("doing")})
      OR EXISTS (SELECT {_STALLED})
      OR EXISTS (SELECT FROM outbox, contacts {_CAME.replace("FROM contacts ", "")})
"""  # noqa: S608 - our own words
"""Whether there may be anything to do; nearly always there is not."""


def sweep(db: Session, now: datetime) -> int:
    """Queue what is due or was lost; return how many rows were moved. Does nothing while another process sweeps."""
    db.flush()
    asked = {"now": now, "oldest": now - KEPT, "silent": WORKER_SILENT_SECONDS}
    (busy,) = driver(db).execute(_LOOK, asked).fetchone() or (True,)
    if not busy or not db.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}):
        return 0
    revived = driver(db).execute(_REVIVE, {"silent": WORKER_SILENT_SECONDS}).rowcount
    if revived:
        log.warning("jobs_revived", count=revived, remedy="a worker was killed or lost the database; see its log")
    return _orphans(db, now) + _lost(db, now) + _opened(db, now) + _due(db, now)


def _opened(db: Session, now: datetime) -> int:
    """Let words that wait for a customer follow the answer to what he wrote."""
    return driver(db).execute(_OPEN_DOOR, {"now": now, "follows": FOLLOWS, "oldest": now - KEPT}).rowcount


def _due(db: Session, now: datetime) -> int:
    """Queue the waiting rows whose time has come; those past their expiry are skipped."""
    query = select(Outbox).where(Outbox.state == OutboxState.WAITING, Outbox.due_at <= now)
    rows = db.scalars(query.order_by(Outbox.due_at, Outbox.id).limit(_BATCH).with_for_update(skip_locked=True)).all()
    alive = [row for row in rows if not _expire(db, row, now)]
    for row in alive:
        row.state, row.updated_at = OutboxState.QUEUED, now
    _queue(db, alive)
    return len(rows)


def _expire(db: Session, row: Outbox, now: datetime) -> bool:
    if row.expires_at is None or row.expires_at > now:
        return False
    transitions.move(db, row, OutboxState.SKIPPED, now, reason=Reason.EXPIRED)
    return True


def _lost(db: Session, now: datetime) -> int:
    """Give a new job to queued rows that have none: it failed, or was removed by hand."""
    query = select(Outbox).where(Outbox.state == OutboxState.QUEUED, ~_has_job("todo", "doing"))
    rows = db.scalars(query.order_by(Outbox.id).limit(_BATCH).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.updated_at = now
    _queue(db, list(rows))
    return len(rows)


def _orphans(db: Session, now: datetime) -> int:
    """Settle rows that were being sent when their worker died: repeated where the platform knows a repeat."""
    query = select(Outbox).where(
        Outbox.state == OutboxState.SENDING,
        ~_has_job("doing"),
        _has_job("todo", "failed", "aborted") | (Outbox.updated_at <= now - SENDING_AT_MOST),
    )
    rows = db.scalars(query.limit(_BATCH).with_for_update(skip_locked=True)).all()
    for row in rows:
        if transitions.may_repeat(db, row, row.via, now):
            transitions.move(db, row, OutboxState.QUEUED, now, via=row.via, reason="worker_died")
        else:
            authored.unconfirmed(db, row, now, via=row.via, reason="worker_died")
    return len(rows)


def _queue(db: Session, rows: list[Outbox]) -> None:
    """Defer a job for each row; many greetings that come due together share jobs."""
    db.flush()
    bulk = [row for row in rows if row.purpose in {Purpose.CARE, Purpose.MARKETING}]
    if len(bulk) < _BULK:
        bulk = []
    shared = {row.id for row in bulk}
    single = [job_for(row.id, row.recipient, row.purpose) for row in rows if row.id not in shared]
    packs = [
        jobs.Job(jobs.Task.DELIVER_BATCH, {"outbox_ids": [row.id for row in bulk[start : start + _BULK]]})
        for start in range(0, len(bulk), _BULK)
    ]
    jobs.defer_many(db, single + packs)
