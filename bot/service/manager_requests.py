"""What customers want of their manager besides complaints: a talk, an answer nobody had ready, a word of praise."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from bot import metrics
from bot.clock import local_date
from bot.customers import (
    Party,
    Seen,
    Staff,
    party,
    scrub,
    seen_by,
    standing_in,
)
from bot.learning import open_questions
from bot.learning.open_questions import Asked as Unhelped
from bot.service import customer_notices, recusal, staff_cards
from bot.service.context import Office
from bot.store.models import Contact, Manager, Task, TaskState
from bot.tickets import tasks
from bot.tickets.complaints import URGE_EVERY
from bot.tickets.filing import Draft
from bot.tickets.task_card import task_card
from bot.understanding.teachable import only_for_one

TALK_WITHIN = timedelta(hours=2)
"""Working time within which a manager calls back."""

WORDS_LIMIT = 2000
"""Characters of a customer's message that are kept with a task."""


_OPEN_TALK = f"""
SELECT id, due_at FROM tasks
WHERE manager_id = %s AND contact_id = %s AND rule = 'talk_to_manager' AND state = '{TaskState.OPEN}'
ORDER BY id DESC LIMIT 1
"""  # noqa: S608 - our own words


ANSWERED_WITHIN = timedelta(hours=4)
"""So long after a manager's own words what is not understood is taken to answer them."""

_WROTE = """
SELECT FROM outbox WHERE contact_id = %s AND rule IN ('manager_words', 'complaint_answer')
    AND (state = 'sent' OR reason = 'read') AND updated_at > %s AND updated_at <= %s LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who takes care of it until when; `again` when he was asked before, `own` when he is the customer's manager."""

    task_id: int
    due_at: datetime
    manager: Staff
    again: bool
    own: bool


def talk_to_manager(
    office: Office, contact_id: int, text: str, *, heard: str = "", unfiled: Draft | None = None
) -> Asked:
    """Make a task and a card for the manager to call the customer; while one is open no second is made.

    Words that accuse him are kept from him and go one level up, here as in all that follows; so does the wish of who
    has complained of him, is about to (`unfiled`), or does not want him. `heard` is all that was said, of which `text`
    is to be passed on.
    """
    person = party(office.raw, contact_id)
    return _talk(office, person, text, recusal.unwanted(office, person, f"{heard}\n{text}", unfiled))


def _talk(office: Office, person: Party, text: str, kept_from: Sequence[int]) -> Asked:
    contact_id = person.contact_id
    manager = recusal.responsible(office, person, kept_from)
    told = kept_from and text
    waiting = None if told else office.raw.execute(_OPEN_TALK, [manager.id, contact_id]).fetchone()
    if waiting:
        return Asked(waiting[0], waiting[1], manager, again=True, own=_own(person, manager))
    words = office.say("task.talk.title"), text or office.say("manager.task.card.talk")
    due = office.clockwork.working_time.add(office.now, TALK_WITHIN)
    names = "talk_to_manager", f"{contact_id}:{office.trace}"
    return give(office, person, manager, names, words, due, kept_from)


def not_known(office: Office, contact_id: int, asked: Unhelped) -> Asked:
    """Record a question nobody had an answer ready for, without personal data, and ask the manager to answer it.

    The same question of the same person makes one task a day. The task's occasion names the open question that it
    waits for, so that an answer given once reaches everybody who asked. Words that only ask for a person are no
    question for others and open none; nor does what names one of the staff, as all who may know are shown those: what
    nobody understood may accuse him, so a name alone keeps it from him. Who may see the customer's file reads his words
    as they are: the number of a faulty line or of an order is what he needs.
    """
    person = party(office.raw, contact_id)
    kept_from, due = recusal.barred(office, person, asked.text, doubtful=True), office.clockwork.due(office.now)
    manager = recusal.responsible(office, person, kept_from)
    apart = _only_for_one(office, person, asked.text, kept_from)
    suffix = "" if apart else open_questions.suffix(_recorded(office, person, manager, asked))
    clean = scrub(asked.text, person.names)
    shown = asked.text[:WORDS_LIMIT] if person.open_to(manager) else clean
    day = local_date(office.now, office.clockwork.zone)
    digest = hashlib.sha256(clean.encode()).hexdigest()[:16]
    names = "unanswered", f"{contact_id}:{day}:{digest}{suffix}"
    return give(office, person, manager, names, (office.say("task.unanswered.title"), shown), due, kept_from)


def answer_to_manager(office: Office, contact_id: int, text: str) -> str:
    """Pass on what a customer writes after his manager wrote to him lately; return the manager's name, empty if none.

    Such words answer the manager: they are no question of the knowledge and nobody is to teach them.
    """
    if office.raw.execute(_WROTE, [contact_id, office.now - ANSWERED_WITHIN, office.now]).fetchone() is None:
        return ""
    return pass_on(office, contact_id, text)


def pass_on(office: Office, contact_id: int, text: str) -> str:
    """Give a customer's words to his manager as a task to be looked at; return who got them."""
    person = party(office.raw, contact_id)
    kept_from = recusal.barred(office, person, text)
    manager = recusal.responsible(office, person, kept_from)
    due = office.clockwork.working_time.add(office.now, TALK_WITHIN)
    words = office.say("task.answer.title"), text[:WORDS_LIMIT]
    give(office, person, manager, ("customer_words", f"{contact_id}:{office.trace}"), words, due, kept_from)
    return manager.name


def _only_for_one(office: Office, person: Party, text: str, kept_from: Sequence[int]) -> bool:
    """Return whether words are no question for others: they accuse or name somebody, ask for him or for a case."""
    if kept_from or only_for_one(text, _staff_names(office, person.branch_id)):
        return True
    return recusal.names_staff(office.raw, person, text)


def _staff_names(office: Office, branch_id: int) -> list[str]:
    found = office.raw.execute("SELECT name FROM managers WHERE branch_id = %s AND active", [branch_id])
    return [name for (name,) in found.fetchall()]


def give(
    office: Office,
    person: Party,
    manager: Staff,
    names: tuple[str, str],
    words: tuple[str, str],
    due: datetime,
    kept_from: Sequence[int] = (),
) -> Asked:
    """Give who is responsible a task by (rule, occasion) and (title, text) and show its card; both only once."""
    own = _own(person, manager)
    task_id = tasks.put(
        office.raw,
        manager_id=manager.id,
        rule=names[0],
        occasion=names[1],
        title=words[0],
        text=words[1],
        due_at=due,
        now=office.now,
        customer_id=person.customer_id,
        contact_id=person.contact_id,
        trace=office.trace,
        kept_from=kept_from,
    )
    if task_id is None:
        before = office.raw.execute("SELECT id, due_at FROM tasks WHERE rule = %s AND occasion = %s", names).fetchone()
        assert before is not None, "tasks are never deleted"
        return Asked(before[0], before[1], manager, again=True, own=own)
    card = task_card(office.say, task_id, words, office.when(due), _seen(office, manager, person))
    office.show(manager, card, rule="task_card", occasion=str(task_id))
    return Asked(task_id, due, manager, again=False, own=own)


def _own(person: Party, manager: Staff) -> bool:
    return person.manager is not None and person.manager.id == manager.id


def not_helped(office: Office, contact_id: int, asked: Unhelped) -> None:
    """Record a question without a good answer for those who know, unless it accuses or names one of them."""
    person = party(office.raw, contact_id)
    kept_from = recusal.barred(office, person, asked.text, doubtful=True)
    if not _only_for_one(office, person, asked.text, kept_from):
        _recorded(office, person, office.responsible(person), asked)


def _recorded(office: Office, person: Party, manager: Staff, asked: Unhelped) -> int:
    where = open_questions.Where(person.account_id, person.pack, person.branch_id)
    number = open_questions.record(office.raw, where, manager.id, replace(asked, names=person.names), office.now)
    metrics.UNANSWERED.inc()
    return number


def _seen(office: Office, viewer: Staff, person: Party) -> Seen:
    """Return what the viewer may see of the person; his own manager sees everything."""
    if person.open_to(viewer):
        return Seen(person.full_name, person.level, person.phone)
    manager, contact = office.db.get_one(Manager, viewer.id), office.db.get_one(Contact, person.contact_id)
    return seen_by(office.db, manager, contact.customer, contact)


def waiting_for(office: Office, contact: Contact) -> Task | None:
    """Return what the person asked of a manager last and has not got yet."""
    query = select(Task).where(
        Task.contact_id == contact.id,
        Task.rule.in_(("talk_to_manager", "unanswered", "wish")),
        Task.state == TaskState.OPEN,
    )
    return office.db.scalars(query.order_by(Task.id.desc()).limit(1)).first()


def leave_words(office: Office, contact: Contact, task_id: int, text: str) -> str:
    """Add the customer's words to the open task and tell its manager; return his name, nothing for one that is done.

    Words that accuse him make a task of their own one level up.
    """
    task = office.db.get(Task, task_id)
    if task is None or task.contact_id != contact.id or task.state is not TaskState.OPEN:
        return ""
    if elsewhere := _kept_from_manager(office, task, text):
        return elsewhere.manager.name
    manager = standing_in(office.db, office.db.get_one(Manager, task.manager_id))
    task.text = f"{task.text}\n{text}"[:WORDS_LIMIT]
    customer = staff_cards.name_for(office, manager, contact.customer, contact)
    words = office.say("manager.task.words", customer=customer, text=text[:WORDS_LIMIT])
    office.tell(manager, words, rule="task_words", occasion=f"{task.id}:{office.trace}")
    return manager.name


def remind(office: Office, contact: Contact, task: Task, text: str) -> tuple[str, datetime]:
    """Remind the manager that the customer waits, once in half an hour; return who he is and by when he answers.

    When the words accuse him, somebody else is asked to answer.
    """
    if elsewhere := _kept_from_manager(office, task, text):
        return staff_cards.titled(office, elsewhere.manager), elsewhere.due_at
    manager = standing_in(office.db, office.db.get_one(Manager, task.manager_id))
    words = office.say(
        "manager.task.urged",
        customer=staff_cards.name_for(office, manager, contact.customer, contact),
        title=task.title,
        due=office.when(task.due_at),
    )
    customer_notices.late_was_said(office, contact, task)
    slot = int(office.now.timestamp() // URGE_EVERY.total_seconds())
    office.tell(manager, words, rule="task_urged", occasion=f"{task.id}:{slot}")
    return staff_cards.titled(office, manager), task.due_at


def _kept_from_manager(office: Office, task: Task, text: str) -> Asked | None:
    """Return the task that words became which accuse the one who has the task they were for; None when they do not."""
    assert task.contact_id is not None, "only customers' tasks have words added"
    person = party(office.raw, task.contact_id)
    manager = standing_in(office.db, office.db.get_one(Manager, task.manager_id))
    kept_from = recusal.barred(office, person, text, handlers=(manager.id,))
    if not recusal.kept_away(office.db, manager, kept_from):
        return None
    return _talk(office, person, text, kept_from)


def nudge(office: Office, contact: Contact | None, task: Task) -> None:
    """Remind the manager that a promised time is near."""
    manager = standing_in(office.db, office.db.get_one(Manager, task.manager_id))
    words = office.say("manager.task.due_soon", **_facts(office, manager, contact, task))
    office.tell(manager, words, rule="task_due_soon", occasion=str(task.id))


def missed(office: Office, contact: Contact | None, task: Task) -> None:
    """Tell that a promised time has passed: manager, superior and customer; the new time told is the task's."""
    before = task.promised_at = task.due_at
    task.due_at = office.clockwork.working_time.add(office.now, TALK_WITHIN)
    _tell_missed(office, contact, task, before, "missed")


def missed_again(office: Office, contact: Contact | None, task: Task) -> None:
    """Tell the same three that the new time has passed as well; no third one is promised to anybody."""
    _tell_missed(office, contact, task, task.due_at, "missed_again")


def _tell_missed(office: Office, contact: Contact | None, task: Task, before: datetime, how: str) -> None:
    manager = standing_in(office.db, office.db.get_one(Manager, task.manager_id))
    superior = recusal.superior(office.db, manager, task.kept_from)
    heard = contact is not None and customer_notices.late_to_customer(
        office, contact, manager, task, how=how, watched=superior is not None
    )
    facts = {
        "manager": manager.name,
        "before": office.when(before),
        "apology": office.say("manager.task.apologised" if heard else "manager.task.unheard"),
        "reported": office.say("manager.complaint.reported") if superior is not None else "",
    }
    occasion = str(task.id) if how == "missed" else f"{task.id}:{how}"
    words = office.say(f"manager.task.{how}", **facts, **_facts(office, manager, contact, task))
    office.tell(manager, words, rule="task_missed", occasion=occasion)
    if superior is not None:
        told = office.say(f"manager.task.{how}_by", **facts, **_facts(office, superior, contact, task))
        office.tell(superior, told, rule="task_missed", occasion=occasion)


def _facts(office: Office, viewer: Manager, contact: Contact | None, task: Task) -> dict[str, str]:
    customer = contact.customer if contact else task.customer
    name = staff_cards.name_for(office, viewer, customer, contact)
    return {"id": str(task.id), "customer": name, "title": task.title, "due": office.when(task.due_at)}


def praise(office: Office, contact_id: int, text: str) -> Staff | None:
    """Pass praise on to the customer's manager and his superior; return the manager, unless it accuses him too."""
    person = party(office.raw, contact_id)
    words = office.say("manager.praise", customer=person.called, text=scrub(text))
    kept_from = recusal.barred(office, person, text)
    receiver = recusal.responsible(office, person, kept_from)
    office.tell(receiver, words, rule="praise", occasion=f"{contact_id}:{office.trace}")
    if superior := recusal.superior(office.db, receiver, kept_from):
        office.tell(superior, words, rule="praise", occasion=f"{contact_id}:{office.trace}")
    return person.manager if person.manager == receiver else None


def opted(office: Office, contact_id: int) -> None:
    """Tell the manager that his customer wants no more care messages."""
    person = party(office.raw, contact_id)
    if person.manager is not None and person.customer_id is not None:
        words = office.say("manager.optout", customer=person.called)
        office.tell(person.manager, words, rule="optout", occasion=f"{contact_id}:{office.trace}")
