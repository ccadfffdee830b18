"""Character n-grams and the inverted index over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Token = str | int
Ints = NDArray[np.int32]


NEAR = 0.25
"""A score below this share of the highest is seldom among the best few."""


def grams(text: str, longest: int = 3) -> list[str]:
    """Return the character n-grams of the text without its spaces, one to `longest` long."""
    text = text.replace(" ", "")
    found = list(text)
    for size in range(2, longest + 1):
        found += [text[i : i + size] for i in range(len(text) - size + 1)]
    return found


def best(scores: Floats, count: int) -> NDArray[np.intp]:
    """Return the places of the `count` highest scores in rising order, so that what is alike keeps the files' order.

    Only those near the highest are looked at closely.
    """
    near: NDArray[np.intp] = (scores > NEAR * np.maximum.reduce(scores)).nonzero()[0]
    if len(near) < count:
        near = np.arange(len(scores))
    if len(near) <= count:
        return near
    chosen = (-scores.take(near)).argpartition(count - 1)[:count]
    chosen.sort()
    return near.take(chosen)


class Vocabulary:
    """Numbers for grams, in the order first seen; frozen once built."""

    def __init__(self) -> None:
        self._numbers: dict[Token, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def learn(self, tokens: Iterable[Token]) -> list[int]:
        """Return the numbers of the tokens, giving new ones to those not seen."""
        numbers = self._numbers
        return [numbers.setdefault(token, len(numbers)) for token in tokens]

    def known(self, tokens: Iterable[Token]) -> list[int]:
        """Return the numbers of the tokens that were learnt."""
        return [number for number in map(self._numbers.get, tokens) if number is not None]

    def different(self, tokens: Iterable[Token]) -> set[int]:
        """Return the numbers of the tokens that were learnt, each once."""
        found = set(map(self._numbers.get, tokens, repeat(-1)))
        found.discard(-1)
        return found

    def masks(self, test: Callable[[Any], bool]) -> Floats:
        """Return one for the tokens that pass the test and zero for the others, by number."""
        return np.fromiter(map(test, self._numbers), np.float32, len(self._numbers))

    def numbers(self, tokens: Iterable[Token]) -> list[int]:
        """Return the number of each token, -1 for those not learnt."""
        return list(map(self._numbers.get, tokens, repeat(-1)))

    def get(self, token: Token) -> int:
        """Return the number of a token, -1 when it was not learnt."""
        return self._numbers.get(token, -1)


class Index:
    """Inverted index: token -> (row, weight), kept as one flat array of postings.

    Weights are sublinear term frequency times inverse document frequency; rows have length 1: `search` gives cosines.
    """

    def __init__(self, rows: Sequence[Sequence[Token]]) -> None:
        self.vocabulary = Vocabulary()
        self.rows = len(rows)
        numbers = [self.vocabulary.learn(row) for row in rows]
        lengths = np.array([len(row) for row in numbers], dtype=np.int64)
        flat = np.array([n for row in numbers for n in row], dtype=np.int64)
        owner = np.repeat(np.arange(self.rows), lengths)
        keys, counts = np.unique(flat * max(self.rows, 1) + owner, return_counts=True)
        tokens, owners = keys // max(self.rows, 1), keys % max(self.rows, 1)
        frequency = np.bincount(tokens, minlength=len(self.vocabulary))
        self.rarity: Floats = np.log((1 + self.rows) / (0.5 + frequency)).astype(np.float32)
        self.unseen = float(np.log((1 + self.rows) / 0.5)) if self.rows else 1.0
        weights = (1 + np.log(counts)) * self.rarity[tokens]
        norms = np.sqrt(np.bincount(owners, weights**2, minlength=self.rows)) + 1e-9
        self._weights: Floats = (weights / norms[owners]).astype(np.float32)
        self._owners: NDArray[np.intp] = owners.astype(np.intp)  # what bincount counts by, lest each search converts
        self._starts: list[int] = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int64).tolist()

    def _weigh(self, tokens: Iterable[Token]) -> tuple[list[int], Floats, float]:
        """Return the known tokens, their weights, and the length of the whole query vector, unknown tokens included."""
        counts = Counter(iter(tokens))  # a mapping would be taken for counts
        numbers = self.vocabulary.numbers(counts)
        known = [number for number in numbers if number >= 0]
        unknown = (len(numbers) - len(known)) * self.unseen**2
        weights = self.rarity.take(known) if known else np.zeros(0, np.float32)
        if len(counts) < counts.total():
            repeated = [count for number, count in zip(numbers, counts.values(), strict=True) if number >= 0]
            weights = weights * (1 + np.log(np.array(repeated, dtype=np.float32)))
        return known, weights, float(weights @ weights + unknown) ** 0.5

    def search(self, tokens: Iterable[Token]) -> Floats:
        """Return the cosine of every row with the tokens; what no row has makes all of them smaller."""
        numbers, weights, length = self._weigh(tokens)
        if not numbers:
            return np.zeros(self.rows, np.float32)
        starts = self._starts
        parts = [slice(starts[n], starts[n + 1]) for n in numbers]
        owners = np.concatenate([self._owners[part] for part in parts])
        products = np.concatenate([self._weights[part] for part in parts])
        products *= weights.repeat([part.stop - part.start for part in parts])
        return (np.bincount(owners, products, self.rows) / (length + 1e-9)).astype(np.float32)
