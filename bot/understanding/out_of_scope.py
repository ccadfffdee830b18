"""Questions that other people answer: the electricity bill, the ID card, the parcel."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.knowledge.pack import Knowledge
from bot.understanding.normalisation import normalise


class Elsewhere:
    """Knows by their words what is not ours; a word never stands against a wording of the pack itself."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Keep the words that no question or name of the pack has; the answers may speak of other people's things."""
        ours = "\n".join(knowledge.asked()).lower().replace(" ", "")
        self._things = [
            (parts, group.say)
            for group in knowledge.not_ours
            for parts in map(_parts, group.words)
            if parts and not (_has(ours, parts) and any(_has(text, parts) for text in ours.split("\n")))
        ]
        self._first = re.compile("|".join(re.escape(parts[0]) for parts, _ in self._things) or "(?!)")

    def say(self, bare: str) -> str | None:
        """Return what to say to a normalised text without spaces, None when it may be ours."""
        if not self._first.search(bare):
            return None
        return next((say for parts, say in self._things if _has(bare, parts)), None)


def _plain(text: str) -> str:
    return normalise(text).replace(" ", "")


def _parts(word: str) -> tuple[str, ...]:
    """Return what must all be there: 身份证 过期 needs both, in whatever order."""
    return tuple(part for part in map(_plain, word.split()) if part)


def _has(text: str, parts: Iterable[str]) -> bool:
    return all(part in text for part in parts)
