"""Hear what needs a careful, fixed reply: despair, threats, wishes for unlawful things, and mere insults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.knowledge.pack import Careful
from bot.understanding.normalisation import LONGEST, normalise
from bot.understanding.words import words

ABUSE = "abuse"
ILLEGAL = "illegal"
ALARMING = ("self_harm", "threat")
"""Listened for in the whole message, however long it is; the worst first."""

LONGEST_HEARD = 10_000
"""Characters of a message that are listened to; the platform lets through some 700."""

LONGEST_ABUSE = 16
"""Characters; a longer message says more than an insult."""

CLOSELY = "…"
"""Between parts of a word that follow each other with at most six other characters between two."""

LISTENED_AGAIN = 1024
"""Texts remembered: each message is listened to before all else, and once more when it is understood."""

_NEAR = ".{0,6}"
_AROUND = re.compile("|".join(sorted(map(re.escape, words("around_abuse")), key=len, reverse=True)))


class Watch:
    """Knows by the lists of `common/careful.yaml`; the first kind that is heard counts."""

    def __init__(self, groups: Sequence[Careful]) -> None:
        self._groups = [_Group(group) for group in groups if group.kind != ABUSE]
        abuse = sorted({_plain(word) for group in groups if group.kind == ABUSE for word in group.words} - {""})
        self._abuse = re.compile("|".join(map(re.escape, sorted(abuse, key=len, reverse=True))) or "(?!)")
        self.kind = lru_cache(maxsize=LISTENED_AGAIN)(self._kind)
        """Return `self_harm`, `threat`, `illegal` or `abuse` for a normalised text, nothing when it needs no care."""

    def alarm(self, text: str) -> str:
        """Return what of `ALARMING` is heard behind the characters that are normalised and ranked, or nothing.

        The rest of the text is listened to piece by piece, each half in the one before, so that the time grows with
        its length and what excuses a word stands near it.
        """
        pieces = range(LONGEST // 2, min(len(text), LONGEST_HEARD) - LONGEST // 2, LONGEST // 2)
        found = {self.kind(normalise(text[at : at + LONGEST])) for at in pieces}
        return next((kind for kind in ALARMING if kind in found), "")

    def _kind(self, plain: str) -> str:
        bare = plain.replace(" ", "")
        for group in self._groups:
            if group.heard(bare):
                return group.kind
        return ABUSE if len(bare) <= LONGEST_ABUSE and self._only_abuse(bare) else ""

    def _only_abuse(self, bare: str) -> bool:
        """Tell whether there is an insult and next to nothing else: whoever names a matter is heard on the matter."""
        if not self._abuse.search(bare):
            return False
        return len(_AROUND.sub("", self._abuse.sub("", bare))) <= 1


class _Group:
    """One kind's words: single ones in one pattern, the parts of those that must stand together."""

    def __init__(self, group: Careful) -> None:
        self.kind = group.kind
        parts = [tuple(filter(None, map(_plain, word.split()))) for word in group.words if CLOSELY not in word]
        closely = [map(_plain, word.split(CLOSELY)) for word in group.words if CLOSELY in word]
        single = [re.escape(word[0]) for word in parts if len(word) == 1]
        self._single = _any_of([*single, *(_NEAR.join(map(re.escape, word)) for word in closely)])
        self._together = [word for word in parts if len(word) > 1]
        self._first = _any_of([re.escape(word[0]) for word in self._together])
        self._sayings = _any_of(sorted(_escaped(group.sayings), key=len, reverse=True))
        self._unless = _any_of(_escaped(group.unless))

    def heard(self, bare: str) -> bool:
        said = self._sayings.sub(" ", bare)
        found = self._single.search(said) is not None
        if not found and self._first.search(said):
            found = any(all(part in said for part in word) for word in self._together)
        return found and not self._unless.search(bare)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns) or "(?!)")


def _escaped(words: Iterable[str]) -> list[str]:
    return [re.escape(plain) for plain in map(_plain, words) if plain]


def _plain(text: str) -> str:
    return normalise(text).replace(" ", "")
