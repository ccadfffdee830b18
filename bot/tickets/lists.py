"""Which complaints there are: a customer's, a manager's, those past their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.store.models import OPEN_STATES, Complaint, ComplaintEvent, ComplaintState, Contact, Manager, Role

RECENT = timedelta(days=30)
_UNANSWERED = (ComplaintState.FILED, ComplaintState.TAKEN, ComplaintState.REOPENED)


def open_of(db: Session, contact: Contact) -> Sequence[Complaint]:
    """Return the person's open complaints, the newest first."""
    query = select(Complaint).where(_of(contact), Complaint.state.in_(OPEN_STATES))
    return db.scalars(query.order_by(Complaint.id.desc())).all()


def recent_of(db: Session, contact: Contact, now: datetime) -> Sequence[Complaint]:
    """Return the person's open complaints and those closed within 30 days, open ones first, then the newest."""
    query = select(Complaint).where(
        _of(contact), Complaint.state.in_(OPEN_STATES) | (Complaint.closed_at > now - RECENT)
    )
    found = db.scalars(query.order_by(Complaint.id.desc()).limit(20)).all()
    return sorted(found, key=lambda each: each.state is ComplaintState.CLOSED)


def by_number(db: Session, contact: Contact, number: str) -> Complaint | None:
    """Return the person's complaint with this number; another's is not found."""
    return db.scalars(select(Complaint).where(_of(contact), Complaint.number == number)).first()


def latest_filed(db: Session, contact: Contact, since: datetime) -> Complaint | None:
    """Return the person's open complaint that was filed last, if that was after `since`."""
    query = select(Complaint).where(
        Complaint.contact_id == contact.id, Complaint.state.in_(OPEN_STATES), Complaint.filed_at >= since
    )
    return db.scalars(query.order_by(Complaint.id.desc()).limit(1)).first()


def numbered(db: Session, number: str) -> Complaint | None:
    """Return the complaint with this number; the caller checks who may see it."""
    return db.scalars(select(Complaint).where(Complaint.number == number)).first()


def open_for(db: Session, manager: Manager) -> Sequence[Complaint]:
    """Return what a manager has open, the most urgent first; a supervisor sees his whole branch."""
    mine: ColumnElement[bool] = Complaint.owner_id == manager.id
    if manager.role is Role.SUPERVISOR:
        mine = mine | (Complaint.branch_id == manager.branch_id)
    query = select(Complaint).where(mine, Complaint.state.in_(OPEN_STATES))
    return db.scalars(query.order_by(Complaint.due_at, Complaint.id)).all()


def overdue(db: Session, now: datetime) -> Sequence[Complaint]:
    """Return unanswered complaints past their due time."""
    query = select(Complaint).where(Complaint.state.in_(_UNANSWERED), Complaint.due_at < now)
    return db.scalars(query.order_by(Complaint.due_at, Complaint.id)).all()


def last_answer(db: Session, complaint: Complaint) -> str:
    """Return the words of the last answer, empty when there was none."""
    query = select(ComplaintEvent.text).where(
        ComplaintEvent.complaint_id == complaint.id, ComplaintEvent.kind == "answered"
    )
    return db.scalar(query.order_by(ComplaintEvent.id.desc()).limit(1)) or ""


def media_count(complaint: Complaint) -> int:
    """Return how many pictures and the like are kept with it."""
    return sum(event.kind == "media" for event in complaint.events)


def _of(contact: Contact) -> ColumnElement[bool]:
    """A person sees what he filed, also from another account of the same customer file."""
    mine: ColumnElement[bool] = Complaint.contact_id == contact.id
    if contact.customer_id is not None:
        mine = mine | (Complaint.customer_id == contact.customer_id)
    return mine
