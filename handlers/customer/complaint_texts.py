"""How each complaint category is soothed and asked about, as the pack in force says it."""

from __future__ import annotations

from bot.dialogue import Turn
from bot.knowledge.content import Category
from handlers.common import fill


def wording(turn: Turn, category: str) -> Category:
    """Return a category of the turn's pack; one that is not described needs everything."""
    known = (each for each in turn.understanding.categories() if each.id == category)
    return next(known, Category(category, "", ()))


def soothe(turn: Turn, category: str, escalated: bool) -> str:
    """Return the first kind sentence, by name where it is known.

    It is the supervisor's for a serious matter, else the category's, else the common one.
    """
    own = wording(turn, category).soothe
    words = turn.say("complaint.soothe_escalated" if escalated else "complaint.soothe")
    if own and not escalated:
        words = fill(turn, own)
    return f"{turn.person.address}，{words}" if turn.person.name else words


def question(turn: Turn, category: str, step: str) -> str:
    """Return how to ask for `step`, as the category asks it or as all do."""
    own = wording(turn, category).ask.get(step)
    return fill(turn, own) if own else turn.say(f"complaint.ask.{step}")


def default_wish(turn: Turn, category: str) -> str:
    """Return what a customer wants who was not asked."""
    own = f"complaint.wish.{category}"
    return turn.say(own if own in turn.texts else "complaint.wish.default")
