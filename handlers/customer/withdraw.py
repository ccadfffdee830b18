"""Taking a complaint back: asked once, which one where there are several."""

from __future__ import annotations

from bot.dialogue import Router, Turn
from bot.messages import Option, Reply
from bot.service import complaint_handling
from bot.store.models import Complaint
from bot.tickets import queries
from bot.tickets.numbering import read_number
from bot.tickets.queries import Standing
from bot.tickets.states import TransitionError
from bot.understanding.own_case import withdraws
from handlers.common import office, whose
from handlers.customer.filed import facts_of, own_complaint
from handlers.customer.progress import SHOWN

router = Router()


@router.first
def aside(turn: Turn) -> Reply | None:
    """Take "撤销投诉" as said about a complaint that is open."""
    if not withdraws(turn.text):
        return None
    number = read_number(turn.text)
    found = queries.open_of(turn.transaction.reading, whose(turn))[:SHOWN]
    if number:
        found = [each for each in found if each.number == number]
    if not found:
        return Reply.text(turn.say("complaint.none"))
    if len(found) == 1:
        return _confirm(turn, found[0])
    options = (Option(f"cw:{each.id}", f"{each.number} {office(turn).title(each.category)}") for each in found)
    return Reply.choices(turn.say("complaint.withdraw.which"), *options)


@router.choice("cw")
def withdraw(turn: Turn, choice: str) -> Reply | str:
    """Take a complaint back after asking: `<id>` asks, `<id>:yes` does it, `<id>:no` leaves it."""
    number, _, answer = choice.partition(":")
    complaint = own_complaint(turn, number)
    if complaint is None:
        return turn.say("choices.expired")
    if answer not in {"yes", "no"}:
        return _confirm(turn, complaint)
    if answer == "no":
        return turn.say("complaint.withdraw.kept", **facts_of(turn, complaint))
    try:
        complaint_handling.withdraw(office(turn), complaint)
    except TransitionError:
        return turn.say("complaint.closed.already", **facts_of(turn, complaint))
    return turn.say("complaint.withdrawn", **facts_of(turn, complaint))


def _confirm(turn: Turn, complaint: Complaint | Standing) -> Reply:
    yes = Option(f"cw:{complaint.id}:yes", turn.say("complaint.withdraw.yes"))
    no = Option(f"cw:{complaint.id}:no", turn.say("complaint.withdraw.no"))
    return Reply.choices(turn.say("complaint.withdraw.sure", **facts_of(turn, complaint)), yes, no)
