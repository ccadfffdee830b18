"""What rows hold: tokens laid in one flat array, to ask how much of a query a few of them cover."""

from __future__ import annotations

from threading import local

import numpy as np

from bot.understanding.ngrams import Floats, Ints, Numbers, Places, sorted_once

Pairs = tuple[Numbers, Numbers]
"""Tokens, and the bag that each lies in."""


def once(tokens: Numbers, bags: Numbers, size: int) -> Pairs:
    """Return every pair once, in the order of the bags; `size` counts the tokens."""
    pairs = bags.astype(np.int64)
    pairs *= max(size, 1)
    pairs += tokens
    pairs = sorted_once(pairs, in_place=True)
    owners = (pairs // max(size, 1)).astype(np.int32)
    pairs %= max(size, 1)
    return pairs.astype(np.int32), owners


def _filled(held: Pairs, count: int, filler: int) -> Pairs:
    """Give every empty bag the filler."""
    tokens, bags = held
    empty = (np.bincount(bags, minlength=count) == 0).nonzero()[0]
    bags = np.concatenate((bags, empty))
    order = bags.argsort(kind="stable")
    return np.concatenate((tokens, np.full(len(empty), filler)))[order], bags[order]


class Holdings:
    """Bags of distinct token numbers; `overlap` costs by the bags asked for, never by all of them."""

    def __init__(self, *parts: tuple[Pairs, int], size: int, filler: int | None = None) -> None:
        """Lay out pairs as `once` gives them, with the number of bags of each part; `size` counts the tokens.

        A bag without any token gets the `filler`, where there is one.
        """
        parts = tuple((held if filler is None else _filled(held, count, filler), count) for held, count in parts)
        self._tokens: Ints = np.concatenate([tokens.astype(np.int32) for (tokens, _), _ in parts])
        counts = [np.bincount(bags, minlength=count) for (_, bags), count in parts]
        self._sizes: Places = np.concatenate(counts).astype(np.intp)
        self._starts: Places = self._sizes.cumsum() - self._sizes
        self._size = size
        self._own = local()

    def gather(self, bags: Places) -> tuple[Ints, Places]:
        """Return the tokens of the bags one after the other, and where each bag begins; there must be a bag."""
        sizes = self._sizes.take(bags)
        ends = sizes.cumsum()
        starts = ends - sizes
        places = np.arange(ends[-1]) + (self._starts.take(bags) - starts).repeat(sizes)
        return self._tokens.take(places), starts

    def overlap(self, bags: Places, query: Places, weights: Floats) -> Floats:
        """Return bags x kinds of weight: the sum of the weights (query tokens x kinds) of what each bag has of them.

        There must be a bag; no token of the query comes twice.
        """
        tokens, starts = self.gather(bags)
        marked = self._marks(query, tokens)
        hits = marked.nonzero()[0]
        there = np.zeros((len(bags) + 1, len(query) + 1), np.float32)
        there[starts.searchsorted(hits, "right"), marked.take(hits)] = 1
        return np.asarray(there[1:, 1:] @ weights, np.float32)

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
