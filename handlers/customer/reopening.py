"""Words that open a complaint again: 重新打开, 还没好，接着处理; which one is asked where it is not clear."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.dialogue import Router, Turn
from bot.messages import Option, Reply
from bot.store.models import OPEN_STATES, ComplaintState
from bot.tickets import queries
from bot.tickets.complaints import locked
from bot.tickets.numbering import read_number
from bot.tickets.queries import Standing
from bot.understanding import reopening
from handlers.common import office, whose
from handlers.customer.complaint_followup import not_solved, urge
from handlers.customer.filed import facts_of
from handlers.customer.progress import SHOWN, one

router = Router()
_OVER = frozenset({ComplaintState.ANSWERED, ComplaintState.CLOSED})


@router.first
def aside(turn: Turn) -> Reply | None:
    """Take a wish to open again as said about what was answered or closed within 30 days.

    What is open again already is said to be. 接着处理 while a complaint is being worked on urges that one, and means
    one that was answered rather than one long closed.
    """
    wish = reopening(turn.text)
    if wish is None:
        return None
    known, number = queries.recent_of(turn.transaction.reading, whose(turn), turn.now), read_number(turn.text)
    if number:
        known = [each for each in known if each.number == number]
    in_hand = [each for each in known if each.state in OPEN_STATES and each.state not in _OVER]
    if in_hand and not wish.again:
        return Reply.of(urge(turn))
    why = turn.text if wish.more else ""
    category = turn.told(turn.text).category
    about = [each for each in known if each.category == category] or known
    over = [each for each in about if each.state in _OVER and not each.withdrawn]
    reopened = [each for each in about if each.state is ComplaintState.REOPENED]
    if wish.again and reopened:
        return _already(turn, reopened, over, why)
    answered = [each for each in over if each.state is ComplaintState.ANSWERED]
    if not wish.again and len(answered) == 1:
        over = answered
    if len(over) > 1:
        return _which(turn, turn.say("complaint.reopen.which"), over, why)
    held = locked(turn.db, over[0].id) if over else None
    if held is not None:
        return not_solved(turn, held, why)
    if not wish.again:
        return None
    return Reply.of(one(turn, in_hand[0])) if in_hand else Reply.text(turn.say("complaint.none"))


def _already(turn: Turn, reopened: Sequence[Standing], over: Sequence[Standing], why: str) -> Reply:
    """Say what is open again; what else could be meant is asked."""
    lines = [turn.say("complaint.reopened.already", **facts_of(turn, each)) for each in reopened[:SHOWN]]
    if not over:
        return Reply.text("\n".join(lines))
    return _which(turn, "\n".join([*lines, turn.say("complaint.reopen.other")]), over, why)


def _which(turn: Turn, words: str, over: Sequence[Standing], why: str) -> Reply:
    turn.session.notes["apart"] = json.dumps({"said": why}) if why else ""
    options = (Option(f"cs:{each.id}:no", _label(turn, each)) for each in over[:SHOWN])
    return Reply.choices(words, *options)


def _label(turn: Turn, complaint: Standing) -> str:
    return f"{complaint.number} {office(turn).title(complaint.category)}"
