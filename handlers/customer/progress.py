"""How far a customer's complaints are (投诉进度)."""

from __future__ import annotations

from bot.dialogue import Router, Turn
from bot.messages import Option, Reply
from bot.moments import spoken
from bot.service import complaint_deadlines, manager_words
from bot.service.customer_notices import solved_options
from bot.store.models import OPEN_STATES, UNANSWERED_STATES, ComplaintState
from bot.tickets import queries
from bot.tickets.complaints import locked
from bot.tickets.queries import Standing
from handlers.common import office, whose
from handlers.customer.filed import facts_of

router = Router()
SHOWN = 5
"""As many complaints are named at once."""


@router.intent("complaint.progress")
def progress(turn: Turn) -> Reply | str:
    """Say how far his complaints are: none, one, or all in a list."""
    found = queries.recent_of(turn.transaction.reading, whose(turn), turn.now)
    open_ones = [each for each in found if each.state in OPEN_STATES]
    if not found:
        return turn.say("complaint.none")
    if len(open_ones) == 1 or len(found) == 1:
        return one(turn, (open_ones or found)[0])
    shown = (open_ones or found)[:SHOWN]
    head = turn.say("complaint.progress.head", count=len(shown))
    over = [each for each in shown if each.state is ComplaintState.CLOSED and not each.withdrawn]
    if over:
        asked = turn.say("complaint.reopen.maybe")
        options = (
            Option(f"cs:{each.id}:no", turn.say("complaint.reopen.this", **facts_of(turn, each))) for each in over
        )
        return Reply.choices("\n".join([head, *(standing(turn, each) for each in shown), asked]), *options)
    lines = (f"{number}. {standing(turn, each)}" for number, each in enumerate(shown, 1))
    hint = [turn.say("complaint.progress.urge")] if any(late(turn, each) for each in shown) else []
    return "\n".join([head, *lines, *hint])


def one(turn: Turn, complaint: Standing) -> Reply | str:
    """Say how far it is, with what can be done about it now."""
    words = standing(turn, complaint)
    if late(turn, complaint):
        return f"{words}{turn.say('complaint.progress.urge')}"
    if complaint.state is ComplaintState.ANSWERED:
        return Reply.choices(words, *solved_options(office(turn), complaint))
    if complaint.state is ComplaintState.CLOSED and not complaint.withdrawn:
        again = Option(f"cs:{complaint.id}:no", turn.say("complaint.reopen.again"))
        return Reply.choices(words, again)
    return words


def standing(turn: Turn, complaint: Standing) -> str:
    """Return how far it is; being late is admitted, and told to the staff unless it was."""
    if late(turn, complaint) and (held := locked(turn.db, complaint.id)):
        complaint_deadlines.admitted(office(turn), held)
        return turn.say("complaint.progress.late", **facts_of(turn, complaint))
    match complaint.state:
        case ComplaintState.FILED:
            return turn.say("complaint.progress.new", **facts_of(turn, complaint))
        case ComplaintState.TAKEN:
            return turn.say("complaint.progress.accepted", **facts_of(turn, complaint))
        case ComplaintState.ANSWERED:
            manager_words.answer_shown(office(turn), turn.transaction.reading, complaint.id)
            at = spoken(turn.say, complaint.answered_at or turn.now, turn.now, turn.zone)
            said = {"reply": complaint.answer, "answered": at, **facts_of(turn, complaint)}
            return turn.say("complaint.progress.replied", **said)
        case ComplaintState.REOPENED:
            return turn.say("complaint.progress.reopened", **facts_of(turn, complaint))
        case ComplaintState.CLOSED:
            return _ended(turn, complaint)


def late(turn: Turn, complaint: Standing) -> bool:
    """Return whether its time has passed without an answer."""
    return complaint.state in UNANSWERED_STATES and complaint.due_at < turn.now


def _ended(turn: Turn, complaint: Standing) -> str:
    if complaint.withdrawn:
        return turn.say("complaint.progress.cancelled", **facts_of(turn, complaint))
    closed = office(turn).when(complaint.closed_at or complaint.filed_at)
    return turn.say("complaint.progress.closed", time=closed, **facts_of(turn, complaint))
