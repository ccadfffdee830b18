"""Complaints past their time: owner and superior are told once for each due time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.care.desk import Desk
from bot.casework import complaints as casework
from bot.store.models import UNANSWERED_STATES
from bot.store.session import driver
from bot.tickets import complaints


def tick(desk: Desk, db: Session, now: datetime) -> int:
    """Escalate what is overdue and was not noted yet; return how many."""
    told = 0
    for complaint_id in _overdue(db, now):
        complaint = complaints.locked(db, complaint_id)
        if complaint is not None and complaint.state in UNANSWERED_STATES and complaint.due_at < now:
            told += casework.overdue(desk.office(db, complaint, now), complaint)
    return told


_UNNOTED = """
SELECT id FROM complaints
WHERE state IN ({}) AND noted_due IS DISTINCT FROM due_at AND due_at < %s ORDER BY due_at, id LIMIT 50
""".format(", ".join(f"'{state.value}'" for state in UNANSWERED_STATES))
"""As the partial index `ix_complaints_unnoted` says it, so that those noted long ago cost nothing: it runs all day."""


def _overdue(db: Session, now: datetime) -> Sequence[int]:
    """Return the complaints whose passing due time was not noted yet, the longest overdue first."""
    db.flush()
    return [number for (number,) in driver(db).execute(_UNNOTED, [now]).fetchall()]
