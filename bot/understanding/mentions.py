"""Find the products a text may name, by names and aliases, whole, in part or misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz

from .bags import Bags
from .grams import Floats, Index, Ints, Vocabulary, best, grams
from .normal import normalise
from .pack import Product
from .pinyin import sounds

_PRICE = re.compile(r"(\d{2,})元")
_SPELLED = re.compile("[一-鿿]{2,8}")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
LIKELY = 0.5
"""A product is looked at when one of its names fits, or is covered by, the text this well (0 to 1)."""

ASKED_AGAIN = 64
"""Texts remembered, as the same message is looked at twice when it is answered."""

_NAMED = 0.6
"""A place in a text is a name from this likeness on."""


class Mention(NamedTuple):
    """A product a text may name: features of the link, and where in the text without spaces it stands."""

    product: int
    features: Mapping[str, float]
    start: int
    end: int


class Place(NamedTuple):
    """Where a name fits a text and how well (0 to 1)."""

    likeness: float
    start: int
    end: int
    row: int = -1
    cover: float = 0.0

    @property
    def worth(self) -> float:
        """Rank places: alike, covered, and long is better."""
        return self.likeness + self.cover + 0.04 * (self.end - self.start)


class Linker:
    """Nothing here is trained, so a product works from the moment it is written down."""

    NAMES = 12
    PRODUCTS = 4

    def __init__(self, products: Sequence[Product], everyday: Iterable[str]) -> None:
        """Index the names; `everyday` are texts people ask with, whose words need no product to explain them."""
        named = [(number, name) for number, product in enumerate(products) for name in _names(product)]
        self.names = [name for _, name in named]
        self._owners: Ints = np.array([owner for owner, _ in named], dtype=np.int32)
        self._sounds = [sounds(name) for name in self.names]
        spelled = [name for name in reversed(self.names) if _SPELLED.fullmatch(name)]
        self._by_sound = {sounds(name): name for name in spelled}
        self._sizes = sorted({len(name) for name in spelled}, reverse=True)
        self._numbers = [_numbers_of(product) for product in products]
        self._everyday = frozenset(gram for text in everyday for gram in grams(normalise(text), 2))
        self._index = Index([grams(name, 2) for name in self.names])
        self._vocabulary: Vocabulary = self._index.vocabulary
        rows = [self._vocabulary.known(dict.fromkeys(grams(name, 2))) for name in self.names]
        self._rows, self._owned = Bags(rows), Bags(self._of_products(products, rows))
        self._totals = self._rows.totals(self._index.rarity) + 1e-6
        self.mentions = lru_cache(maxsize=ASKED_AGAIN)(self._mentions)
        """Return the products a normalised text without spaces may name, most likely first."""

    def _of_products(self, products: Sequence[Product], rows: Sequence[Sequence[int]]) -> list[list[int]]:
        """Gather the tokens of all names of a product, and of what sets its tier apart."""
        owned: list[dict[int, None]] = [{} for _ in products]
        for owner, row in zip(self._owners.tolist(), rows, strict=True):
            owned[owner].update(dict.fromkeys(row))
        for tokens, product in zip(owned, products, strict=True):
            tier = normalise(" ".join(product.tier.values())).replace(" ", "")
            tokens.update(dict.fromkeys(self._vocabulary.known(grams(tier, 2))))
        return [list(tokens) for tokens in owned]

    def without_name(self, text: str, product: int) -> str:
        """Return the text without what it calls the product."""
        rows = np.flatnonzero(self._owners == product).tolist()
        best = max((self._place(text, row) for row in rows), key=lambda place: place.likeness)
        return text[: best.start] + text[best.end :] if best.likeness > _NAMED else text

    def respelled(self, text: str) -> str:
        """Return the text with names typed by their sound written as they are, where what is typed is no word known.

        Only names of two characters and more count; a text that holds some name as it is stays as it is.
        """
        heard = sounds(text)
        for size in self._sizes:
            for at in range(len(heard) - size + 1):
                if name := self._by_sound.get(heard[at : at + size]):
                    typed = text[at : at + size]
                    known = typed == name or any(map(self._known, grams(typed, 2)[size:]))
                    return text if known else text[:at] + name + text[at + size :]
        return text

    def _known(self, pair: str) -> bool:
        return self._vocabulary.get(pair) >= 0 or pair in self._everyday

    def named(self, text: str) -> bool:
        """Tell whether the text seems to name some product."""
        found = self.mentions(text)
        return any(each.features["partial"] >= 0.99 or each.features["cover"] >= _NAMED for each in found)

    def _mentions(self, text: str) -> tuple[Mention, ...]:
        if not self.names or not text:
            return ()
        tokens = dict.fromkeys(grams(text, 2))
        known = self._vocabulary.known(tokens)
        marks = np.zeros(len(self._vocabulary), np.float32)
        marks[known] = self._index.rarity[known]
        places = self._best_places(text, tokens, marks)
        likely = [owner for owner, place in places.items() if place.likeness >= LIKELY or place.cover >= LIKELY]
        if not likely:
            return ()
        if len(likely) > self.PRODUCTS:
            owned = dict(zip(likely, self._owned.overlap(likely, marks)[0].tolist(), strict=True))
            likely.sort(key=lambda owner: (-places[owner].worth, -owned[owner]))
        else:
            likely.sort(key=lambda owner: -places[owner].worth)
        return self._describe(text, tokens, marks, {owner: places[owner] for owner in likely[: self.PRODUCTS]})

    def _best_places(self, text: str, tokens: Iterable[str], marks: Floats) -> dict[int, Place]:
        """Return, for each product with a name near the text, the place where one of its names fits best."""
        rows = best(self._index.search(tokens), self.NAMES)
        cover = self._rows.overlap(rows.tolist(), marks)[0] / self._totals.take(rows)
        found: dict[int, tuple[float, Place]] = {}
        for row, owner, covered in zip(rows.tolist(), self._owners.take(rows).tolist(), cover.tolist(), strict=True):
            place = self._place(text, row, covered)
            worth = place.worth
            if owner not in found or found[owner][0] < worth:
                found[owner] = worth, place
        return {owner: place for owner, (_, place) in found.items()}

    def _describe(
        self, text: str, tokens: Mapping[str, None], marks: Floats, places: Mapping[int, Place]
    ) -> tuple[Mention, ...]:
        """Work out the features of the few products chosen."""
        everyday = list(filter(self._everyday.__contains__, tokens))
        usual, known = self._vocabulary.known(everyday), self._vocabulary.known(tokens)
        strange = len(tokens) - len(known) - (len(everyday) - len(usual))
        content = marks.copy()
        content[usual] = 0.0
        weight = self._index.unseen * strange
        whole, real = float(marks.sum()) + weight + 1e-6, float(content.sum()) + weight + 1e-6
        owned, explained = self._owned.overlap(list(places), marks, content)
        heard, numbers = sounds(text), frozenset(_NUMBER.findall(text))
        found = []
        for (owner, place), own, told in zip(places.items(), owned.tolist(), explained.tolist(), strict=True):
            name = self.names[place.row]
            features = {
                "partial": place.likeness,
                "exact": float(text[place.start : place.end] == name),
                "span": min(place.end - place.start, 10) / 10,
                "cover": place.cover,
                "owned": own / whole,
                "explained": told / real,
                "strange": (real - told) / whole,
                "sound": fuzz.partial_ratio(self._sounds[place.row], heard) / 100,
                "number": float(bool(numbers & self._numbers[owner])),
                "number_off": float(bool(numbers - self._numbers[owner])),
                "whole": fuzz.ratio(name, text) / 100,
            }
            found.append(Mention(owner, features, place.start, place.end))
        return tuple(found)

    def _place(self, text: str, row: int, cover: float = 0.0) -> Place:
        """Return where a name fits the text best."""
        name = self.names[row]
        at = text.find(name)
        if at >= 0:
            return Place(1.0, at, at + len(name), row, cover)
        if len(name) > len(text):
            likeness = fuzz.partial_ratio(name, text) / 100 * len(text) / len(name)
            return Place(likeness, 0, len(text), row, cover)
        found = fuzz.partial_ratio_alignment(name, text)
        if found is None:
            return Place(0.0, 0, 0, row, cover)
        return Place(found.score / 100, found.dest_start, found.dest_end, row, cover)


def _names(product: Product) -> list[str]:
    """Return the normalised names of a product; its tier alone names it too (59元的, 59那个)."""
    tiers = [f"{value}的" for value in product.tier.values() if _NUMBER.search(value)]
    prices = [found.group(1) for value in product.tier.values() if (found := _PRICE.fullmatch(value))]
    tiers += [f"{price}{ending}" for price in prices for ending in ("的", "那档", "那个", "元那个")]
    names = [normalise(name).replace(" ", "") for name in (product.name, *product.aliases, *tiers)]
    return [name for name in dict.fromkeys(names) if name]


def _numbers_of(product: Product) -> frozenset[str]:
    texts = (product.name, *product.aliases, *product.tier.values())
    return frozenset(number for text in texts for number in _NUMBER.findall(normalise(text)))
