"""What one matcher found: its candidates and how sure it is of the best one and of the best three."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .entries import EntryMatcher
from .grams import Floats
from .products import ProductMatcher
from .weights import (
    ENTRY_ANSWER,
    ENTRY_CHOICES,
    ENTRY_NAMES,
    PRODUCT_ANSWER,
    PRODUCT_CHOICES,
    PRODUCT_NAMES,
)

KEPT = 5


@dataclass(frozen=True, slots=True)
class Item:
    """A candidate: its item id, its share among this matcher's candidates, and its features."""

    id: str
    share: float
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates of one matcher, best first, with the two probabilities."""

    items: tuple[Item, ...] = ()
    answer: float = 0.0
    choices: float = 0.0


NOTHING = Found()


def find_entries(matcher: EntryMatcher, ids: tuple[str, ...], text: str) -> Found:
    """Return the entries that may answer; an entry counts with its best wording."""
    found = matcher.score(text)
    if not len(found.scores):
        return NOTHING
    owners, first = np.unique(found.entries, return_index=True)
    order = np.argsort(first, kind="stable")
    rows = first[order]
    scores = found.scores[rows]
    shares = _shares(scores)
    top = dict(zip(ENTRY_NAMES, found.features[0].tolist(), strict=True))
    margin = float(scores[0] - scores[1]) if len(scores) > 1 else float(scores[0])
    figures = {**top, "score": float(scores[0]), "share": float(shares[0]), "margin": min(margin, 8.0), "unseen": found.unseen}
    items = tuple(
        Item(
            f"entry:{ids[owner]}", float(share), dict(zip(ENTRY_NAMES, found.features[row].tolist(), strict=True))
        )
        for owner, share, row in zip(owners[order][:KEPT].tolist(), shares.tolist(), rows.tolist(), strict=False)
    )
    return Found(items, ENTRY_ANSWER(figures), ENTRY_CHOICES(figures))


def find_products(matcher: ProductMatcher, ids: tuple[str, ...], text: str) -> Found:
    """Return the product × aspect pairs that may answer."""
    found = matcher.score(text)
    if not len(found.scores):
        return NOTHING
    shares = _shares(found.scores)
    product = found.pairs[0][0]
    same = sum(share for (other, _), share in zip(found.pairs, shares.tolist(), strict=True) if other == product)
    top = dict(zip(PRODUCT_NAMES, found.features[0].tolist(), strict=True))
    figures = {**top, "score": float(found.scores[0]), "share": float(shares[0]), "product_share": same}
    items = tuple(
        Item(f"product:{ids[owner]}:{aspect}", float(share), dict(zip(PRODUCT_NAMES, row.tolist(), strict=True)))
        for (owner, aspect), share, row in zip(found.pairs[:KEPT], shares, found.features, strict=False)
    )
    return Found(items, PRODUCT_ANSWER(figures), PRODUCT_CHOICES(figures))


def merge(first: Found, second: Found) -> Found:
    """Bring both matchers' candidates into one order; they contradict each other when both are sure."""
    if not first.items or not second.items:
        return first if first.items else second
    if second.answer > first.answer:
        first, second = second, first
    weigh = {id(first): max(first.choices, first.answer), id(second): max(second.choices, second.answer)}
    rest = [(item, item.share * weigh[id(found)]) for found in (first, second) for item in found.items]
    rest.sort(key=lambda pair: -pair[1])
    best = first.items[0]
    items = (best, *(item for item, _ in rest if item is not best))
    contradiction = 0.5 * second.answer if second.answer > 0.8 * first.answer else 0.0
    return Found(items, first.answer * (1 - contradiction * 0.5), max(first.choices, second.choices))


def _shares(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
