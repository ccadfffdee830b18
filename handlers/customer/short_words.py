"""Short words with nothing open that they could answer: a yes, a number, a nod, "都不是"."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.dialogue import Router, Turn
from bot.messages import Option, Reply
from bot.tickets import queries
from bot.understanding.short_replies import Word, is_none_of_them, word
from handlers.common import office, whose
from handlers.customer import answer_feedback

router = Router()
JUST_FILED = timedelta(minutes=10)
SHORTEST_NUMBER = 5


@router.first
def none_of_them(turn: Turn) -> Reply | None:
    """Take "都不是" as the answer to what was offered."""
    if turn.session.offered and is_none_of_them(turn.text):
        answer_feedback.refused(turn)
        turn.session.withdraw()
        return Reply.text(turn.say("choices.refused"))
    return None


@router.first
def bare_number(turn: Turn) -> Reply | None:
    """Ask what a number that comes alone is for."""
    digits = re.sub(r"[\s-]", "", turn.text)
    known = digits.isascii() and digits.isdigit() and len(digits) >= SHORTEST_NUMBER
    return Reply.text(turn.say("number.received")) if known else None


@router.nothing_open
def nothing_open(turn: Turn) -> Reply | str:
    """Answer politely, and never as if it were a question."""
    said, offered = word(turn.text), turn.session.offered
    if offered and said is Word.CONFIRM:
        options = (Option(key, label) for key, label in offered)
        return Reply.choices(turn.say("choices.wrong", range=f"1-{len(offered)}"), *options)
    match said:
        case Word.CONFIRM:
            return _just_filed(turn) or turn.say("nothing.confirm")
        case Word.LEAVE:
            return turn.say("nothing.leave")
        case Word.FACE:
            return turn.say("sticker")
    return answer_feedback.offer(turn, turn.say("nod"))


def _just_filed(turn: Turn) -> str:
    """Say that what was filed a moment ago is filed: people press twice."""
    complaint = queries.latest_filed(turn.transaction.reading, whose(turn).contact_id, turn.now - JUST_FILED, turn.now)
    if complaint is None:
        return ""
    due = office(turn).when(complaint.due_at)
    return turn.say("complaint.already_filed", number=complaint.number, manager=complaint.manager, due=due)
