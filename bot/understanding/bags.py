"""Bags of tokens laid in one flat array, to ask how much of a query a few of them cover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .grams import Floats, Ints


class Bags:
    """Rows of distinct token numbers; `overlap` costs by the rows asked for, never by all rows."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        lengths = [len(row) for row in rows]
        self._starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._tokens: Ints = np.fromiter((number for row in rows for number in row), np.int32, sum(lengths))

    def tokens(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the tokens of the rows one after the other, and the place in `rows` that each belongs to."""
        starts = self._starts[rows]
        lengths = self._starts[rows + 1] - starts
        place = np.repeat(np.arange(len(rows)), lengths)
        offset = np.arange(len(place)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return self._tokens[starts[place] + offset], place

    def overlap(self, rows: Ints, marked: Floats) -> Floats:
        """Return, for each row, the sum of `marked` (token -> weight, zero for tokens not in the query) over its tokens."""
        tokens, place = self.tokens(rows)
        return np.bincount(place, marked[tokens], minlength=len(rows)).astype(np.float32)

    def totals(self, weights: Floats) -> Floats:
        """Return the sum of the weights over every row; used once, when built."""
        rows = np.repeat(np.arange(len(self._starts) - 1), np.diff(self._starts))
        return np.bincount(rows, weights[self._tokens], minlength=len(self._starts) - 1).astype(np.float32)
