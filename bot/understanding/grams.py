"""Character n-grams and the inverted index over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


def grams(text: str, longest: int = 3) -> list[str]:
    """Return the character n-grams of the text without its spaces, one to `longest` long."""
    text = text.replace(" ", "")
    found = list(text)
    for size in range(2, longest + 1):
        found += [text[i : i + size] for i in range(len(text) - size + 1)]
    return found


class Vocabulary:
    """Numbers for grams, in the order first seen; frozen once built."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def learn(self, tokens: Iterable[str]) -> list[int]:
        """Return the numbers of the tokens, giving new ones to those not seen."""
        numbers = self._numbers
        return [numbers.setdefault(token, len(numbers)) for token in tokens]

    def known(self, tokens: Iterable[str]) -> list[int]:
        """Return the numbers of the tokens that were learnt."""
        get = self._numbers.get
        return [number for token in tokens if (number := get(token)) is not None]

    def masks(self, test: Callable[[str], bool]) -> Floats:
        """Return one for the tokens that pass the test and zero for the others, by number."""
        return np.fromiter(map(test, self._numbers), np.float32, len(self._numbers))

    def get(self, token: str) -> int:
        """Return the number of a token, -1 when it was not learnt."""
        return self._numbers.get(token, -1)


class Index:
    """Inverted index: token -> (row, weight), kept as one flat array of postings.

    Weights are sublinear term frequency times inverse document frequency; rows have length 1: `search` gives cosines.
    """

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
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
        self._owners: Ints = owners.astype(np.int32)
        self._starts = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int64)

    def weigh(self, tokens: Iterable[str]) -> tuple[list[int], Floats, float]:
        """Return the known tokens, their weights, and the length of the whole query vector, unknown tokens included."""
        counts: dict[str, int] = {}
        for token in tokens:
            counts[token] = counts.get(token, 0) + 1
        known = [(number, count) for token, count in counts.items() if (number := self.vocabulary.get(token)) >= 0]
        unknown = (len(counts) - len(known)) * self.unseen**2
        if not known:
            return [], np.zeros(0, np.float32), unknown**0.5
        numbers = [number for number, _ in known]
        weights = self.rarity[numbers] * (1 + np.log(np.array([count for _, count in known], dtype=np.float32)))
        return numbers, weights.astype(np.float32), float(np.sqrt(weights @ weights + unknown))

    def search(self, tokens: Iterable[str]) -> Floats:
        """Return the cosine of every row with the tokens; what no row has makes all of them smaller."""
        numbers, weights, length = self.weigh(tokens)
        if not numbers:
            return np.zeros(self.rows, np.float32)
        spans = [slice(self._starts[n], self._starts[n + 1]) for n in numbers]
        owners = np.concatenate([self._owners[span] for span in spans])
        sizes = [span.stop - span.start for span in spans]
        products = np.concatenate([self._weights[span] for span in spans]) * np.repeat(weights, sizes)
        return (np.bincount(owners, products, minlength=self.rows) / (length + 1e-9)).astype(np.float32)
