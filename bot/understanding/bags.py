"""Bags of tokens laid in one flat array, to ask how much of a query a few of them cover."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np

from .grams import Floats, Ints


class Bags:
    """Rows of distinct token numbers; `overlap` costs by the rows asked for, never by all rows."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._lengths = [len(row) for row in rows]
        starts = np.concatenate([[0], np.cumsum(self._lengths)]).astype(np.int64).tolist()
        self._tokens: Ints = np.fromiter((number for row in rows for number in row), np.int32, starts[-1])
        self._rows = [self._tokens[start:end] for start, end in pairwise(starts)]

    def overlap(self, rows: Sequence[int], *marks: Floats) -> list[Floats]:
        """Return, for each of `marks` (token -> weight, zero when not in the query), its sum over each row's tokens.

        None of the rows asked for may be empty.
        """
        tokens, starts = self.gather(rows)
        return [np.add.reduceat(mark.take(tokens), starts[:-1]) for mark in marks]

    def gather(self, rows: Sequence[int]) -> tuple[Ints, list[int]]:
        """Return the tokens of the rows one after the other, and where each begins; the last place is the end."""
        tokens = np.concatenate([self._rows[row] for row in rows])
        return tokens, [0, *accumulate([self._lengths[row] for row in rows])]

    def sums(self, rows: Sequence[int], known: Sequence[int], weights: Floats, size: int) -> Floats:
        """Return (rows x columns of `weights`) the sums of the known tokens' weights (known x columns) over each row.

        `size` is that of the vocabulary. Only the few tokens a query shares with the rows are weighed.
        """
        place = np.zeros(size, np.int32)
        place[known] = np.arange(1, len(known) + 1)
        tokens, starts = self.gather(rows)
        hits = place.take(tokens)
        shared = hits.nonzero()[0]
        owners = np.searchsorted(starts, shared, "right") - 1
        chosen = weights.take(hits.take(shared) - 1, 0)
        return np.stack([np.bincount(owners, column, len(rows)) for column in chosen.T], 1).astype(np.float32)

    def totals(self, weights: Floats) -> Floats:
        """Return the sum of the weights over every row; used once, when built."""
        rows = np.arange(len(self._rows)).repeat(self._lengths)
        return np.bincount(rows, weights[self._tokens], minlength=len(self._rows)).astype(np.float32)
