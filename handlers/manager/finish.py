"""Ticking a task off without words to the customer: what he was promised is said to be done, by its manager."""

from __future__ import annotations

from bot.clock import local
from bot.delivery.authored import Outlook
from bot.dialogue import Turn
from bot.service import manager_words, staff_cards
from bot.store.models import Contact
from bot.tickets import tasks
from bot.tickets.tasks import TaskError
from handlers.common import office


def finish(turn: Turn, number: int, response_code: str = "") -> str:
    """Tick the manager's own task off and tell its customer; say what he is told, and when."""
    here, manager = office(turn), turn.staff()
    try:
        task = tasks.done(turn.db, number, manager, now=turn.now, trace=turn.trace)
    except TaskError:
        return turn.say("manager.task.not_found", id=number or "")
    done = turn.say("manager.task.card.done", manager=manager.name, time=f"{local(turn.now, turn.zone):%H:%M}")
    here.card_done(manager, response_code, done, f"task:{task.id}:{turn.trace}")
    contact = turn.db.get(Contact, task.contact_id) if task.contact_id else None
    sent = manager_words.finished(here, contact, manager, task) if contact else None
    if contact is None or sent is None:
        return turn.say("manager.task.done", id=task.id)
    outlook, at, _ = manager_words.expected(here, sent, turn.settings)
    facts = {"id": task.id, "customer": staff_cards.name_for(here, manager, contact.customer, contact)}
    if outlook is Outlook.REFUSED:
        return turn.say("manager.task.done.not_told", call=manager_words.to_call(here, manager, contact), **facts)
    when = here.when(at) if outlook is Outlook.QUIET else turn.say(f"words.when.{outlook}")
    return turn.say("manager.task.done.told", when=when, text=manager_words.text_of(here, sent), **facts)
