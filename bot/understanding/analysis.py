"""What the words of a message come to by themselves: the same whoever says them, on whatever day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bot.understanding.candidates import Found
from bot.understanding.outcome import Choices, Intent, Unknown
from bot.understanding.tone import Mood


class Verdict(NamedTuple):
    """What candidates come to: an outcome, or the item to answer with as surely as `score`.

    `two` are the items of both questions of a message that asks two. An answer's words are not in it: they hang on who
    asks, and when.
    """

    outcome: Intent | Choices | Unknown | None
    item: str = ""
    score: float = 0.0
    two: tuple[str, str] | None = None


class Said(NamedTuple):
    """A message's words, read once while they are remembered.

    `bare` is normalised and without spaces; `tabular` tells whether the product table may have something to say;
    `verdict` holds while everything in `found` may be told, and nothing that was spoken of before changes it.
    """

    plain: str
    bare: str
    mood: Mood
    tabular: bool
    intents: Mapping[str, float]
    found: Found
    verdict: Verdict
