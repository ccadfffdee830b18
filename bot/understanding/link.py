"""Link what the customer calls a product to the product, tolerating parts of names, typos and tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from .grams import Index, grams
from .normal import normalise
from .pack import Product


@dataclass(frozen=True, slots=True)
class Mention:
    """A product named in a text: how surely (0 to 1), and where in the text without spaces."""

    product: int
    score: float
    start: int
    end: int


class Linker:
    """Finds products by name and alias; new products work at once as nothing here is trained."""

    CANDIDATES = 24

    def __init__(self, products: Sequence[Product]) -> None:
        names = [(i, name) for i, product in enumerate(products) for name in _names(product)]
        self._owners = np.array([owner for owner, _ in names], dtype=np.int32)
        self._names = [name for _, name in names]
        self._index = Index([grams(name, 2) for name in self._names])

    def mentions(self, text: str) -> list[Mention]:
        """Return the products the text may name, best first, each once."""
        text = text.replace(" ", "")
        if not self._names or not text:
            return []
        cosines = self._index.search(grams(text, 2))
        count = min(self.CANDIDATES, len(cosines))
        best: dict[int, Mention] = {}
        for row in np.argpartition(-cosines, count - 1)[:count]:
            if cosines[row] > 0:
                mention = self._mention(text, int(row))
                if mention.product not in best or best[mention.product].score < mention.score:
                    best[mention.product] = mention
        return sorted(best.values(), key=lambda mention: -mention.score)

    def _mention(self, text: str, row: int) -> Mention:
        name = self._names[row]
        place = text.find(name)
        if place >= 0:
            return Mention(int(self._owners[row]), 1.0 - 0.3 / len(name), place, place + len(name))
        found = fuzz.partial_ratio_alignment(name, text) if len(name) <= len(text) else None
        if found is None:
            return Mention(int(self._owners[row]), fuzz.ratio(name, text) / 100 * 0.8, 0, len(text))
        return Mention(int(self._owners[row]), found.score / 100 * 0.9, found.dest_start, found.dest_end)


def _names(product: Product) -> list[str]:
    names = [normalise(name).replace(" ", "") for name in (product.name, *product.aliases)]
    return [name for name in dict.fromkeys(names) if name]
