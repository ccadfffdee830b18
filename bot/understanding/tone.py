"""Hear in a question how it is asked: crossly, or as a wish that something be done."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from bot.understanding.outcome import Intent, Understood, Unknown
from bot.understanding.synonyms import asks
from bot.understanding.words import named_patterns

_MOODS = named_patterns("moods")


class Mood(NamedTuple):
    """How a question is asked: crossly, and as a wish."""

    cross: bool
    wish: bool


def cross(bare: str) -> bool:
    """Tell whether a normalised text without spaces is cross; 垃圾短信 is a thing, not a mood."""
    return _MOODS["cross"].search(_MOODS["calm"].sub("", bare)) is not None


def asking(bare: str, *, angry: bool) -> bool:
    """Tell whether it has a question's form; 怎么被清零了 asks nothing when it is said in anger."""
    return asks(_MOODS["rhetoric"].sub("", bare) if angry else bare)


def wishes(bare: str) -> bool:
    """Tell whether it wants something done, rather than to know how: 帮我办个59的套餐."""
    return _MOODS["wish"].search(bare) is not None and not asks(bare)


def mood(bare: str) -> Mood:
    """Return the mood of a normalised text without spaces."""
    return Mood(cross(bare), wishes(bare))


def mannered(outcome: Understood, heard: Mood) -> Understood:
    """Return what was understood with the mood it was asked in; an intent knows its own."""
    if isinstance(outcome, Intent) or not any(heard):
        return outcome
    if isinstance(outcome, Unknown):
        return replace(outcome, soothe=True) if heard.cross else outcome
    return replace(outcome, soothe=heard.cross, wish=heard.wish)
