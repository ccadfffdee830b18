"""Where a question lands: which items answer it, or are offered for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from weakref import WeakKeyDictionary

from bot.understanding import Answer, Choices, Context, Intent, Understanding

ANSWERED, OFFERED, INTENT, UNKNOWN = "answered", "offered", "intent", "unknown"


@dataclass(frozen=True, slots=True)
class Landing:
    """How a question was understood and the item ids it led to, the best first; `title` is that one's."""

    kind: str
    items: tuple[str, ...] = ()
    title: str = ""


_known: WeakKeyDictionary[Understanding, dict[date, Mapping[str, Landing]]] = WeakKeyDictionary()


def land(understanding: Understanding, question: str, today: date) -> Landing:
    """Ask one question."""
    outcome = understanding.understand(question, Context(today))
    if isinstance(outcome, Answer):
        items = (outcome.entry_id, *(each.entry_id for each in outcome.more))
        return Landing(ANSWERED, items, outcome.title)
    if isinstance(outcome, Choices):
        return Landing(OFFERED, tuple(each.id for each in outcome.options), outcome.options[0].label)
    return Landing(INTENT, (outcome.name,), outcome.name) if isinstance(outcome, Intent) else Landing(UNKNOWN)


def landings(understanding: Understanding, questions: Iterable[str], today: date) -> Mapping[str, Landing]:
    """Ask many; what was asked of the same knowledge on the same day before is remembered."""
    by_day = _known.setdefault(understanding, {})
    remembered = dict(by_day.get(today, {}))
    for question in questions:
        if question not in remembered:
            remembered[question] = land(understanding, question, today)
    by_day.clear()  # yesterday's are of no use any more
    by_day[today] = remembered
    return remembered
