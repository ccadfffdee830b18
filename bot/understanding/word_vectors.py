"""How far the words of a question mean what the words of a wording mean, whatever they are.

Everyday words have vectors that point the same way where the words are used alike (`words/vectors.md` tells where they
come from). Each word of the question is held against the nearest one of a wording, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.understanding.ngrams import Floats, Places, sorted_once
from bot.understanding.synonyms import Lexicon
from bot.understanding.token_bags import Holdings, once

_FILE = Path(__file__).parent / "words" / "vectors.npz"
_NO_WORD = 0
"""Stands in texts without any word we know, so that no row is empty; it is like nothing."""


class WordVectors:
    """The vectors of everyday words (rows of length 1), and how much each says: rare words more than common ones."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as data:
            words = data["words"].tobytes().decode("utf-8").split("\n")
            self._vectors: NDArray[np.int8] = data["vectors"]
            self.weights: Floats = data["weights"].astype(np.float32)
        self._lexicon = Lexicon({word: number for number, word in enumerate(words)})
        self.width = self._vectors.shape[1]

    def read(self, text: str) -> list[int]:
        """Return the numbers of the words of a normalised text without spaces."""
        return self._lexicon.known(text)

    def vectors(self, numbers: Sequence[int] | Places) -> Floats:
        """Return the vectors of some words."""
        found = self._vectors.take(numbers, 0).astype(np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", found, found))
        return np.asarray(found / length[:, None], np.float32)


@lru_cache(maxsize=1)
def everyday() -> WordVectors:
    """Return the vectors, read once in a process."""
    return WordVectors(_FILE)


class Alike(NamedTuple):
    """For each row: how much of the question it covers, how much of it the question covers, what its entry covers."""

    recall: Floats
    precision: Floats
    entry_recall: Floats


class Likeness:
    """The words of every wording and of every entry."""

    def __init__(self, rows: Sequence[Sequence[int]], owners: Places, entries: int) -> None:
        """Lay out the words of the rows (numbers of everyday words, each once) and of their entries."""
        self._words = everyday()
        owner = np.arange(len(rows)).repeat([len(row) for row in rows])
        words = np.array([number for row in rows for number in row], np.intp)
        used = sorted_once(words)
        self._local = np.zeros(len(self._words.weights), np.intp)
        self._local[used] = np.arange(1, len(used) + 1)
        local, size = self._local[words], len(used) + 1
        self._rarity: Floats = np.log((1 + len(rows)) / (0.5 + np.bincount(local, minlength=size))).astype(np.float32)
        self._weights = np.zeros(size, np.float32)
        self._weights[1:] = self._rarity[1:] * self._words.weights[used]
        self._vectors = np.zeros((size, self._words.width), np.float32)
        self._vectors[1:] = self._words.vectors(used)
        self._rows = len(rows)
        parts = (once(local, owner, size), len(rows)), (once(local, owners[owner], size), entries)
        self._bags = Holdings(*parts, size=size, filler=_NO_WORD)
        self._totals = self._bags.totals(self._weights[:, None])[:, 0] + 1e-6

    def score(self, text: str, rows: Places, owners: Sequence[int]) -> Alike:
        """Compare a normalised question without spaces with some rows; `owners` are the entries of the rows."""
        numbers = self._words.read(text)
        if not numbers:
            nothing = np.zeros(len(rows), np.float32)
            return Alike(nothing, nothing, nothing)
        weights = self._rarity.take(self._local.take(numbers)) * self._words.weights.take(numbers)
        weights /= np.add.reduce(weights) + 1e-6
        place = {owner: len(rows) + at for at, owner in enumerate(dict.fromkeys(owners))}
        tokens, starts = self._bags.gather(np.concatenate((rows, np.array(list(place)) + self._rows)))
        alike = self._vectors.take(tokens, 0) @ self._words.vectors(numbers).T
        np.maximum(alike, 0.0, out=alike)
        covered = np.add.reduce(np.maximum.reduceat(alike, starts) * weights, 1)
        end = starts[len(rows)]
        met = np.maximum.reduce(alike[:end], 1) * self._weights.take(tokens[:end])
        precision = np.add.reduceat(met, starts[: len(rows)]) / self._totals.take(rows)
        return Alike(covered[: len(rows)], precision, covered.take([place[owner] for owner in owners]))
