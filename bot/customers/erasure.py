"""Forget a person who unfollows, and keep what the branch must keep under a pseudonym.

The official page "关注/取消关注事件" asks to delete a user's information when he unfollows. The OpenID and the tie to
the customer's file are cut; complaints keep their number, their story and a pseudonym, without names and phones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from bot import audit
from bot.customers.names import address, scrub_wholly
from bot.store.models import (
    Account,
    Complaint,
    ComplaintEvent,
    Contact,
    Customer,
    DeliveryEvent,
    Inbound,
    InboundState,
    NoticeQuota,
    Outbox,
    OutboxState,
    Task,
)

REASON = "unfollowed"
_PENDING = (OutboxState.WAITING, OutboxState.QUEUED)


@dataclass(frozen=True, slots=True)
class _Person:
    """What is to be found and replaced."""

    contact: Contact
    openid: str
    account: Account
    customer_id: int | None
    names: tuple[str, ...]

    def clean(self, text: str) -> str:
        return scrub_wholly(text, self.names, self.contact.pseudonym)


def unfollowed(db: Session, contact: Contact, now: datetime, *, trace: str = "") -> None:
    """Erase who the contact is; a second call changes nothing."""
    if contact.openid is None:
        return
    customer = contact.customer
    person = _Person(contact, contact.openid, contact.account, contact.customer_id, _names(customer))
    _erase_messages(db, person)
    _pseudonymise_complaints(db, person)
    _cancel_outbox(db, person, now)
    _pseudonymise_cards(db, person)
    _cut_tasks(db, person)
    db.execute(delete(NoticeQuota).where(NoticeQuota.contact_id == contact.id))
    _erase_profile(contact)
    db.flush()
    actor = audit.actor_of(contact)
    audit.record(db, now=now, actor=actor, action="contact.erased", object=f"contact:{contact.id}", trace=trace)


def _names(customer: Customer | None) -> tuple[str, ...]:
    if customer is None:
        return ()
    called = address(customer.name, customer.honorific)
    return (customer.name, called, customer.phone) if called != "您" else (customer.phone,)


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


def _erase_messages(db: Session, person: _Person) -> None:
    """Messages lose sender, words and answers; the key of an event names the sender, so it is renamed too."""
    mine = (Inbound.channel == person.account.channel, Inbound.account == person.account.name)
    rows = db.scalars(select(Inbound).where(*mine, Inbound.person == person.openid))
    for row in rows:
        row.person = None
        row.text = None
        if row.state is not InboundState.ACCEPTED:
            row.payload = row.reply = row.resume_at = None
            row.key = row.key.replace(person.openid, f"{person.contact.pseudonym}-{row.id}")


def _complaint_ids(person: _Person) -> Select[int]:
    return select(Complaint.id).where(Complaint.contact_id == person.contact.id)


def _pseudonymise_complaints(db: Session, person: _Person) -> None:
    for complaint in db.scalars(select(Complaint).where(Complaint.contact_id == person.contact.id)):
        complaint.customer = None
        complaint.customer_id = None
        complaint.phone = ""
        for column in ("what", "since", "place", "wish", "satisfaction_reason"):
            setattr(complaint, column, person.clean(getattr(complaint, column)))
    events = select(ComplaintEvent).where(ComplaintEvent.complaint_id.in_(_complaint_ids(person)))
    for event in db.scalars(events):
        event.text = person.clean(event.text)
        if detail := event.data.get("detail"):
            event.data = {**event.data, "detail": {key: person.clean(str(value)) for key, value in detail.items()}}


def _cancel_outbox(db: Session, person: _Person, now: datetime) -> None:
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
    if person.customer_id is not None and not _follows_elsewhere(db, person):
        _cancel_for_customer(db, person.customer_id, now)


def _pseudonymise_cards(db: Session, person: _Person) -> None:
    """What managers were sent about his complaints names the number, so it may not name him too."""
    numbers = select(Complaint.number).where(Complaint.contact_id == person.contact.id)
    about = (Outbox.manager_id.is_not(None), func.split_part(Outbox.occasion, ":", 1).in_(numbers))
    for row in db.scalars(select(Outbox).where(*about)):
        row.part = _cleaned(person, row.part)


def _cleaned(person: _Person, value: Any) -> Any:
    """Return JSON with every text in it cleaned."""
    match value:
        case str():
            return person.clean(value)
        case list():
            return [_cleaned(person, item) for item in value]
        case dict():
            return {key: _cleaned(person, item) for key, item in value.items()}
    return value


def _follows_elsewhere(db: Session, person: _Person) -> bool:
    other = select(Contact.id).where(
        Contact.customer_id == person.customer_id, Contact.id != person.contact.id, Contact.following
    )
    return db.scalar(other.limit(1)) is not None


def _cancel_for_customer(db: Session, customer_id: int, now: datetime) -> None:
    waiting = (Outbox.recipient == f"customer:{customer_id}", Outbox.state.in_(_PENDING))
    done = update(Outbox).where(*waiting).values(state=OutboxState.SKIPPED, reason=REASON, updated_at=now)
    for outbox_id in db.scalars(done.returning(Outbox.id)):
        db.add(DeliveryEvent(outbox_id=outbox_id, at=now, state=OutboxState.SKIPPED, reason=REASON))


def _cut_tasks(db: Session, person: _Person) -> None:
    """Tasks about his complaints keep the pseudonym, all others keep the customer; none keeps both."""
    about = select(Task).where((Task.contact_id == person.contact.id) | Task.complaint_id.in_(_complaint_ids(person)))
    for task in db.scalars(about):
        if task.complaint_id is None:
            task.contact_id = None
            continue
        task.customer_id = None
        task.title, task.text = person.clean(task.title), person.clean(task.text)
