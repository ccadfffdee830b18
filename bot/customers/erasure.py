"""Forget a person who unfollows, and keep what the branch must keep under a pseudonym.

The official page "关注/取消关注事件" asks to delete a user's information when he unfollows. The OpenID and the tie to
the customer's file are cut. Of a complaint stay number, category, times, states, who handled it and the staff's answers
without personal data; the customer's own words stay, masked, only while it is open, for without them nobody could
settle it (`bot.care.retention` ends that). The customer's file itself is the branch's, by contract, and stays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from bot import audit
from bot.customers.erasing import GONE, Person
from bot.customers.staff_records import erase_staff_records
from bot.log import trace_of
from bot.store.models import (
    Complaint,
    ComplaintEvent,
    ComplaintState,
    Contact,
    DeliveryEvent,
    Inbound,
    InboundState,
    NoticeQuota,
    Outbox,
    OutboxState,
    Task,
    TaskState,
)

REASON = "unfollowed"
_PENDING = (OutboxState.WAITING, OutboxState.QUEUED)


def unfollowed(db: Session, contact: Contact, now: datetime, *, trace: str = "") -> None:
    """Erase who the contact is; a second call changes nothing. `trace` is the message's that says he left."""
    if contact.openid is None:
        return
    person = Person.of(db, contact, contact.openid)
    traces = _erase_messages(db, person, now, trace)
    erase_staff_records(db, person, traces)
    _cut_tasks(db, person)
    for complaint in person.complaints:
        _pseudonymise(person, complaint)
    _cancel_outbox(db, person, now)
    db.execute(delete(NoticeQuota).where(NoticeQuota.contact_id == contact.id))
    _erase_profile(contact)
    db.flush()
    actor = audit.actor_of(contact)
    audit.record(db, now=now, actor=actor, action=audit.ERASED, object=f"contact:{contact.id}", trace=trace)


def erase_words(complaint: Complaint) -> None:
    """Take a complaint's story out of it: number, category, times, states and the staff's answers stay."""
    complaint.what = GONE
    complaint.since = complaint.place = complaint.wish = complaint.satisfaction_reason = complaint.phone = ""
    for event in complaint.events:
        _erase_event(event)


def _erase_event(event: ComplaintEvent) -> None:
    if not event.actor.startswith("manager:"):
        event.text = ""
    if event.kind == "media":  # its id would still fetch the picture
        event.data = {}


def _erase_profile(contact: Contact) -> None:
    contact.openid = None
    contact.customer = None
    contact.manager_id = None
    contact.following = False
    contact.followed_at = None
    contact.last_message_at = None
    contact.window_until = None
    contact.window_left = 0
    contact.care_stopped_at = None


def _erase_messages(db: Session, person: Person, now: datetime, leaving: str) -> set[str]:
    """Take sender, words and answers out of his messages; return their traces.

    One that was only accepted is done with: he cannot be answered any more, and its payload would keep all of it. Not
    so the message being worked on, the one that says he left.
    """
    account = person.contact.account
    mine = (Inbound.channel == account.channel, Inbound.account == account.name, Inbound.person == person.openid)
    traces = set[str]()
    for row in db.scalars(select(Inbound).where(*mine)):
        trace = trace_of(row.key)
        row.person = row.text = None
        if trace == leaving:
            continue
        traces.add(trace)
        row.payload = row.reply = None
        row.resume_at = None
        if row.state is not InboundState.DONE:
            row.state, row.done_at = InboundState.DONE, now
        row.key = row.key.replace(person.openid, f"{person.contact.pseudonym}-{row.id}")
    lock = f"{account.channel}:{account.name}:{person.openid}"
    db.execute(_JOBS, {"lock": lock})
    return traces


_JOBS = text("DELETE FROM procrastinate_jobs WHERE lock = :lock AND status IN ('todo', 'failed', 'aborted')")
"""A job that would resume his turn is named after him."""


def _pseudonymise(person: Person, complaint: Complaint) -> None:
    complaint.customer = None
    complaint.customer_id = None
    if complaint.state is ComplaintState.CLOSED:
        erase_words(complaint)
    for event in complaint.events:
        if event.kind == "media":
            _erase_event(event)
        event.text = person.clean(event.text)
    complaint.phone = complaint.place = ""
    for column in ("what", "since", "wish", "satisfaction_reason"):
        setattr(complaint, column, person.clean(getattr(complaint, column)))


def _cancel_outbox(db: Session, person: Person, now: datetime) -> None:
    """Cancel what waits for him and cut the link between contact and customer in what was sent."""
    for row in db.scalars(select(Outbox).where(Outbox.contact_id == person.contact.id).with_for_update()):
        if row.state in _PENDING:
            row.state, row.reason, row.updated_at = OutboxState.SKIPPED, REASON, now
            db.add(DeliveryEvent(outbox_id=row.id, at=now, state=OutboxState.SKIPPED, reason=REASON))
        if row.recipient.startswith("customer:"):
            row.contact_id = None
        else:
            row.customer_id = None
            row.part, row.fallback = {"type": "text", "content": ""}, {}
    if person.customer is not None and not _follows_elsewhere(db, person, person.customer.id):
        _cancel_for_customer(db, person.customer.id, now)


def _follows_elsewhere(db: Session, person: Person, customer_id: int) -> bool:
    other = select(Contact.id).where(
        Contact.customer_id == customer_id, Contact.id != person.contact.id, Contact.following
    )
    return db.scalar(other.limit(1)) is not None


def _cancel_for_customer(db: Session, customer_id: int, now: datetime) -> None:
    waiting = (Outbox.recipient == f"customer:{customer_id}", Outbox.state.in_(_PENDING))
    done = update(Outbox).where(*waiting).values(state=OutboxState.SKIPPED, reason=REASON, updated_at=now)
    for outbox_id in db.scalars(done.returning(Outbox.id)):
        db.add(DeliveryEvent(outbox_id=outbox_id, at=now, state=OutboxState.SKIPPED, reason=REASON))


def _cut_tasks(db: Session, person: Person) -> None:
    """Tasks about his complaints keep the pseudonym, all others keep the customer; none keeps both, nor his words."""
    complaints = [complaint.id for complaint in person.complaints]
    about = (Task.contact_id == person.contact.id) | Task.complaint_id.in_(complaints)
    for task in db.scalars(select(Task).where(about)):
        instead = "客户" if task.complaint_id is None else None
        task.title = person.clean(task.title, instead)
        task.text = person.clean(task.text, instead) if task.state is TaskState.OPEN else ""
        if task.complaint_id is None:
            task.contact_id = None
        else:
            task.customer_id = None
