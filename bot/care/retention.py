"""Retention: what was kept long enough is deleted at night, in small batches, each a transaction of its own.

Ages are settings by kind of row. What is still needed stays whatever its age: open complaints and tasks, messages not
yet delivered or answered, questions that wait for an answer, the last run of each job. An idempotency key goes with
its row: the youngest age allowed (60 days for the outbox, 30 for messages) is beyond anything that asks for it again
(a missed day is planned for up to 31 days, a platform repeats a message for seconds).

Ids grow with time, so each table is read from its oldest row on, and no further than where nothing is old.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import audit, metrics
from bot.config import Settings
from bot.customers.erasing import GONE
from bot.customers.erasure import erase_words
from bot.schedule import Context
from bot.store.models import Complaint, ComplaintState, Contact
from bot.store.session import Store

SECONDS = 2.0
"""So long one run may take: the scheduler does nothing else meanwhile. It comes back every few minutes of the night."""

BATCH = 1000
_CLOSED_LATELY = timedelta(days=10)
_REWRITE_AFTER = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Kind:
    """A table whose rows end: its age is in column `at` and setting `age`; only rows that are `over` go.

    `with_them` are (table, column) of rows that belong to it and go first.
    """

    table: str
    at: str
    age: str
    over: str = "true"
    with_them: tuple[tuple[str, str], ...] = ()

    @property
    def statement(self) -> str:
        """Delete one batch; tells the last id looked at, how many were old, how many went."""
        theirs = "".join(
            f", {table}_gone AS (DELETE FROM {table} WHERE {column} IN (SELECT id FROM held))"  # noqa: S608
            for table, column in self.with_them
        )
        return f"""
            WITH page AS (
                SELECT id, {self.at} < :before AS old, ({self.over}) AS over FROM {self.table} t
                WHERE id > :after ORDER BY id LIMIT {BATCH}
            ), held AS (
                SELECT id FROM {self.table} WHERE id IN (SELECT id FROM page WHERE old AND over)
                FOR UPDATE SKIP LOCKED
            ){theirs}, gone AS (DELETE FROM {self.table} WHERE id IN (SELECT id FROM held) RETURNING id)
            SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM page WHERE old), (SELECT count(*) FROM gone)
        """  # noqa: S608 - our own words


_UNSETTLED = "('waiting', 'queued', 'sending')"
KINDS = (
    Kind("inbound", "received_at", "retain_messages_days", "state <> 'accepted' AND resume_at IS NULL"),
    Kind("outbox", "created_at", "retain_outbox_days", f"state NOT IN {_UNSETTLED}"),
    Kind("tasks", "created_at", "retain_outbox_days", "state <> 'open'"),
    Kind(
        "delivery_events",
        "at",
        "retain_deliveries_days",
        f"NOT EXISTS (SELECT FROM outbox o WHERE o.id = t.outbox_id AND o.state IN {_UNSETTLED})",
    ),
    Kind(
        "unanswered",
        "at",
        "retain_questions_days",
        "NOT EXISTS (SELECT FROM open_questions q WHERE q.id = t.question_id AND q.state NOT IN ('live', 'dropped'))",
    ),
    Kind(
        "scheduled_runs",
        "due_at",
        "retain_runs_days",
        "due_at < (SELECT max(l.due_at) FROM scheduled_runs l WHERE l.name = t.name)",
    ),
    Kind(
        "procrastinate_jobs",
        "(SELECT coalesce(max(e.at), '-infinity') FROM procrastinate_events e WHERE e.job_id = t.id)",
        "retain_runs_days",
        "status NOT IN ('todo', 'doing')",
    ),
    Kind(
        "complaints",
        "coalesce(closed_at, 'infinity')",
        "retain_complaints_days",
        "state = 'closed' AND NOT EXISTS (SELECT FROM tasks o WHERE o.complaint_id = t.id AND o.state = 'open')",
        (("complaint_events", "complaint_id"), ("tasks", "complaint_id")),
    ),
    Kind("audit_log", "at", "retain_audit_days"),
)


def plan(store: Store, settings: Settings, context: Context) -> str:
    """Delete for a little while; say how much of what. Each run begins with another kind: all get their turn."""
    until = time.monotonic() + SECONDS
    forgotten = erase_forgotten(context.db, context.now)
    first = int(context.due_at.timestamp()) // 300 % len(KINDS)
    counts = {"words of the forgotten": forgotten}
    for kind in (*KINDS[first:], *KINDS[:first]):
        before = context.now - timedelta(days=getattr(settings, kind.age))
        counts[kind.table] = sum(retire(store, kind, before, lambda: time.monotonic() < until))
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count) or "nothing"


def retire(store: Store, kind: Kind, before: datetime, more: Callable[[], bool]) -> Iterator[int]:
    """Delete a kind's rows older than `before` batch by batch while there is `more` time; give each batch's count."""
    after, old = 0, 1
    while old and more():
        with store.begin() as db:
            last, old, gone = db.execute(text(kind.statement), {"before": before, "after": after}).one()
        metrics.RETIRED.labels(kind.table).inc(gone)
        after = last or after
        yield gone


def erase_forgotten(db: Session, now: datetime) -> int:
    """Take the words out of complaints that were open when their customer left and have closed since."""
    query = (
        select(Complaint)
        .join(Contact, Contact.id == Complaint.contact_id)
        .where(Complaint.state == ComplaintState.CLOSED, Complaint.closed_at > now - _CLOSED_LATELY)
        .where(Contact.openid.is_(None), Complaint.what != GONE)
    )
    found = db.scalars(query.order_by(Complaint.id).limit(BATCH).with_for_update(of=Complaint, skip_locked=True)).all()
    for complaint in found:
        erase_words(complaint)
    return len(found)


def rewrite(rewrite_append_file: Callable[[], bool], context: Context) -> str:
    """Let Redis write its append-only file anew when somebody was forgotten lately: the old one still names him.

    Twice for each, an hour apart: what lives for minutes (the replies to his last messages) may be in the first.
    """
    if not audit.erased_since(context.db, context.now - _REWRITE_AFTER):
        return "nothing"
    return "rewritten" if rewrite_append_file() else "refused"
