"""Talking to one's own manager, and saying no or yes to care messages."""

from __future__ import annotations

from bot import customers
from bot.customers.names import surname
from bot.dialogue import Router, Turn
from bot.messages import Reply
from bot.service import manager_requests
from bot.store.models import Outcome, Task
from bot.understanding.accusation import complains
from bot.understanding.asking_manager import asks_number, asks_who, wants_call
from handlers.common import office, whose
from handlers.customer.complaint_draft import unfiled

router = Router()
BARE = 8
"""Characters; a longer wish to talk says what about."""

LONGEST_NAMED = 16

WORDS_WITHIN_S = 600
"""So long after asking for his manager the next words are for him."""


@router.first
def named(turn: Turn) -> Reply | None:
    """Take words about the own manager by name: "我要找周敏", "周敏电话多少"; not such as complain of him."""
    name = turn.person.manager_name
    if not name or len(turn.text) > LONGEST_NAMED or complains(turn.text):
        return None
    if name not in turn.text and f"{surname(name)}经理" not in turn.text:
        return None
    if asks_who(turn.text) or (asks_number(turn.text) and not wants_call(turn.text)):
        return Reply.text(_who(turn))
    return Reply.text(talk(turn, turn.text)) if wants_call(turn.text) else None


@router.intent("manager.talk")
def talk(turn: Turn, text: str) -> str:
    """Ask the manager to get in touch; say who and by when. Who has no manager gets the branch's own."""
    if turn.person.manager_name and asks_who(text):
        return _who(turn)
    return call(turn, text if len(text) > BARE else "")


def call(turn: Turn, text: str) -> str:
    """Hand the talk over: the manager gets a task with the words, which may be none.

    Whom the words, an open complaint or one that is just being told accuse does not get it.
    """
    turn.outcome = Outcome.HANDED_OVER
    here = office(turn)
    asked = manager_requests.talk_to_manager(here, whose(turn).contact_id, text, heard=turn.text, unfiled=unfiled(turn))
    words = {"manager": asked.manager.name, "due": here.when(asked.due_at)}
    turn.session.notes["words_for"] = f"{asked.task_id}:{int(turn.now.timestamp())}"
    if asked.again:
        if asked.due_at < turn.now:
            manager_requests.remind(here, turn.contact(), turn.db.get_one(Task, asked.task_id), text)
        return turn.say("talk.manager.again", **words)
    if not asked.own:
        return turn.say("talk.manager.apart" if turn.person.manager_name else "talk.manager.assigned", **words)
    at_work = here.clockwork.working_time.at_work(turn.now)
    return turn.say("talk.manager.ok" if at_work else "talk.manager.off_hours", **words)


def _who(turn: Turn) -> str:
    """Say who his manager is and how to call him."""
    manager = turn.manager()
    if manager is None or not manager.active:
        return turn.say("welcome.unbound")
    if not manager.phone:
        return turn.say("welcome.manager_no_phone", manager=manager.name)
    return turn.say("talk.manager.who", manager=manager.name, manager_phone=manager.phone)


def left_words(turn: Turn) -> str:
    """Pass on what is typed soon after asking for the manager, once; return his name, nothing when none waits."""
    task_id, _, asked = turn.session.notes.pop("words_for", "").partition(":")
    if not asked or turn.now.timestamp() - int(asked) > WORDS_WITHIN_S:
        return ""
    manager = manager_requests.leave_words(office(turn), turn.contact(), int(task_id), turn.text)
    if not manager:
        return ""
    turn.outcome = turn.outcome or Outcome.HANDED_OVER  # what was answered as well counts as answered
    return manager


@router.intent("care.opt_out")
def opt_out(turn: Turn) -> str:
    """Stop greetings and offers at once; news about his own business goes on."""
    if not customers.care_opt(turn.db, turn.contact(), False, turn.now, trace=turn.trace):
        return turn.say("optout.already")
    manager_requests.opted(office(turn), whose(turn).contact_id)
    return turn.say("optout.ok")


@router.intent("care.opt_in")
def opt_in(turn: Turn) -> str:
    """Allow greetings and reminders again."""
    changed = customers.care_opt(turn.db, turn.contact(), True, turn.now, trace=turn.trace)
    return turn.say("optin.ok" if changed else "optin.already")
