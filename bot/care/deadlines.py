"""Complaints past their time: owner and superior are told once for each due time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bot.care.desk import Desk
from bot.casework import complaints as casework
from bot.store.models import Complaint, ComplaintEvent, ComplaintState
from bot.tickets import complaints

_UNANSWERED = (ComplaintState.FILED, ComplaintState.TAKEN, ComplaintState.REOPENED)


def tick(desk: Desk, db: Session, now: datetime) -> int:
    """Escalate what is overdue and was not noted yet; return how many."""
    told = 0
    for complaint_id in _overdue(db, now):
        complaint = complaints.locked(db, complaint_id)
        if complaint is not None and complaint.state in _UNANSWERED and complaint.due_at < now:
            told += casework.overdue(desk.office(db, complaint, now), complaint)
    return told


def _overdue(db: Session, now: datetime) -> Sequence[int]:
    """A note made after the due time is about this due time: a later one comes with a later due time."""
    noted = exists().where(
        ComplaintEvent.complaint_id == Complaint.id,
        ComplaintEvent.kind == "overdue",
        ComplaintEvent.at >= Complaint.due_at,
    )
    query = select(Complaint.id).where(Complaint.state.in_(_UNANSWERED), Complaint.due_at < now, ~noted)
    return db.scalars(query.order_by(Complaint.due_at, Complaint.id).limit(50)).all()
