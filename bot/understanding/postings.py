"""The inverted index over character n-grams."""

from __future__ import annotations

import numpy as np

from bot.understanding.ngrams import Floats, Keys, Numbers, Places, Vocabulary, sorted_once


class Postings:
    """Token -> (row, weight), kept as one flat array, for tokens that are numbers already.

    Weights are sublinear term frequency times inverse document frequency; rows have length 1: `search` gives cosines.
    """

    def __init__(self, tokens: Numbers, owners: Numbers, size: int, rows: int) -> None:
        """Lay out the pairs of token and row, a pair as often as it comes; `size` counts the tokens."""
        pairs = tokens.astype(np.int64)
        pairs *= max(rows, 1)
        pairs += owners
        pairs.sort()
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        counts, pairs = np.diff(first, append=len(pairs)), pairs[first]
        tokens = pairs // max(rows, 1)
        owners = pairs - tokens * max(rows, 1)
        del pairs, first
        self.rows = rows
        frequency = np.bincount(tokens, minlength=size)
        self.rarity: Floats = np.log((1 + rows) / (0.5 + frequency)).astype(np.float32)
        self.unseen = float(np.log((1 + rows) / 0.5)) if rows else 1.0
        weights = (1 + np.log(counts)) * self.rarity[tokens]
        norms = np.sqrt(np.bincount(owners, weights**2, minlength=rows)) + 1e-9
        self._weights: Floats = (weights / norms[owners]).astype(np.float32)
        self._owners: Places = owners.astype(np.intp)  # what bincount counts by, lest each search converts
        self._sizes: Places = frequency.astype(np.intp)
        self._starts: Places = np.cumsum(frequency) - frequency

    def search(self, tokens: Places, unknown: int = 0, times: Floats | None = None) -> Floats:
        """Return the cosine of every row with distinct tokens; the `unknown` ones make all of them smaller.

        `times` is the sublinear frequency of each token, where it is not one.
        """
        if not len(tokens):
            return np.zeros(self.rows, np.float32)
        weights = self.rarity.take(tokens)
        if times is not None:
            weights = weights * times
        length = float(weights @ weights + unknown * self.unseen**2) ** 0.5 + 1e-9
        sizes = self._sizes.take(tokens)
        ends = sizes.cumsum()
        places = np.arange(ends[-1]) + (self._starts.take(tokens) - ends + sizes).repeat(sizes)
        products = self._weights.take(places)
        products *= weights.repeat(sizes)
        found: Floats = (np.bincount(self._owners.take(places), products, self.rows) / length).astype(np.float32)
        return found


class Index(Postings):
    """The postings of texts given by the keys of their grams, with the vocabulary of these."""

    def __init__(self, found: Keys, owners: Numbers, rows: int) -> None:
        """Lay out the keys and the row that each is of."""
        self.vocabulary = Vocabulary(found)
        super().__init__(self.vocabulary.known(found), owners, len(self.vocabulary), rows)

    def find(self, asked: Keys) -> Floats:
        """Return the cosine of every row with the keys of a text."""
        once = sorted_once(asked)
        known, learnt = self.vocabulary.split(once)
        unknown = len(once) - len(known)
        if len(once) == len(asked):
            return self.search(known, unknown)
        counts = np.diff(np.sort(asked).searchsorted(once), append=len(asked))
        return self.search(known, unknown, 1 + np.log(counts[learnt].astype(np.float32)))
