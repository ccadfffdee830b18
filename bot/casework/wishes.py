"""What a customer wants done by his manager, and words a manager must hear of at once."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import select

from bot import tasks
from bot.casework import cards
from bot.casework.office import Office
from bot.casework.requests import TALK_WITHIN, WORDS_LIMIT, Asked
from bot.clock import local_date
from bot.customers import one_level_up, own_manager, owner_for
from bot.store.models import Contact, Manager, Task
from bot.tickets.worktime import add_working_time

ALARM_WITHIN = timedelta(minutes=30)
"""By the clock, working time or not: a life may hang on it."""


def wish(office: Office, contact: Contact, text: str) -> Asked:
    """Make a task to do what the customer wants; the same words of the same person make one a day."""
    manager = owner_for(office.db, contact)
    own = own_manager(office.db, contact) is not None
    occasion = _occasion(office, contact, text)
    due = add_working_time(office.now, TALK_WITHIN, office.clockwork.zone)
    title = office.say("task.wish.title")
    task = _add(office, contact, manager, ("wish", occasion), (title, text[:WORDS_LIMIT]), due)
    if task is None:
        before = office.db.scalars(select(Task).where(Task.rule == "wish", Task.occasion == occasion)).one()
        return Asked(before.id, before.due_at, manager, again=True, own=own)
    return Asked(task.id, task.due_at, manager, again=False, own=own)


def alarm(office: Office, contact: Contact, kind: str, text: str) -> Manager:
    """Make an urgent task of words of despair or violence, and tell the manager's superior as well."""
    manager = owner_for(office.db, contact)
    words = office.say(f"task.alarm.{kind}", text=text[:WORDS_LIMIT])
    names = ("alarm", _occasion(office, contact, kind))
    task = _add(office, contact, manager, names, (office.say("task.alarm.title"), words), office.now + ALARM_WITHIN)
    superior = one_level_up(office.db, manager)
    if task is not None and superior is not None:
        customer = cards.name_for(office, superior, contact.customer, contact)
        told = office.say("manager.alarm", customer=customer, text=words)
        office.tell(superior, told, rule="alarm", occasion=str(task.id))
    return manager


def _add(
    office: Office,
    contact: Contact,
    manager: Manager,
    names: tuple[str, str],
    words: tuple[str, str],
    due: datetime,
) -> Task | None:
    """Add a task by (rule, occasion) and (title, text) and show its card; None when it was made before."""
    task = tasks.add(
        office.db,
        manager=manager,
        rule=names[0],
        occasion=names[1],
        title=words[0],
        text=words[1],
        due_at=due,
        now=office.now,
        customer=contact.customer,
        contact=contact,
        trace=office.trace,
    )
    if task is not None:
        seen = cards.seen_by(office, manager, contact)
        card = cards.task_card(office, task.id, task.title, task.text, task.due_at, seen)
        office.show(manager, card, rule="task_card", occasion=str(task.id))
    return task


def _occasion(office: Office, contact: Contact, words: str) -> str:
    digest = hashlib.sha256(words.encode()).hexdigest()[:16]
    return f"{contact.id}:{local_date(office.now, office.clockwork.zone)}:{digest}"
