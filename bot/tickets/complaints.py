"""Complaints once they are filed, to the return visit: plain functions on the caller's transaction.

Every change adds an event to the complaint's story and an entry to the audit log. Nothing is sent from here.

    ComplaintError
    ├── ForeignError       not this manager's complaint
    └── (states.TransitionError, raised as it is)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.customers import is_superior
from bot.store.models import (
    OPEN_STATES,
    Complaint,
    ComplaintEvent,
    ComplaintState,
    Manager,
    Role,
    Satisfaction,
)
from bot.tickets.assignee import handled_by
from bot.tickets.filing import CUSTOMER, Draft
from bot.tickets.sla import Clockwork
from bot.tickets.states import Action, after
from bot.tickets.visibility import may_see

WITHDRAWN, CLOSED_BY_RULE = "withdrawn", "closed_by_rule"
ENDINGS = ("solved", "closed", WITHDRAWN, CLOSED_BY_RULE)
"""The steps of a complaint's story that end it."""

_OVERDUE = "overdue"
"""The step that notes a passed due time."""

URGE_EVERY = timedelta(minutes=30)


class ComplaintError(Exception):
    """The complaint cannot be handled like this."""


class ForeignError(ComplaintError):
    """The complaint belongs to another manager."""


def join(db: Session, complaint: Complaint, draft: Draft, *, now: datetime, trace: str = "") -> None:
    """Put another telling into an open complaint."""
    note(db, complaint, "joined", CUSTOMER, now, text=draft.what)
    _note_media(db, complaint, draft.media, now)
    complaint.escalation = max(complaint.escalation, int(draft.escalated))
    actor = f"customer:{complaint.contact_id}"
    _record(db, complaint, "joined", actor, now, after={"number": complaint.number}, trace=trace)


def locked(db: Session, complaint_id: int) -> Complaint | None:
    """Return the complaint as it is now, held against everybody else until the transaction ends.

    Held without its key, so that messages about it may be written meanwhile and nobody waits in a circle.
    """
    query = select(Complaint).where(Complaint.id == complaint_id).with_for_update(key_share=True)
    return db.scalars(query.execution_options(populate_existing=True)).first()


def take(db: Session, complaint: Complaint, manager: Manager, *, now: datetime, trace: str = "") -> None:
    """Note that the manager accepts the complaint.

    Raises:
        TransitionError: it is taken, answered or closed already.
    """
    _move(db, complaint, Action.TAKE, actor=audit.actor_of(manager), now=now, event="taken", trace=trace)
    complaint.taken_at = now


def answer(
    db: Session, complaint: Complaint, manager: Manager, text: str, *, now: datetime, trace: str = ""
) -> ComplaintEvent:
    """Note the manager's answer and return its event, whose id names the message to the customer.

    Raises:
        TransitionError: the complaint is closed.
    """
    actor = audit.actor_of(manager)
    event = _move(db, complaint, Action.ANSWER, actor=actor, now=now, event="answered", text=text, trace=trace)
    complaint.taken_at = complaint.taken_at or now
    complaint.answered_at, complaint.confirm_asked_at = now, None
    return event


def add(
    db: Session,
    complaint: Complaint,
    text: str = "",
    *,
    media: Sequence[Mapping[str, Any]] = (),
    now: datetime,
    trace: str = "",
) -> ComplaintEvent | None:
    """Add the customer's further words and pictures; return the event of the words (or of the last picture)."""
    event = note(db, complaint, "added", CUSTOMER, now, text=text) if text else None
    event = event or _note_media(db, complaint, media, now)
    _record(db, complaint, "added", f"customer:{complaint.contact_id}", now, after={"media": len(media)}, trace=trace)
    return event


def solved(db: Session, complaint: Complaint, *, now: datetime, trace: str = "") -> None:
    """Close it at the customer's word.

    Raises:
        TransitionError: it is closed already.
    """
    _move(db, complaint, Action.SOLVED, actor=_customer(complaint), now=now, event="solved", trace=trace)
    complaint.closed_at = now


def withdraw(db: Session, complaint: Complaint, *, now: datetime, trace: str = "") -> None:
    """Close it because the customer takes it back.

    Raises:
        TransitionError: it is closed already.
    """
    _move(db, complaint, Action.WITHDRAW, actor=_customer(complaint), now=now, event="withdrawn", trace=trace)
    complaint.closed_at = now


def close(
    db: Session, complaint: Complaint, manager: Manager | None, *, now: datetime, text: str = "", trace: str = ""
) -> None:
    """Close it from the branch's side; `text` says how it ended.

    Raises:
        TransitionError: it is closed already.
    """
    _move(db, complaint, Action.CLOSE, actor=audit.actor_of(manager), now=now, event="closed", text=text, trace=trace)
    complaint.closed_at = now


def ask_to_confirm(db: Session, complaint: Complaint, *, now: datetime, trace: str = "") -> ComplaintEvent:
    """Note that the customer is asked once more whether it is solved; return the event."""
    complaint.confirm_asked_at = now
    event = note(db, complaint, "confirm_asked", audit.SYSTEM, now)
    _record(db, complaint, "confirm_asked", audit.SYSTEM, now, trace=trace)
    return event


def close_by_rule(db: Session, complaint: Complaint, *, now: datetime, trace: str = "") -> ComplaintEvent:
    """Close what nobody confirms: as the customer, who may open it again, keeps silent, or has left.

    Raises:
        TransitionError: it is closed already.
    """
    event = _move(db, complaint, Action.CLOSE, actor=audit.SYSTEM, now=now, event=CLOSED_BY_RULE, trace=trace)
    complaint.closed_at = now
    return event


def accuse(db: Session, complaint: Complaint, accused: Sequence[int]) -> None:
    """Keep whom it is about, the highest first; they do not see it from now on."""
    complaint.about_id, complaint.about_too = accused[0], list(accused[1:])
    db.flush()


def move(db: Session, complaint: Complaint, manager: Manager, *, now: datetime, trace: str = "") -> ComplaintEvent:
    """Hand it to somebody else; what was taken is to be taken anew, unless he is the one who took it."""
    taken = complaint.state is ComplaintState.TAKEN and handled_by(db, complaint).id == manager.id
    before = {"owner": complaint.owner_id}
    event = _move(db, complaint, Action.MOVE, actor=audit.SYSTEM, now=now, event="moved", trace=trace)
    complaint.state = ComplaintState.TAKEN if taken else complaint.state
    complaint.owner = manager
    db.flush()
    after_ = {"owner": manager.id}
    _record(db, complaint, "owner", audit.SYSTEM, now, before=before, after=after_, trace=trace)
    return event


def not_solved(
    db: Session, complaint: Complaint, *, clockwork: Clockwork, now: datetime, text: str = "", trace: str = ""
) -> ComplaintEvent:
    """Open it again one level up, with a new due time.

    Raises:
        TransitionError: nothing was answered yet, or it is open again already.
    """
    actor = _customer(complaint)
    event = _move(db, complaint, Action.NOT_SOLVED, actor=actor, now=now, event="not_solved", text=text, trace=trace)
    complaint.escalation += 1
    complaint.closed_at = None
    complaint.due_at = clockwork.due(now)
    return event


def urge(db: Session, complaint: Complaint, *, now: datetime, trace: str = "") -> ComplaintEvent | None:
    """Note that the customer is waiting; return the event when the manager is to be told (once in 30 minutes)."""
    urged = (event for event in complaint.events if event.kind == "urged" and event.data.get("told"))
    told = [event.at for event in urged if event.at <= now]
    tell = not told or now - max(told) >= URGE_EVERY
    event = note(db, complaint, "urged", CUSTOMER, now, data={"told": tell})
    _record(db, complaint, "urged", _customer(complaint), now, after={"told": tell}, trace=trace)
    return event if tell else None


def rate(
    db: Session, complaint: Complaint, satisfaction: Satisfaction, *, now: datetime, reason: str = "", trace: str = ""
) -> None:
    """Keep the answer of the return visit; what a bad one leads to is the caller's (`not_solved`)."""
    before = {"satisfaction": complaint.satisfaction}
    complaint.satisfaction = satisfaction
    complaint.satisfaction_reason = reason
    note(db, complaint, "rated", CUSTOMER, now, text=reason, data={"satisfaction": satisfaction.value})
    after_ = {"satisfaction": satisfaction.value}
    _record(db, complaint, "rated", _customer(complaint), now, before=before, after=after_, trace=trace)


def rating_reason(db: Session, complaint: Complaint, reason: str, *, now: datetime, trace: str = "") -> None:
    """Keep why the customer was not content."""
    complaint.satisfaction_reason = reason
    note(db, complaint, "rated", CUSTOMER, now, text=reason)
    _record(db, complaint, "rating_reason", _customer(complaint), now, trace=trace)


def mark_overdue(db: Session, complaint: Complaint, *, now: datetime, trace: str = "") -> bool:
    """Note once per due time that no answer came; return whether this call noted it. The superior is to be told."""
    if complaint.noted_due == complaint.due_at:
        return False
    complaint.noted_due = complaint.due_at
    note(db, complaint, _OVERDUE, audit.SYSTEM, now, data={"due_at": complaint.due_at.isoformat()})
    complaint.escalation += 1
    after_ = {"escalation": complaint.escalation}
    _record(db, complaint, "overdue", audit.SYSTEM, now, after=after_, trace=trace)
    return True


def times_overdue(complaint: Complaint) -> int:
    """Return how many of its due times have passed without an answer, of those that were noted."""
    return sum(event.kind == _OVERDUE for event in complaint.events)


def open_of_contact(db: Session, contact_id: int) -> Sequence[Complaint]:
    """Return the open complaints of an account's follower, locked, the oldest first."""
    query = select(Complaint).where(Complaint.contact_id == contact_id, Complaint.state.in_(OPEN_STATES))
    return db.scalars(query.order_by(Complaint.id).with_for_update(key_share=True)).all()


def may_act(db: Session, manager: Manager, complaint: Complaint) -> bool:
    """Return whether the manager may handle it: his own, his staff's, or as a supervisor any of his branch.

    Never what accuses him (`bot.tickets.visibility`).
    """
    his = complaint.owner_id == manager.id
    of_branch = manager.role is Role.SUPERVISOR and manager.branch_id == complaint.branch_id
    return (his or of_branch or is_superior(db, manager, complaint.owner)) and may_see(db, manager, complaint)


def for_manager(db: Session, manager: Manager, complaint_id: int) -> Complaint:
    """Return the complaint, locked, for a manager who may act on it.

    Raises:
        ForeignError: there is none, or it is not his; he is not told which.
    """
    complaint = locked(db, complaint_id)
    if complaint is None or not may_act(db, manager, complaint):
        raise ForeignError(str(complaint_id))
    return complaint


def note(
    db: Session,
    complaint: Complaint,
    kind: str,
    actor: str,
    now: datetime,
    *,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> ComplaintEvent:
    """Add one step to the complaint's story."""
    event = ComplaintEvent(at=now, kind=kind, actor=actor, text=text, data=dict(data or {}))
    complaint.events.append(event)
    db.flush()
    return event


def _note_media(
    db: Session, complaint: Complaint, media: Sequence[Mapping[str, Any]], now: datetime
) -> ComplaintEvent | None:
    event = None
    for item in media:
        event = note(db, complaint, "media", CUSTOMER, now, data=item)
    return event


def _move(
    db: Session,
    complaint: Complaint,
    action: Action,
    *,
    actor: str,
    now: datetime,
    event: str,
    text: str = "",
    trace: str,
) -> ComplaintEvent:
    """Change the state by the table, with its event and its audit entry."""
    before = complaint.state
    complaint.state = after(before, action)
    who = CUSTOMER if actor.startswith("customer:") else actor
    step = note(db, complaint, event, who, now, text=text)
    states = ({"state": before.value}, {"state": complaint.state.value})
    _record(db, complaint, event, actor, now, before=states[0], after=states[1], trace=trace)
    return step


def _customer(complaint: Complaint) -> str:
    return f"customer:{complaint.contact_id}"


def _record(
    db: Session,
    complaint: Complaint,
    what: str,
    actor: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    trace: str,
) -> None:
    audit.record(
        db,
        now=now,
        actor=actor,
        action=f"complaint.{what}",
        object=f"complaint:{complaint.id}",
        before=before,
        after=after,
        trace=trace,
    )
