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

from .bags import Bags
from .grams import Floats, Ints
from .synonyms import Lexicon

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

    def vectors(self, numbers: Sequence[int]) -> Floats:
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

    def __init__(self, texts: Sequence[str], owners: Ints, entries: int) -> None:
        self._words = everyday()
        rows = [list(dict.fromkeys(self._words.read(text))) for text in texts]
        used = sorted({number for row in rows for number in row})
        self._local = np.zeros(len(self._words.weights), np.int32)
        self._local[used] = np.arange(1, len(used) + 1)
        count = np.bincount(self._local[[n for row in rows for n in row]], minlength=len(used) + 1)
        self._rarity: Floats = np.log((1 + len(rows)) / (0.5 + count)).astype(np.float32)
        self._weights = np.zeros(len(used) + 1, np.float32)
        self._vectors = np.zeros((len(used) + 1, self._words.width), np.float32)
        if used:
            self._weights[1:] = self._rarity[1:] * self._words.weights[used]
            self._vectors[1:] = self._words.vectors(used)
        self._rows = len(rows)
        local = [self._local[row].tolist() or [_NO_WORD] for row in rows]
        self._bags = Bags([*local, *_of_entries(local, owners, entries)])
        self._totals = self._bags.totals(self._weights) + 1e-6

    def score(self, text: str, rows: Sequence[int], owners: Sequence[int]) -> Alike:
        """Compare a normalised question without spaces with some rows; `owners` are the entries of the rows."""
        numbers = self._words.read(text)
        if not numbers:
            nothing = np.zeros(len(rows), np.float32)
            return Alike(nothing, nothing, nothing)
        weights = self._rarity.take(self._local.take(numbers)) * self._words.weights.take(numbers)
        weights /= np.add.reduce(weights) + 1e-6
        place = {owner: len(rows) + at for at, owner in enumerate(dict.fromkeys(owners))}
        tokens, starts = self._bags.gather([*rows, *(self._rows + owner for owner in place)])
        alike = self._words.vectors(numbers) @ self._vectors.take(tokens, 0).T
        np.maximum(alike, 0.0, out=alike)
        covered = weights @ np.maximum.reduceat(alike, starts[:-1], axis=1)
        end = starts[len(rows)]
        met = np.maximum.reduce(alike[:, :end], 0) * self._weights.take(tokens[:end])
        precision = np.add.reduceat(met, starts[: len(rows)]) / self._totals.take(rows)
        return Alike(covered[: len(rows)], precision, covered.take([place[owner] for owner in owners]))


def _of_entries(rows: Sequence[Sequence[int]], owners: Ints, entries: int) -> list[list[int]]:
    """Gather the words of each entry's wordings; an entry without any has the word that is like nothing."""
    owned: list[dict[int, None]] = [{} for _ in range(entries)]
    for owner, row in zip(owners.tolist(), rows, strict=True):
        owned[owner].update(dict.fromkeys(row))
    return [list(each) or [_NO_WORD] for each in owned]
