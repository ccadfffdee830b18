"""The last rung: what no message may carry becomes a task for the manager, with the words ready."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import moments
from bot.business_hours import Calendars
from bot.config import Settings
from bot.customers import address, fallback_owner, pack_of_branch, party, reachable, seen_by, unnamed
from bot.delivery import outbox
from bot.knowledge.texts import TextBook, Texts
from bot.messages import Article, Card, Choices, Part, Text, part_from_json
from bot.moments import Said
from bot.store.models import Branch, Complaint, Contact, Customer, Manager, Outbox, Purpose, Task
from bot.store.session import driver
from bot.tickets import tasks
from bot.tickets.assignee import handled_by
from bot.tickets.task_card import task_card

_TIME_TO_ACT = timedelta(hours=4)
"""Working time of the manager's branch."""


def hand_over(
    db: Session,
    row: Outbox,
    contact: Contact | None,
    *,
    book: TextBook,
    settings: Settings,
    calendars: Calendars,
    now: datetime,
) -> bool:
    """Make the message a task of its author or the responsible manager and show him its card; False when there is none.

    The task is unique by rule and occasion, so handing over twice makes one task and one card.
    """
    customer = row.customer or (contact.customer if contact else None)
    manager = _handler(db, row) or responsible(db, customer, contact)
    if manager is None:
        return False
    texts = book.of(_pack(db, contact, manager) or settings.tiexin_pack, _placeholders(db, manager))
    words = row.fallback.get("task", {})
    title = words.get("title") or texts.say("task.send.title")
    spoken = plain(part_from_json(row.part))
    text = words.get("text") or texts.say("task.send", customer=_name(customer, contact), text=spoken)
    task = tasks.add(
        db,
        manager=manager,
        rule=words.get("rule") or row.rule,
        occasion=words.get("occasion") or outbox.task_occasion(row),
        title=title,
        text=text,
        due_at=row.expires_at or calendars.of(driver(db), manager.branch_id).add(now, _TIME_TO_ACT),
        now=now,
        customer=customer,
        contact=contact,
        trace=row.trace,
    )
    if task is not None:
        _show(db, manager, task, contact, texts, row, settings, now)
    return True


def _handler(db: Session, row: Outbox) -> Manager | None:
    """Return who does it and not the customer's manager: who has a case kept from some of the staff, or its author."""
    complaint = db.get(Complaint, row.fallback.get("task", {}).get("complaint", 0))
    if complaint is not None and complaint.accused:
        return handled_by(db, complaint)
    author = row.fallback.get("author")
    manager = db.get(Manager, author["manager"]) if author else None
    return manager if manager is not None and manager.active else None


def _pack(db: Session, contact: Contact | None, manager: Manager) -> str | None:
    """Return whose words fit: those of the account the customer is met on, else of the manager's branch."""
    return contact.account.pack if contact is not None else pack_of_branch(db, manager.branch_id)


def responsible(db: Session, customer: Customer | None, contact: Contact | None) -> Manager | None:
    """Return whose task it is; None for a message to nobody."""
    if customer is not None and customer.manager is not None and customer.manager.active:
        return customer.manager
    if contact is not None:
        db.flush()
        person = party(driver(db), contact.id)
        return db.get_one(Manager, person.manager.id) if person.manager else fallback_owner(db, person.branch_id)
    return fallback_owner(db, customer.branch_id) if customer is not None else None


def plain(part: Part) -> str:
    """Return what a part says in words alone."""
    match part:
        case Text(content):
            return content
        case Article(title, description):
            return f"{title}\n{description}"
        case Choices(head, options, tail):
            return "\n".join(filter(None, (head, " / ".join(option.label for option in options), tail)))
        case Card(_, title, description):
            return f"{title}\n{description}"
        case _:
            return ""


def _show(
    db: Session,
    manager: Manager,
    task: Task,
    contact: Contact | None,
    texts: Texts,
    row: Outbox,
    settings: Settings,
    now: datetime,
) -> None:
    due = moments.spoken(texts.say, task.due_at, now, settings.zone)
    can_reply = contact is not None and reachable(contact) and "author" not in row.fallback  # his words wait already
    seen = seen_by(db, manager, task.customer, contact)
    outbox.enqueue(
        db,
        to=manager,
        purpose=Purpose.STAFF,
        rule="task_card",
        occasion=str(task.id),
        part=task_card(texts.say, task.id, (task.title, task.text), due, seen, can_reply=can_reply),
        now=now,
        said=[Said(due, task.due_at)],
        trace=row.trace,
        urgent=row.purpose is Purpose.REPLY or "author" in row.fallback,
    )


def _name(customer: Customer | None, contact: Contact | None) -> str:
    if customer is not None:
        return address(customer.name, customer.honorific)
    return unnamed(contact) if contact else ""


def _placeholders(db: Session, manager: Manager) -> dict[str, object]:
    branch = db.get(Branch, manager.branch_id)
    return dict(branch.placeholders) if branch else {}
