"""Whether two questions mean the same: likeness of what is left when fillers and kinds of asking are made one."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from rapidfuzz import fuzz

from bot.understanding import normalise
from bot.understanding.synonyms import CANCEL, FRAME, HEADS, canonical

SAME = 0.74
"""From this share of common signs on two questions are one; the answer to one goes to who asked the other."""

ALIKE_FROM = 50
"""Signs in another order altogether are another question."""

_FRAME_WEIGHT = 0.3
_ANOTHER_HEAD = 0.9
_CHOICE = re.compile(r"([一-鿿])[不没]\1")
_NUMBERS = re.compile(r"[0-9]+")
_SAID_TO_US = re.compile(r"^(?:你们?|您)?(?:这里?|那里?|家)?(?:还|都|现在)?")


@lru_cache(maxsize=4096)
def essence(text: str) -> str:
    """Return a question as signs to compare; two wordings that differ only in manners give the same."""
    bare = _SAID_TO_US.sub("", _CHOICE.sub(r"\1", normalise(text).replace(" ", "")))
    return canonical(bare)


def likeness(one: str, other: str) -> float:
    """Return how much two questions have in common, 0 to 1; 0 when they name different numbers, or one wants out."""
    first, second = essence(one), essence(other)
    if first == second:
        return 1.0 if first else 0.0
    if set(_NUMBERS.findall(first)) != set(_NUMBERS.findall(second)) or (CANCEL in first) != (CANCEL in second):
        return 0.0
    if fuzz.ratio(first, second) < ALIKE_FROM:
        return 0.0
    mine, yours = Counter(first), Counter(second)
    whole = _weight(mine) + _weight(yours)
    shared = 2 * _weight(mine & yours) / whole if whole else 0.0
    return shared if HEADS & mine.keys() == HEADS & yours.keys() else shared * _ANOTHER_HEAD


def _weight(signs: Counter[str]) -> float:
    return sum(count * (_FRAME_WEIGHT if sign in FRAME else 1.0) for sign, count in signs.items())
