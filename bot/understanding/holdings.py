"""What rows hold: tokens laid in one flat array, to ask how much of a query a few of them cover."""

from __future__ import annotations

from threading import local

import numpy as np

from .keys import Floats, Ints, Places, sorted_once

Pairs = tuple[Places, Places]
"""Tokens, and the bag that each lies in."""


def once(tokens: Places, bags: Places, size: int) -> Pairs:
    """Return every pair once, in the order of the bags; `size` counts the tokens."""
    pairs = sorted_once(bags * max(size, 1) + tokens)
    owners = pairs // max(size, 1)
    return pairs - owners * max(size, 1), owners


class Holdings:
    """Bags of distinct token numbers; `overlap` costs by the bags asked for, never by all of them."""

    def __init__(self, *parts: tuple[Pairs, int], size: int) -> None:
        """Lay out pairs as `once` gives them, with the number of bags of each part; `size` counts the tokens."""
        self._tokens: Ints = np.concatenate([tokens.astype(np.int32) for (tokens, _), _ in parts])
        counts = [np.bincount(bags, minlength=count) for (_, bags), count in parts]
        self._sizes: Places = np.concatenate(counts).astype(np.intp)
        self._starts: Places = self._sizes.cumsum() - self._sizes
        self._size = size
        self._own = local()

    def overlap(self, bags: Places, query: Places, weights: Floats) -> Floats:
        """Return bags x kinds of weight: the sum of the weights (query tokens x kinds) of what each bag has of them.

        There must be a bag; no token of the query comes twice.
        """
        sizes = self._sizes.take(bags)
        ends = sizes.cumsum()
        places = np.arange(ends[-1]) + (self._starts.take(bags) - ends + sizes).repeat(sizes)
        marked = self._marks(query, self._tokens.take(places))
        hits = marked.nonzero()[0]
        there = np.zeros((len(bags), len(query) + 1), np.float32)
        there[ends.searchsorted(hits, "right"), marked.take(hits)] = 1
        return np.asarray(there[:, 1:] @ weights, np.float32)

    def _marks(self, query: Places, tokens: Ints) -> Ints:
        """Return the place of each token in the query, counted from 1; 0 for what is not in it.

        Each thread keeps a table of all tokens, as making one for every question would cost more than all the rest.
        """
        table: Ints | None = getattr(self._own, "table", None)
        if table is None:
            table = self._own.table = np.zeros(self._size, np.int32)
        table[query] = np.arange(1, len(query) + 1)
        marked = table.take(tokens)
        table[query] = 0
        return marked

    def totals(self, weights: Floats) -> Floats:
        """Return bags x kinds of weight: the sum of the weights (tokens x kinds) of each bag; used once, when built."""
        owners = np.arange(len(self._sizes)).repeat(self._sizes)
        kinds = [np.bincount(owners, kind[self._tokens], minlength=len(self._sizes)) for kind in weights.T]
        return np.array(kinds, np.float32).T
