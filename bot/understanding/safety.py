"""Hear what needs a careful, fixed reply.

Despair, danger to life, fraud going on, money being lost, threats, wishes for unlawful things, and mere insults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.knowledge.pack import Careful
from bot.understanding.normalisation import LONGEST, normalise
from bot.understanding.words import words

ABUSE = "abuse"
ILLEGAL = "illegal"
ALARMING = ("self_harm", "life", "fraud", "loss", "threat")
"""Somebody must hear of it at once. Listened for in the whole message, however long it is; the worst first."""

IN_PROGRESS = ("fraud", "loss")
"""Of these people also ask in general, in the words of our own entries."""

LONGEST_HEARD = 5_000
"""Characters of a message that are listened to; the platform lets through some 700."""

LONGEST_ABUSE = 16
"""Characters; a longer message says more than an insult."""

CLOSELY = "…"
"""Between parts of a word that follow each other with at most six other characters between two."""

EITHER = "|"
"""Between what may stand for each other in a part of a word."""

REACH = 48
"""Characters within which the signs of one matter stand; what excuses them stands within half as many of them."""

_LIVE = re.compile(r"正在|现在|刚|还没挂|没挂|还在|已经|转不转|给不给|报不报|要不要|该不该|该给|马上|赶紧|快点|催")
"""It goes on this moment: no question in general, however it is worded."""

QUOTED = 80
"""Characters of a long message that are shown first: those where the last of what was heard stands."""

LISTENED_AGAIN = 1024
"""Texts remembered: each message is listened to before all else, and once more when it is understood."""

_NEAR = ".{0,6}"
_AROUND = re.compile("|".join(sorted(map(re.escape, words("around_abuse")), key=len, reverse=True)))


class Watch:
    """Knows by the lists of `common/careful.yaml`; the first kind that is heard counts."""

    def __init__(self, groups: Sequence[Careful]) -> None:
        self._groups = [_Group(group) for group in groups if group.kind != ABUSE]
        abuse = sorted({_plain(word) for group in groups if group.kind == ABUSE for word in group.words})
        self._abuse = re.compile("|".join(map(re.escape, sorted(abuse, key=len, reverse=True))) or "(?!)")
        self.kind = lru_cache(maxsize=LISTENED_AGAIN)(self._kind)
        """Return what of `ALARMING`, `illegal` or `abuse` a normalised text is, nothing when it needs no care."""

    def alarm(self, text: str) -> str:
        """Return what of `ALARMING` is heard behind the characters that are normalised and ranked, or nothing.

        The rest of the text is listened to piece by piece, each half in the one before, so that the time grows with
        its length and what excuses a word stands near it.
        """
        pieces = range(LONGEST // 2, min(len(text), LONGEST_HEARD) - LONGEST // 2, LONGEST // 2)
        found = {self.kind(normalise(text[at : at + LONGEST])) for at in pieces}
        return next((kind for kind in ALARMING if kind in found), "")

    def in_general(self, plain: str, kind: str, wording: str) -> bool:
        """Tell whether a message only asks about what `wording`, of our own knowledge, speaks of in such words."""
        if kind in IN_PROGRESS and _LIVE.search(plain):
            return False
        return kind in (ILLEGAL, *IN_PROGRESS) and self.kind(wording) == kind

    def quote(self, text: str, kind: str) -> str:
        """Return the last place of a long text where `kind` is heard; the whole text when it is short."""
        starts = reversed(range(0, min(len(text), LONGEST_HEARD), QUOTED // 4))
        pieces = (text[at : at + QUOTED] for at in starts)
        return text if len(text) <= QUOTED else next((p for p in pieces if self.kind(normalise(p)) == kind), text)

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
    """One kind's words: single ones in one pattern, the parts of those that must stand together, and signs."""

    def __init__(self, group: Careful) -> None:
        self.kind = group.kind
        self._single = _any_of(word for word in group.words if " " not in word)
        self._together = [tuple(map(_plain, word.split())) for word in group.words if " " in word]
        self._first = _any_of(word.split()[0] for word in group.words if " " in word)
        self._signs = [pattern for line in group.signs if (pattern := _any_of(line))]
        self._sayings = _any_of(sorted(group.sayings, key=len, reverse=True))
        self._unless = _any_of(group.unless)

    def heard(self, bare: str) -> bool:
        """Tell whether a normalised text without spaces is of the kind."""
        said = self._sayings.sub(" ", bare) if self._sayings else bare
        if self._said(said) and not _holds(self._unless, bare):
            return True
        return bool(self._signs) and self._signs_heard(said)

    def _said(self, said: str) -> bool:
        if _holds(self._single, said):
            return True
        return _holds(self._first, said) and any(all(part in said for part in word) for word in self._together)

    def _signs_heard(self, said: str) -> bool:
        """Tell whether one sign of each line stands within `REACH`, with nothing near that excuses them."""
        if not self._signs[0].search(said):
            return False
        found = sorted((hit.start(), line) for line, signs in enumerate(self._signs) for hit in signs.finditer(said))
        last: dict[int, int] = {}
        for at, line in found:
            last[line] = at
            first = min(last.values())
            if len(last) == len(self._signs) and at - first <= REACH:
                near = said[max(0, first - REACH // 2) : at + REACH // 2]
                if not _holds(self._unless, near):
                    return True
        return False


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    patterns = "|".join(pattern for word in words for pattern in _patterns(word))
    return re.compile(patterns) if patterns else None


def _holds(words: re.Pattern[str] | None, text: str) -> bool:
    return words is not None and words.search(text) is not None


def _patterns(word: str) -> list[str]:
    """Return patterns of a word: parts that follow each other closely, each with what may stand for it.

    Each begins with a character of its own, so that a search passes quickly over what begins none of them.
    """
    first, *rest = ([re.escape(_plain(one)) for one in part.split(EITHER)] for part in word.split(CLOSELY))
    behind = "".join(f"{_NEAR}(?:{'|'.join(part)})" for part in rest)
    return [f"{one}{behind}" for one in first]


def _plain(text: str) -> str:
    """Return a word as it stands within a normalised text: what is left out at both ends of one stays."""
    return normalise(f"字{text}字").replace(" ", "")[1:-1]
