"""What is worked out from one entry alone, once, and kept while other entries come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.knowledge.pack import Entry
from bot.understanding.normalisation import LONGEST, normalise
from bot.understanding.pinyin import sounds
from bot.understanding.synonyms import canonical, concepts, kinds
from bot.understanding.word_vectors import everyday

ANSWER_LONGEST = 4 * LONGEST


class Wordings(NamedTuple):
    """The question and its other wordings, normalised, in several forms; `answer` is canonical.

    `groups` holds the signs of the groups of like meaning that each wording speaks of, `words` the numbers of its
    everyday words.
    """

    texts: tuple[str, ...]
    canonical: tuple[str, ...]
    sounds: tuple[str, ...]
    kinds: tuple[int, ...]
    groups: tuple[str, ...]
    words: tuple[tuple[int, ...], ...]
    answer: str


def wordings(entry: Entry) -> Wordings:
    """Work out the forms of an entry."""
    texts = (normalise(text).replace(" ", "") for text in (entry.question, *entry.variants))
    found = tuple(text for text in texts if text)
    return Wordings(
        texts=found,
        canonical=tuple(map(canonical, found)),
        sounds=tuple(map(sounds, found)),
        kinds=tuple(map(kinds, found)),
        groups=tuple("".join(sorted(concepts(text))) for text in found),
        words=tuple(tuple(dict.fromkeys(everyday().read(text))) for text in found),
        answer=canonical(_long(entry.answer)),
    )


def all_wordings(entries: Sequence[Entry], before: Mapping[Entry, Wordings]) -> dict[Entry, Wordings]:
    """Return the wordings of all entries, those known before as they were."""
    return {entry: before.get(entry) or wordings(entry) for entry in entries}


def _long(text: str) -> str:
    """Normalise an answer in pieces, as `normalise` looks at the beginning only."""
    pieces = range(0, min(len(text), ANSWER_LONGEST), LONGEST)
    return "".join(normalise(text[i : i + LONGEST]) for i in pieces).replace(" ", "")
