"""Yes and no to care messages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot import audit
from bot.store.models import Consent, Contact, Purpose

_STOPPED = (Purpose.CARE, Purpose.MARKETING)
_RESUMED = (Purpose.CARE,)  # a no to offers is taken back only where offers are asked about


def care_opt(db: Session, contact: Contact, on: bool, now: datetime, *, trace: str = "") -> bool:
    """Allow or stop greetings and care (stopping ends offers too); return whether anything changed.

    Transactional news (a complaint's state, a contract's end) is not touched by it.
    """
    before = care_allowed(db, contact)
    contact.care_stopped_at = None if on else contact.care_stopped_at or now
    if contact.customer_id is not None:
        for purpose in _RESUMED if on else _STOPPED:
            _set(db, contact.customer_id, purpose, granted=on, now=now)
    if before == on:
        return False
    audit.record(
        db,
        now=now,
        actor=audit.actor_of(contact),
        action="consent.changed",
        object=f"contact:{contact.id}",
        before={"care": before},
        after={"care": on},
        trace=trace,
    )
    return True


def care_allowed(db: Session, contact: Contact) -> bool:
    """Return whether the person gets care: not stopped by himself, and no recorded no of his customer file."""
    if contact.care_stopped_at is not None:
        return False
    if contact.customer_id is None:
        return True
    query = select(Consent.granted).where(Consent.customer_id == contact.customer_id, Consent.purpose == Purpose.CARE)
    granted = db.scalar(query)
    return True if granted is None else granted


def _set(db: Session, customer_id: int, purpose: Purpose, *, granted: bool, now: datetime) -> None:
    values = {"granted": granted, "source": "chat", "at": now}
    statement = insert(Consent).values(customer_id=customer_id, purpose=purpose, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["customer_id", "purpose"], set_=values))
