"""What a customer wants done by his manager, and words a manager must hear of at once."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from bot.clock import local_date
from bot.customers import Staff, party
from bot.service import recusal, staff_cards
from bot.service.context import Office
from bot.service.manager_requests import TALK_WITHIN, WORDS_LIMIT, Asked, give
from bot.store.models import Contact

ALARM_WITHIN = timedelta(minutes=30)
"""By the clock, working time or not: a life may hang on it."""


def wish(office: Office, contact_id: int, text: str) -> Asked:
    """Make a task to do what the customer wants; the same words of the same person make one a day."""
    due = office.clockwork.working_time.add(office.now, TALK_WITHIN)
    words = office.say("task.wish.title"), text[:WORDS_LIMIT]
    person = party(office.raw, contact_id)
    names = "wish", _occasion(office, contact_id, text)
    kept_from = recusal.barred(office, person, text)
    return give(office, person, recusal.responsible(office, person, kept_from), names, words, due, kept_from)


def alarm(office: Office, contact_id: int, kind: str, text: str, said: str) -> Staff:
    """Make an urgent task of words of despair, danger or violence, and tell the manager's superior as well.

    `said` is the place of a long `text` that alarms: a card shows its beginning only. Neither goes to whom the words
    accuse, nor to whom a complaint of the person does.
    """
    whole = said if said == text else office.say("task.alarm.long", said=said, text=text)
    words = office.say(f"task.alarm.{kind}", text=whole[:WORDS_LIMIT])
    names = "alarm", _occasion(office, contact_id, kind)
    person = party(office.raw, contact_id)
    title, due = office.say("task.alarm.title"), office.now + ALARM_WITHIN
    kept_from = recusal.barred(office, person, text, whatever=True)
    manager = recusal.responsible(office, person, kept_from)
    asked = give(office, person, manager, names, (title, words), due, kept_from)
    superior = recusal.superior(office.db, asked.manager, kept_from)
    if not asked.again and superior is not None:
        contact = office.db.get_one(Contact, contact_id)
        customer = staff_cards.name_for(office, superior, contact.customer, contact)
        told = office.say("manager.alarm", customer=customer, text=words)
        office.tell(superior, told, rule="alarm", occasion=str(asked.task_id))
    return asked.manager


def parked(office: Office, contact_id: int, text: str, *, occasion: str) -> Asked:
    """Make an urgent task of a message the program could not work on, one level above who is responsible.

    Nothing has read it: it may be a complaint about him.
    """
    person = party(office.raw, contact_id)
    kept_from = recusal.barred(office, person, text, whatever=True)
    responsible = recusal.responsible(office, person, kept_from)
    above = recusal.superior(office.db, responsible, kept_from)
    keeper = Staff.of(above) if above is not None else responsible
    due = office.clockwork.working_time.add(office.now, TALK_WITHIN)
    words = office.say("task.parked.title"), office.say("task.parked.text", text=text[:WORDS_LIMIT])
    asked = give(office, person, keeper, ("parked", occasion), words, due, kept_from)
    if not asked.again:
        office.tell(keeper, office.say("manager.parked"), rule="alarm", occasion=f"parked:{asked.task_id}")
    return asked


def _occasion(office: Office, contact_id: int, words: str) -> str:
    digest = hashlib.sha256(words.encode()).hexdigest()[:16]
    return f"{contact_id}:{local_date(office.now, office.clockwork.zone)}:{digest}"
