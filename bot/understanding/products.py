"""Score product × aspect: which product is named, and what about it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log
from operator import mul
from typing import NamedTuple

import numpy as np

from bot.knowledge.pack import Knowledge, Product
from bot.understanding.aspects import AspectModel, both_ask
from bot.understanding.mentions import Linker
from bot.understanding.ngrams import Floats
from bot.understanding.normalisation import normalise
from bot.understanding.question_split import cuts
from bot.understanding.weights import PRODUCT_NAMES, PRODUCT_WEIGHTS

_WEIGHTS: list[float] = PRODUCT_WEIGHTS.tolist()
_ASPECT, _GAP, _BARE = map(PRODUCT_NAMES.index, ("aspect", "aspect_gap", "bare"))

SPOKEN = 8000
"""How many of the entries' wordings tell which words are no misspelt names; more say little that is new."""

ASKED_AGAIN = 1024
"""Short questions remembered with what they ask about."""

EQUAL = 0.05
"""Scores that differ by no more than this are equal."""


class ProductScores(NamedTuple):
    """The best product × aspect pairs, best first, each with its features.

    `told` are the words of the text that are the best product's own: its name as it is written, the words of its tier.
    """

    pairs: Sequence[tuple[int, str]]
    features: Sequence[Sequence[float]]
    scores: Floats
    told: tuple[str, ...] = ()


class ProductMatcher:
    """Works for products never seen before: only what is asked is learnt, names are compared."""

    def __init__(
        self,
        products: Sequence[Product],
        aspects: Mapping[str, Sequence[str]],
        common: Sequence[str],
        spoken: Sequence[str] = (),
    ) -> None:
        """Learn the aspects from our utterances and the products' own; `common` are further texts people type.

        `spoken` are the wordings of the entries.

        Only the aspects that some product of the pack has are learnt, lest those of other trades compete with them.
        """
        self._products = products
        had = {aspect for product in products for aspect in product.aspects}
        aspects = {aspect: group for aspect, group in aspects.items() if aspect in had}
        self._linker = Linker(products, [text for group in aspects.values() for text in group] + list(common), spoken)
        self._aspects = AspectModel(self._asked_texts(aspects), aspects, self._linker.names)
        known = self._aspects.number
        self._columns = [
            [(aspect, known.get(aspect, len(known))) for aspect in product.aspects] for product in products
        ]
        self.named = self._linker.named
        self.respelled = self._linker.respelled
        self.without_name = self._linker.without_name
        self.asked = lru_cache(maxsize=ASKED_AGAIN)(self._asked)
        """Return the probability of each aspect for a text without a product's name."""

    def _asked_texts(self, aspects: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
        pairs = [(_bare(text), aspect) for aspect, group in aspects.items() for text in group]
        for number, product in enumerate(self._products):
            for aspect, group in product.variants.items():
                pairs += [(self._linker.without_name(_bare(text), number), aspect) for text in group]
        return pairs

    def score(self, text: str) -> ProductScores:
        """Return the best pairs for a normalised question without spaces."""
        pairs: list[tuple[int, str]] = []
        features: list[list[float]] = []
        scores: list[float] = []
        heard: dict[str, list[float]] = {}
        for mention in self._linker.mentions(text):
            rest = text[: mention.start] + text[mention.end :]
            if rest not in heard:
                heard[rest] = [*self._aspects.scores(rest).tolist(), 0.0]
            asked, most = heard[rest], max(heard[rest])
            figures = [mention.features.get(name, 0.0) for name in PRODUCT_NAMES]
            figures[_BARE] = float(not rest)
            named = sum(map(mul, figures, _WEIGHTS))
            for aspect, column in self._columns[mention.product]:
                figures[_ASPECT], figures[_GAP] = log(asked[column] + 1e-3), asked[column] - most
                pairs.append((mention.product, aspect))
                features.append(figures.copy())
                scores.append(named + _WEIGHTS[_ASPECT] * figures[_ASPECT] + _WEIGHTS[_GAP] * figures[_GAP])
        ranked = np.array(scores, np.float32)
        if not scores:
            return ProductScores((), (), ranked)
        order = (-ranked).argsort(kind="stable")
        best = order.tolist()
        told = self._linker.told(text, pairs[best[0]][0])
        return ProductScores([pairs[i] for i in best], [features[i] for i in best], ranked.take(order), told)

    def undecided(self, found: ProductScores) -> bool:
        """Tell whether the two best are one aspect of two products, which nothing said tells apart, and they differ."""
        (one, aspect), (other, same) = found.pairs[0], found.pairs[min(1, len(found.pairs) - 1)]
        if one == other or aspect != same or found.scores[0] - found.scores[1] > EQUAL:
            return False
        return self._products[one].aspects[aspect] != self._products[other].aspects[aspect]

    def _asked(self, rest: str) -> Mapping[str, float]:
        return dict(zip(self._aspects.labels, self._aspects.scores(rest).tolist(), strict=True))

    def two_aspects(self, text: str, product: int) -> tuple[str, str] | None:
        """Return the two aspects when a normalised message (its spaces are where punctuation was) asks two of them."""
        bare = text.replace(" ", "")
        mention = next((each for each in self._linker.mentions(bare) if each.product == product), None)
        if mention is None:
            return None
        best: tuple[float, tuple[str, str] | None] = (0.0, None)
        for left, right in _two_parts(*_around(text, mention.start, mention.end)):
            first, second = self._aspects.clear(left), self._aspects.clear(right)
            if first and second and self._both(product, first[0], second[0]) and both_ask(left, right):
                best = max(best, (min(first[1], second[1]), (first[0], second[0])))
        return best[1]

    def _both(self, product: int, first: str, second: str) -> bool:
        aspects = self._products[product].aspects
        return first != second and first in aspects and second in aspects


def product_matcher(knowledge: Knowledge) -> ProductMatcher:
    """Build the matcher of a pack."""
    common = [text for group in knowledge.intents.values() for text in group]
    spoken = [text for entry in knowledge.entries for text in (entry.question, *entry.variants)]
    part = spoken[:: 1 + len(spoken) // SPOKEN]
    return ProductMatcher(knowledge.products, knowledge.aspects, common, part)


def _bare(text: str) -> str:
    return normalise(text).replace(" ", "")


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and after a mention, given its place in the text without spaces."""
    places = [i for i, c in enumerate(text) if c != " "]
    return text[: places[start]], text[places[end - 1] + 1 :]


def _two_parts(before: str, after: str) -> list[tuple[str, str]]:
    """Return the ways to read the words around a product's name as two askings."""
    pairs = cuts(before + after)
    if before.strip() and after.strip() and not after.startswith("的"):
        pairs.append((before, after))
        pairs += [(before + left, right) for left, right in cuts(after)]
    return pairs
