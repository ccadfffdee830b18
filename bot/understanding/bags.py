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
        tokens = np.concatenate([self._rows[row] for row in rows])
        starts = [0, *accumulate([self._lengths[row] for row in rows])]
        return [np.add.reduceat(mark.take(tokens), starts[:-1]) for mark in marks]

    def totals(self, weights: Floats) -> Floats:
        """Return the sum of the weights over every row; used once, when built."""
        rows = np.arange(len(self._rows)).repeat(self._lengths)
        return np.bincount(rows, weights[self._tokens], minlength=len(self._rows)).astype(np.float32)
