"""Words that accuse one of the staff: a complaint, whatever question or chat they look like."""

from __future__ import annotations

import json
from collections.abc import Callable

from bot.customers import party
from bot.dialogue import Router, Turn
from bot.messages import Choices, Option, Reply, Text
from bot.service import manager_requests, recusal
from bot.service.recusal import Words
from bot.store.models import Outcome
from bot.tickets import queries
from bot.understanding import Answer, Intent, Listing, Understood, normalise
from bot.understanding.accusation import complains, ill, lodges
from bot.understanding.synonyms import asks
from bot.understanding.teachable import has_wish_for_person
from handlers.common import office, whose
from handlers.customer import complaint, own_manager
from handlers.customer.complaint_draft import APART
from handlers.customer.smalltalk import passed_on

router = Router()
_OWN_WAY = frozenset({"complaint.file", "praise", "careful"})
"""Intents whose handlers judge the words themselves."""

_COMMANDS = frozenset({"complaint.progress", "care.opt_out", "care.opt_in"})


@router.judge
def judge(turn: Turn, understood: Understood, answer: Callable[[], Reply | None]) -> Reply | None:
    """Take misconduct down at once; beside an answer, and of milder words, offer to.

    Who asks for somebody in the same breath is called by one who is not accused.
    """
    name = understood.name if isinstance(understood, Intent) else ""
    if name == "complaint.file" and _speaks_well(turn):
        return _thanked(turn)
    if name in _OWN_WAY or (name == "urge" and queries.open_of(turn.transaction.reading, whose(turn))):
        return None
    if not accuses(turn):
        return None
    if name == "manager.talk" or has_wish_for_person(turn.text):
        return _offered(turn, Reply.text(own_manager.call(turn, turn.text)))
    known = isinstance(understood, Answer | Listing) and asks(normalise(turn.text).replace(" ", ""))
    if complains(turn.text) and not known and name not in _COMMANDS:
        return taken_down(turn)
    reply = answer()
    return _offered(turn, reply) if reply is not None else None


def accuses(turn: Turn) -> bool:
    """Tell whether the words speak ill of one of the staff."""
    if not ill(turn.text):
        return False
    reading = turn.transaction.reading
    return bool(recusal.accused(reading, party(reading, whose(turn).contact_id), Words(turn.text)))


def _speaks_well(turn: Turn) -> bool:
    """Tell whether words that sound like a complaint only praise, clear or defend one of the staff.

    They do not when they lodge a complaint, or are about a matter of its own: the line, a fee.
    """
    if lodges(turn.text) or turn.told(turn.text).category not in {None, *recusal.PERSONAL}:
        return False
    reading = turn.transaction.reading
    person = party(reading, whose(turn).contact_id)
    vouched = recusal.vouched(reading, person, turn.text)
    return vouched and not recusal.accused(reading, person, Words(turn.text))


def _thanked(turn: Turn) -> Reply:
    """Pass the words on: praise to the manager and his superior, that somebody took his name to the manager."""
    reading = turn.transaction.reading
    if recusal.posed(reading, party(reading, whose(turn).contact_id), turn.text):
        manager = manager_requests.pass_on(office(turn), whose(turn).contact_id, turn.text)
        turn.outcome = Outcome.HANDED_OVER
        return Reply.text(turn.say("talk.manager.noted", manager=manager))
    return Reply.text(passed_on(turn, turn.text))


def taken_down(turn: Turn) -> Reply:
    """Begin the complaint; what no category has words for is about how somebody behaved."""
    turn.session.notes.pop("words_for", None)
    return Reply.of(complaint.file(turn, turn.text, {"category": "attitude"}))


def _offered(turn: Turn, reply: Reply) -> Reply:
    """Return the answer with the offer to file the words as a complaint."""
    turn.session.notes["apart"] = json.dumps({"what": turn.text, "said": turn.text}, ensure_ascii=False)
    option = Option(APART, turn.say("complaint.offer.yes"))
    last = reply.parts[-1] if reply.parts else Text("")
    match last:
        case Text(content):
            last = Choices("\n".join(filter(None, (content, turn.say("complaint.offer")))), (option,))
        case Choices(head, options, tail):
            last = Choices(head, (*options, option), tail)
        case _:
            return reply.then(Choices(turn.say("complaint.offer"), (option,)))
    return Reply((*reply.parts[:-1], last))
