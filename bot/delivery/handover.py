"""The last rung: what no message may carry becomes a task for the manager, with the words ready."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import tasks
from bot.business_hours import Calendars
from bot.channels.types import Article, Button, Card, Choices, Part, Text, part_from_json
from bot.config import Settings
from bot.customers import address, fallback_owner, party
from bot.delivery import outbox
from bot.store.models import Branch, Contact, Customer, Manager, Outbox, Purpose, Task
from bot.store.session import driver
from bot.texts import TextBook, Texts

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
    """Make the message a task of the responsible manager and tell him by a card; False for one to nobody.

    The task is unique by rule and occasion, so handing over twice makes one task and one card.
    """
    customer = row.customer or (contact.customer if contact else None)
    manager = responsible(db, customer, contact)
    if manager is None:
        return False
    texts = book.of(settings.tiexin_pack, _placeholders(db, manager))
    words = row.fallback.get("task", {})
    title = words.get("title") or texts.say("task.send.title")
    spoken = plain(part_from_json(row.part))
    text = words.get("text") or texts.say("task.send", customer=_name(customer, contact), text=spoken)
    task = tasks.add(
        db,
        manager=manager,
        rule=row.rule,
        occasion=f"{row.recipient}:{row.occasion}",
        title=title,
        text=text,
        due_at=row.expires_at or calendars.of(driver(db), manager.branch_id).add(now, _TIME_TO_ACT),
        now=now,
        customer=customer,
        contact=contact,
        trace=row.trace,
    )
    if task is not None:
        _tell(db, manager, task, texts, row, now)
    return True


def responsible(db: Session, customer: Customer | None, contact: Contact | None) -> Manager | None:
    """Return whose task it is; None for a message to nobody."""
    if customer is not None and customer.manager is not None and customer.manager.active:
        return customer.manager
    if contact is not None:
        db.flush()
        person = party(driver(db), contact.id)
        return db.get_one(Manager, person.manager.id) if person.manager else fallback_owner(db, person.branch_id)
    return fallback_owner(db, customer.branch_id) if customer is not None else None


def task_card(task: Task, texts: Texts, fields: tuple[tuple[str, str], ...] = ()) -> Card:
    """Return the card that shows a manager his task, with a button to tick it off."""
    done = Button("task.done", texts.say("manager.task.card.button.done"), primary=True)
    title = texts.say("manager.task.card.title", title=task.title)
    return Card(f"task-{task.id}-0", title, task.text, fields, (done,))


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


def _tell(db: Session, manager: Manager, task: Task, texts: Texts, row: Outbox, now: datetime) -> None:
    outbox.enqueue(
        db,
        to=manager,
        purpose=Purpose.STAFF,
        rule="task_card",
        occasion=str(task.id),
        part=task_card(task, texts),
        now=now,
        trace=row.trace,
        urgent=row.purpose is Purpose.REPLY,
    )


def _name(customer: Customer | None, contact: Contact | None) -> str:
    if customer is not None:
        return address(customer.name, customer.honorific)
    return contact.pseudonym if contact else ""


def _placeholders(db: Session, manager: Manager) -> dict[str, object]:
    branch = db.get(Branch, manager.branch_id)
    return dict(branch.placeholders) if branch else {}
