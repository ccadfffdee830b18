"""Hear in a question how it is asked: crossly, or as a wish that something be done."""

from __future__ import annotations

from dataclasses import replace

from .outcome import Intent, Understood, Unknown
from .synonyms import asks
from .words import named_patterns

_MOODS = named_patterns("moods")


def cross(bare: str) -> bool:
    """Tell whether a normalised text without spaces is cross; 垃圾短信 is a thing, not a mood."""
    return _MOODS["cross"].search(_MOODS["calm"].sub("", bare)) is not None


def asking(bare: str, *, angry: bool) -> bool:
    """Tell whether it has a question's form; 怎么被清零了 asks nothing when it is said in anger."""
    return asks(_MOODS["rhetoric"].sub("", bare) if angry else bare)


def wishes(bare: str) -> bool:
    """Tell whether it wants something done, rather than to know how: 帮我办个59的套餐."""
    return _MOODS["wish"].search(bare) is not None and not asks(bare)


def mannered(outcome: Understood, bare: str) -> Understood:
    """Return what was understood with the mood it was asked in; an intent knows its own."""
    if isinstance(outcome, Intent):
        return outcome
    angry = cross(bare)
    if isinstance(outcome, Unknown):
        return replace(outcome, soothe=True) if angry else outcome
    wish = wishes(bare)
    return replace(outcome, soothe=angry, wish=wish) if angry or wish else outcome
