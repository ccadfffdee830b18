"""What customers want of their manager besides complaints: a talk, an answer nobody had ready, a word of praise."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from bot import metrics, tasks
from bot.casework import cards
from bot.casework.office import Office
from bot.clock import local_date
from bot.customers import (
    Party,
    Staff,
    address,
    one_level_up,
    own_manager,
    owner_for,
    party,
    scrub,
)
from bot.learning import questions
from bot.learning.questions import Asked as Unhelped
from bot.store.models import Contact, Manager, Task, TaskState
from bot.tickets.complaints import URGE_EVERY
from bot.tickets.worktime import add_working_time

TALK_WITHIN = timedelta(hours=2)
"""Working time within which a manager calls back."""

WORDS_LIMIT = 2000
"""Characters of a customer's message that are kept with a task."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who takes care of it until when; `again` when he was asked before, `own` when he is the customer's manager."""

    task_id: int
    due_at: datetime
    manager: Manager | Staff
    again: bool
    own: bool


def talk_to_manager(office: Office, contact: Contact, text: str) -> Asked:
    """Make a task and a card for the manager to call the customer; while one is open no second is made."""
    manager = owner_for(office.db, contact)
    own = own_manager(office.db, contact) is not None
    if waiting := _open_talk(office, contact, manager):
        return Asked(waiting.id, waiting.due_at, manager, again=True, own=own)
    task = tasks.add(
        office.db,
        manager=manager,
        rule="talk_to_manager",
        occasion=f"{contact.id}:{office.trace}",
        title=office.say("task.talk.title"),
        text=text or office.say("manager.task.card.talk"),
        due_at=add_working_time(office.now, TALK_WITHIN, office.clockwork.zone),
        now=office.now,
        customer=contact.customer,
        contact=contact,
        trace=office.trace,
    )
    assert task is not None, "a message has one trace and asks once"
    card = cards.task_card(office, task.id, task.title, task.text, task.due_at, cards.seen_by(office, manager, contact))
    office.show(manager, card, rule="task_card", occasion=str(task.id))
    return Asked(task.id, task.due_at, manager, again=False, own=own)


def not_known(office: Office, contact_id: int, asked: Unhelped) -> Asked:
    """Record a question nobody had an answer ready for, without personal data, and ask the manager to answer it.

    The same question of the same person makes one task a day. The task's occasion names the open question that it
    waits for, so that an answer given once reaches everybody who asked.
    """
    person = party(office.raw, contact_id)
    manager, own = office.responsible(person), person.manager is not None
    question = _recorded(office, person, manager, asked)
    clean = scrub(asked.text, person.names)
    day = local_date(office.now, office.clockwork.zone)
    digest = hashlib.sha256(clean.encode()).hexdigest()[:16]
    occasion = f"{contact_id}:{day}:{digest}{questions.suffix(question)}"
    title, due = office.say("task.unanswered.title"), office.clockwork.due(office.now)
    task_id = tasks.put(
        office.raw,
        manager_id=manager.id,
        rule="unanswered",
        occasion=occasion,
        title=title,
        text=clean,
        due_at=due,
        now=office.now,
        customer_id=person.customer_id,
        contact_id=contact_id,
        trace=office.trace,
    )
    if task_id is None:
        query = select(Task).where(Task.rule == "unanswered", Task.occasion == occasion)
        before = office.db.scalars(query).one()
        return Asked(before.id, before.due_at, manager, again=True, own=own)
    card = cards.task_card(office, task_id, title, clean, due, _seen(office, manager, person))
    office.show(manager, card, rule="task_card", occasion=str(task_id))
    return Asked(task_id, due, manager, again=False, own=own)


def not_helped(office: Office, contact_id: int, asked: Unhelped) -> int:
    """Record a question without a good answer for those who know; return the number of the open question it joined."""
    person = party(office.raw, contact_id)
    return _recorded(office, person, office.responsible(person), asked)


def _recorded(office: Office, person: Party, manager: Staff, asked: Unhelped) -> int:
    where = questions.Where(person.account_id, person.pack, person.branch_id)
    number = questions.record(office.raw, where, manager.id, replace(asked, names=person.names), office.now)
    metrics.UNANSWERED.inc()
    return number


def _seen(office: Office, viewer: Staff, person: Party) -> cards.Seen:
    """Return what the viewer may see of the person; his own manager sees everything."""
    if person.open_to(viewer):
        return cards.Seen(person.full_name, person.level, person.phone)
    manager, contact = office.db.get_one(Manager, viewer.id), office.db.get_one(Contact, person.contact_id)
    return cards.seen_by(office, manager, contact)


def waiting_for(office: Office, contact: Contact) -> Task | None:
    """Return what the person asked of a manager last and has not got yet."""
    query = select(Task).where(
        Task.contact_id == contact.id,
        Task.rule.in_(("talk_to_manager", "unanswered", "wish")),
        Task.state == TaskState.OPEN,
    )
    return office.db.scalars(query.order_by(Task.id.desc()).limit(1)).first()


def leave_words(office: Office, contact: Contact, task_id: int, text: str) -> Manager | None:
    """Add the customer's words to the open task and tell its manager; None when the task is done already."""
    task = office.db.get(Task, task_id)
    if task is None or task.contact_id != contact.id or task.state is not TaskState.OPEN:
        return None
    manager = office.db.get(Manager, task.manager_id)
    assert manager is not None
    task.text = f"{task.text}\n{text}"[:WORDS_LIMIT]
    customer = cards.name_for(office, manager, contact.customer, contact)
    words = office.say("manager.task.words", customer=customer, text=text[:WORDS_LIMIT])
    office.tell(manager, words, rule="task_words", occasion=f"{task.id}:{office.trace}")
    return manager


def remind(office: Office, contact: Contact, task: Task) -> Manager:
    """Remind the manager that the customer waits, once in half an hour; return him."""
    manager = office.db.get(Manager, task.manager_id)
    assert manager is not None
    words = office.say(
        "manager.task.urged",
        customer=cards.name_for(office, manager, contact.customer, contact),
        title=task.title,
        due=office.when(task.due_at),
    )
    slot = int(office.now.timestamp() // URGE_EVERY.total_seconds())
    office.tell(manager, words, rule="task_urged", occasion=f"{task.id}:{slot}")
    return manager


def praise(office: Office, contact: Contact, text: str) -> Manager | None:
    """Pass praise on to the customer's manager and his superior; return the manager."""
    manager = own_manager(office.db, contact)
    customer = contact.customer
    name = address(customer.name, customer.honorific) if customer else contact.pseudonym
    words = office.say("manager.praise", customer=name, text=scrub(text))
    receiver = manager or owner_for(office.db, contact)
    for who in filter(None, (receiver, one_level_up(office.db, receiver))):
        office.tell(who, words, rule="praise", occasion=f"{contact.id}:{office.trace}")
    return manager


def opted(office: Office, contact: Contact) -> None:
    """Tell the manager that his customer wants no more care messages."""
    manager, customer = own_manager(office.db, contact), contact.customer
    if manager is not None and customer is not None:
        words = office.say("manager.optout", customer=address(customer.name, customer.honorific))
        office.tell(manager, words, rule="optout", occasion=f"{contact.id}:{office.trace}")


def _open_talk(office: Office, contact: Contact, manager: Manager) -> Task | None:
    query = select(Task).where(
        Task.manager_id == manager.id,
        Task.contact_id == contact.id,
        Task.rule == "talk_to_manager",
        Task.state == TaskState.OPEN,
    )
    return office.db.scalars(query.order_by(Task.id.desc()).limit(1)).first()
