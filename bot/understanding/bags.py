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
        starts, ends = self._starts[rows].tolist(), self._starts[rows + 1].tolist()
        lengths = [end - start for start, end in zip(starts, ends, strict=True)]
        pieces = [self._tokens[start:end] for start, end in zip(starts, ends, strict=True)]
        return np.concatenate(pieces), np.repeat(np.arange(len(starts), dtype=np.int32), lengths)

    def overlap(self, rows: Ints, *marks: Floats) -> list[Floats]:
        """Return, for each of `marks` (token -> weight, zero when not in the query), its sum over each row's tokens."""
        tokens, place = self.tokens(rows)
        return [np.bincount(place, mark[tokens], minlength=len(rows)).astype(np.float32) for mark in marks]

    def totals(self, weights: Floats) -> Floats:
        """Return the sum of the weights over every row; used once, when built."""
        rows = np.repeat(np.arange(len(self._starts) - 1), np.diff(self._starts))
        return np.bincount(rows, weights[self._tokens], minlength=len(self._starts) - 1).astype(np.float32)
