"""What one matcher found: its candidates and how sure it is of the best one and of the best three."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp, log
from typing import NamedTuple

import numpy as np

from bot.understanding.entries import EntryMatcher, EntryScores
from bot.understanding.ngrams import Floats
from bot.understanding.products import ProductMatcher, ProductScores
from bot.understanding.synonyms import CANCEL, canonical
from bot.understanding.table import INTRODUCTION
from bot.understanding.weights import (
    ENTRY_ANSWER,
    ENTRY_CHOICES,
    ENTRY_NAMES,
    PRODUCT_ANSWER,
    PRODUCT_CHOICES,
    PRODUCT_NAMES,
)

KEPT = 5
_TIER = re.compile(r"\d{2,}")
SAME = 0.95
"""From this likeness on a question is an entry's own wording."""

ALIKE = 0.6
"""Below this likeness of wording an entry gives way to a product called by its full name."""

ALIKE_CLEAR = 0.7
"""The same where it is also clear what is asked of the product."""

CLEAR = -0.2
"""What is asked of a product is clear from this log probability on."""

GUESSED = -1.2
"""Below this one an introduction is a mere guess."""

ALMOST_CLEAR = -0.4
"""It is clear enough from this one on where the product is named in words that the entry's wording has not."""

YIELDED = 0.5

UNDECIDED = 0.5
"""An answer is no surer than this where two products are meant alike."""

STRANGE = 0.4
"""A number names a product only where no more than this share of the message is about something else."""

RIVAL_FROM = 0.8
"""A second matcher this sure of something else makes the first less sure."""

SOFTNESS = 0.7
"""How far an entry's second-best wording counts; towards zero all count alike."""

RATIO = ENTRY_NAMES.index("ratio")
STANDS_OUT = 1.0
"""By so much the score of a wording said word for word goes before that of another entry's many near ones."""


class Item(NamedTuple):
    """A candidate: its item id, its share among this matcher's candidates, and its features by name."""

    id: str
    share: float
    names: tuple[str, ...]
    values: Sequence[float]

    @property
    def features(self) -> dict[str, float]:
        """Put names and values together, which only the few candidates that are looked into need."""
        return dict(zip(self.names, self.values, strict=True))

    def figure(self, name: str, otherwise: float = 0.0) -> float:
        """Return one feature by its name."""
        return self.values[self.names.index(name)] if name in self.names else otherwise


class Found(NamedTuple):
    """Candidates of one matcher, best first, with the two probabilities.

    `wording` is the best entry's nearest one, `told` the words of the message that are the best product's own.
    """

    items: tuple[Item, ...] = ()
    answer: float = 0.0
    choices: float = 0.0
    wording: str = ""
    told: tuple[str, ...] = ()


NOTHING = Found()


def find_entries(matcher: EntryMatcher, ids: tuple[str, ...], text: str) -> Found:
    """Return the entries that may answer."""
    found = matcher.score(text)
    if not len(found.scores):
        return NOTHING
    owners, rows, scores = by_entry(found)
    shares = shares_of(scores)
    figures = entry_figures(found, rows, scores, shares)
    ranked = zip(owners[:KEPT], rows, shares.tolist(), strict=False)
    items = [
        Item(f"entry:{ids[owner]}", share, ENTRY_NAMES, found.features[row].tolist()) for owner, row, share in ranked
    ]
    return Found(tuple(items), ENTRY_ANSWER(figures), ENTRY_CHOICES(figures), found.wording)


def entry_figures(found: EntryScores, rows: Sequence[int], scores: Floats, shares: Floats) -> dict[str, float]:
    """Return what the probabilities of an entry are worked out from: the best row's features and how it stands out."""
    figures = dict(zip(ENTRY_NAMES, found.features[rows[0]].tolist(), strict=True))
    margin = float(scores[0] - scores[1]) if len(scores) > 1 else float(scores[0])
    own = {"score": float(scores[0]), "share": float(shares[0]), "margin": min(margin, 8.0), "unseen": found.unseen}
    return figures | own


def by_entry(found: EntryScores) -> tuple[list[int], list[int], Floats]:
    """Return entries, the best row of each, and its score, best first; further wordings that fit add to the score.

    Who says one entry's wording word for word means that entry, however many wordings of another come near it.
    """
    owners, values = found.entries.tolist(), found.scores.tolist()
    best: dict[int, int] = {}
    powers: dict[int, float] = {}
    for row, (owner, value) in enumerate(zip(owners, values, strict=True)):
        best.setdefault(owner, row)
        powers[owner] = powers.get(owner, 0.0) + exp(SOFTNESS * (value - values[0]))
    scores = {owner: log(power) / SOFTNESS + values[0] for owner, power in powers.items()}
    ratios = found.features[:, RATIO].tolist()
    same = [owner for owner, row in best.items() if ratios[row] >= 1]
    if same and max(scores, key=scores.__getitem__) not in same:
        scores |= dict.fromkeys(same, max(scores.values()) + STANDS_OUT)
    order = sorted(best, key=scores.__getitem__, reverse=True)
    return order, [best[owner] for owner in order], np.array([scores[owner] for owner in order], np.float32)


def find_products(matcher: ProductMatcher, ids: tuple[str, ...], text: str) -> Found:
    """Return the product × aspect pairs that may answer."""
    found = matcher.score(text)
    if not len(found.scores):
        return NOTHING
    shares = shares_of(found.scores)
    figures = product_figures(found, shares)
    ranked = zip(found.pairs[:KEPT], shares.tolist(), found.features, strict=False)
    items = [Item(f"product:{ids[one]}:{aspect}", share, PRODUCT_NAMES, row) for (one, aspect), share, row in ranked]
    answer, choices = PRODUCT_ANSWER(figures), PRODUCT_CHOICES(figures)
    if matcher.undecided(found):
        answer, choices = min(answer, UNDECIDED), max(answer, choices)
    return Found(tuple(items), answer, choices, told=found.told)


def product_figures(found: ProductScores, shares: Floats) -> dict[str, float]:
    """Return what the probabilities of a product's aspect are worked out from."""
    figures = dict(zip(PRODUCT_NAMES, found.features[0], strict=True))
    product = found.pairs[0][0]
    same = sum([share for (other, _), share in zip(found.pairs, shares.tolist(), strict=True) if other == product])
    return figures | {"score": float(found.scores[0]), "share": float(shares[0]), "product_share": same}


def merge(entries: Found, products: Found, text: str) -> Found:
    """Bring both matchers' candidates into one order.

    A product called by its full name is meant, unless an entry is worded nearly as the question is. An entry gives way
    where it overlooks a name, a tier, or that something is to be cancelled, and a product does not. Where both
    are sure of different things, neither is.
    """
    if not entries.items or not products.items:
        return entries if entries.items else products
    worded = entries.items[0].features["ratio"]
    if worded > SAME:
        products = products._replace(answer=products.answer * YIELDED, choices=products.choices * YIELDED)
    elif _meant(products.items[0], worded) or _overlooked(text, entries.wording, products):
        entries = entries._replace(answer=entries.answer * YIELDED, choices=entries.choices * YIELDED)
    first, second = (entries, products) if entries.answer >= products.answer else (products, entries)
    best = first.items[0]
    rest = [(item.share * found.choices, item) for found in (first, second) for item in found.items if item is not best]
    rest.sort(key=lambda pair: -pair[0])
    rivalry = max(0.0, second.answer - RIVAL_FROM) * first.answer
    items = (best, *(item for _, item in rest))
    return Found(items, first.answer - rivalry, max(first.choices, second.choices), entries.wording)


def _meant(item: Item, worded: float) -> bool:
    """Tell whether a product is called by its full name, beside an entry's wording this much like the question."""
    features = item.features
    limit = ALIKE_CLEAR if _aspect_clear(features) else ALIKE
    return not _guessed(item) and worded < limit and bool(features["exact"]) and features["cover"] > 0.99


def _introduces(item: Item) -> bool:
    return item.id.endswith(f":{INTRODUCTION}")


def _guessed(item: Item) -> bool:
    """Tell whether a product is only introduced because what is asked of it is none of its aspects."""
    return _introduces(item) and item.features["aspect"] < GUESSED


def _overlooked(text: str, wording: str, products: Found) -> bool:
    """Tell whether a wording leaves out a name, a tier or a wish to cancel that the best product explains."""
    features = products.items[0].features
    clear = _aspect_clear(features)
    told = features["aspect"] > ALMOST_CLEAR and features["strange"] < STRANGE
    if told and not _introduces(products.items[0]) and any(word not in wording for word in products.told):
        return True
    numbered = features["number"] and not features["number_off"] and features["strange"] < STRANGE
    if numbered and set(_TIER.findall(text)) - set(_TIER.findall(wording)):
        return True
    return clear and CANCEL in canonical(text) and CANCEL not in canonical(wording)


def _aspect_clear(features: Mapping[str, float]) -> bool:
    return features["aspect"] > CLEAR


def shares_of(scores: Floats) -> Floats:
    """Return the candidates' probabilities, as if one of them were right."""
    powers = np.exp(scores - np.maximum.reduce(scores))
    return np.asarray(powers / np.add.reduce(powers), dtype=np.float32)
