"""Find the products a text may name, by names and aliases, whole, in part or misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from bot.knowledge.pack import Product
from bot.understanding.ngrams import Floats, Ints, Numbers, Places, Vocabulary, keys, keys_of, keys_once
from bot.understanding.normalisation import normalise
from bot.understanding.pinyin import sounds
from bot.understanding.postings import Index
from bot.understanding.token_bags import Holdings, Pairs, once
from bot.understanding.top_k import best_of

Mask = NDArray[np.bool_]

_PRICE = re.compile(r"^(\d{2,})元")
_SPELLED = re.compile("[一-鿿]{2,8}")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
LIKELY = 0.5
"""A product is looked at when one of its names fits, or is covered by, the text this well (0 to 1)."""

ASKED_AGAIN = 64
"""Texts remembered, as the same message is looked at twice when it is answered."""

TOLD_AGAIN = 1024
"""Texts of which it is remembered whether they name a product: short questions, said again after other answers."""

AS_NEAR = 0.7
"""Another product's name is as near as the last one looked at from this share of its nearness on."""

_NAMED = 0.6
"""A place in a text is a name from this likeness on."""


_WHOLE = 3
"""A place this short has no two characters before or behind a pair that the name has."""


class Mention(NamedTuple):
    """A product a text may name: features of the link, and where in the text without spaces it stands."""

    product: int
    features: Mapping[str, float]
    start: int
    end: int


class Place(NamedTuple):
    """Where a name fits a text, how well (0 to 1), and how it ranks."""

    likeness: float
    start: int
    end: int
    row: int
    cover: float
    worth: float

    @classmethod
    def of(cls, likeness: float, start: int, end: int, row: int, cover: float) -> Place:
        """Return a place with its rank."""
        return cls(likeness, start, end, row, cover, worth(likeness, cover, end - start))


class Linker:
    """Nothing here is trained, so a product works from the moment it is written down."""

    NAMES = 12
    MOST_NAMES = 32
    PRODUCTS = 4

    def __init__(self, products: Sequence[Product], everyday: Iterable[str], spoken: Sequence[str] = ()) -> None:
        """Index the names; `everyday` are texts people ask with, whose words need no product to explain them.

        `spoken` are texts about other things, whose words are no misspelt names.
        """
        named = [(number, name) for number, product in enumerate(products) for name in _names(product)]
        self.names = [name for _, name in named]
        self._owners: Ints = np.array([owner for owner, _ in named], dtype=np.int32)
        self._sounds = [sounds(name) for name in self.names]
        spelled = [name for name in reversed(self.names) if _SPELLED.fullmatch(name)]
        self._by_sound = {sounds(name): name for name in spelled}
        self._begin = frozenset(heard[:2] for heard in self._by_sound)
        self._sizes = sorted({len(name) for name in spelled}, reverse=True)
        self._numbers = [_numbers_of(product) for product in products]
        self._own_words = [_own_words(product) for product in products]
        self._everyday = Vocabulary(keys_of([_bare(text) for text in everyday], 2)[0])
        self._spoken = Vocabulary(keys_of(spoken, 2)[0])
        found, places = keys_of(self.names, 2)
        self._index = Index(found, places, len(self.names))
        self._vocabulary: Vocabulary = self._index.vocabulary
        names, size = self._vocabulary.known(found), len(self._vocabulary)
        self._rows = Holdings((once(names, places, size), len(self.names)), size=size)
        self._owned = Holdings((once(*self._of_products(products, names, places), size), len(products)), size=size)
        self._totals = self._rows.totals(self._index.rarity[:, None])[:, 0] + 1e-6
        self.mentions = lru_cache(maxsize=ASKED_AGAIN)(self._mentions)
        """Return the products a normalised text without spaces may name, most likely first."""
        self.named = lru_cache(maxsize=TOLD_AGAIN)(self._named)
        """Tell whether a normalised text without spaces seems to name some product."""

    def _of_products(self, products: Sequence[Product], names: Numbers, rows: Numbers) -> Pairs:
        """Gather the tokens of all names of a product, and of what sets its tier apart."""
        found, owners = keys_of([_bare(" ".join(product.tier.values())) for product in products], 2)
        known, learnt = self._vocabulary.split(found)
        return np.concatenate((names, known)), np.concatenate((self._owners[rows], owners[learnt]))

    def without_name(self, text: str, product: int) -> str:
        """Return the text without what it calls the product."""
        rows = np.flatnonzero(self._owners == product).tolist()
        places = filter(None, (self._place(text, row) for row in rows))
        found = max(places, key=lambda place: place.likeness)
        return text[: found.start] + text[found.end :] if found.likeness > _NAMED else text

    def respelled(self, text: str) -> str:
        """Return the text with names typed by their sound written as they are, where what is typed is no word known.

        Only names of two characters and more count; a text that holds some name as it is stays as it is.
        """
        heard = sounds(text)
        begun = [at for at in range(len(heard) - 1) if heard[at : at + 2] in self._begin]
        for size in self._sizes if begun else ():
            for at in begun:
                if at + size <= len(text) and (name := self._by_sound.get(heard[at : at + size])):
                    typed = text[at : at + size]
                    if typed == name or any(map(self._known, keys(typed, 2)[size:].tolist())):
                        return text
                    if not self._elsewhere(text, at, name):
                        return text[:at] + name + text[at + size :]
        return text

    def _elsewhere(self, text: str, at: int, name: str) -> bool:
        """Tell whether what differs from a name heard at a place belongs to the word beside it: the 转 of 资金转出."""
        end = at + len(name)
        before = text[at - 1 : at + 1] if at and text[at] != name[0] else ""
        after = text[end - 1 : end + 1] if end < len(text) and text[end - 1] != name[-1] else ""
        return any(self._spoken.has(int(keys(pair, 2)[-1])) for pair in (before, after) if pair)

    def _known(self, pair: int) -> bool:
        return self._vocabulary.has(pair) or self._everyday.has(pair)

    def told(self, text: str, product: int) -> tuple[str, ...]:
        """Return what of a product's names and the words of its tier a text says just so."""
        return tuple(word for word in self._own_words[product] if word in text)

    def _named(self, text: str) -> bool:
        found = self.mentions(text)
        return any(each.features["partial"] >= 0.99 or each.features["cover"] >= _NAMED for each in found)

    def _mentions(self, text: str) -> tuple[Mention, ...]:
        if not self.names or not text:
            return ()
        asked = keys_once(text, 2)
        known, learnt = self._vocabulary.split(asked)
        if not len(known):
            return ()
        places = self._best_places(text, known, len(asked) - len(known))
        likely = {owner: place for owner, place in places.items() if place.likeness >= LIKELY or place.cover >= LIKELY}
        if not likely:
            return ()
        chosen = self._chosen(likely, known)
        return self._describe(text, known, self._everyday.split(asked)[1], learnt, chosen)

    def _chosen(self, likely: Mapping[int, Place], known: Places) -> dict[int, Place]:
        """Return the few products whose places fit best; of equal ones those that have more of the text's tokens."""
        owners = sorted(likely, key=lambda owner: -likely[owner].worth)
        if len(owners) > self.PRODUCTS and len({place.worth for place in likely.values()}) < len(owners):
            weights = self._index.rarity.take(known)[:, None]
            shares = self._owned.overlap(np.array(list(likely)), known, weights)[:, 0].round(4).tolist()
            owned = dict(zip(likely, shares, strict=True))
            owners = sorted(likely, key=lambda owner: (-likely[owner].worth, -owned[owner]))
        return {owner: likely[owner] for owner in owners[: self.PRODUCTS]}

    def _best_places(self, text: str, known: Places, unknown: int) -> dict[int, Place]:
        """Return, for each product with a name near the text, the place where one of its names fits best.

        Products the text has too few characters of are left out, as to find the best place takes longest.
        """
        rows = self._near(self._index.search(known, unknown))
        covered = self._rows.overlap(rows, known, self._index.rarity.take(known)[:, None])[:, 0]
        cover = (covered / self._totals.take(rows)).tolist()
        there = frozenset(text)
        near = list(zip(rows.tolist(), self._owners.take(rows).tolist(), cover, strict=True))
        fitting: set[int] = set()
        for row, owner, share in near:
            if owner not in fitting and (share >= LIKELY or self._may_fit(there, row)):
                fitting.add(owner)
        found: dict[int, Place] = {}
        for row, owner, share in near:
            if owner in fitting:
                before = found.get(owner)
                place = self._place(text, row, share, before.worth if before else -1.0)
                if place and (before is None or before.worth < place.worth):
                    found[owner] = place
        return found

    def _near(self, scores: Floats) -> NDArray[np.intp]:
        """Return the names nearest to a text; a product of many names does not keep out others named as nearly."""
        rows, more = best_of(scores, self.NAMES, self.MOST_NAMES)
        if len(more) == len(rows):
            return rows
        least = float(AS_NEAR * np.minimum.reduce(scores.take(rows)))
        taken = frozenset(self._owners.take(rows).tolist())
        owners, nearness = self._owners.take(more).tolist(), scores.take(more).tolist()
        fresh = [
            row
            for row, owner, score in zip(more.tolist(), owners, nearness, strict=True)
            if score >= least and owner not in taken
        ]
        return np.concatenate((rows, np.array(fresh, np.intp)))

    def _may_fit(self, there: frozenset[str], row: int) -> bool:
        """Tell whether a text with these characters can be half like a name: it must have a third of the name's."""
        name = self.names[row]
        return 3 * sum(map(there.__contains__, name)) >= len(name)

    def _describe(
        self, text: str, known: Places, usual: Mask, learnt: Mask, places: Mapping[int, Place]
    ) -> tuple[Mention, ...]:
        """Work out the features of the few products chosen; `usual` and `learnt` tell of each token of the text."""
        strange = int(np.count_nonzero(~(learnt | usual)))
        weights = np.empty((len(known), 2), np.float32)
        weights[:, 0] = weights[:, 1] = self._index.rarity.take(known)
        weights[usual[learnt], 1] = 0.0
        weight = self._index.unseen * strange
        whole, real = (np.add.reduce(weights, 0) + np.float32(weight + 1e-6)).tolist()
        common = self._owned.overlap(np.array(list(places)), known, weights).tolist()
        heard, numbers = sounds(text), frozenset(_NUMBER.findall(text))
        found = []
        for (owner, place), (own, told) in zip(places.items(), common, strict=True):
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

    def _place(self, text: str, row: int, cover: float = 0.0, better: float = -1.0) -> Place | None:
        """Return where a name fits the text best; None where that is worth no more than what is `better`.

        Narrowing a place makes it worth less, never more, and takes longest: so what cannot win is not narrowed.
        """
        name = self.names[row]
        at = text.find(name)
        if at >= 0:
            return Place.of(1.0, at, at + len(name), row, cover)
        if len(name) > len(text):
            likeness, start, end = fuzz.partial_ratio(name, text) / 100 * len(text) / len(name), 0, len(text)
        else:
            found = fuzz.partial_ratio_alignment(name, text)
            if found is None:
                return Place.of(0.0, 0, 0, row, cover)
            likeness, start, end = found.score / 100, found.dest_start, found.dest_end
        if worth(likeness, cover, end - start) <= better:
            return None
        return Place.of(likeness, *_within(text, name, start, end), row, cover)


def worth(likeness: float, cover: float, length: int) -> float:
    """Rank places: alike, covered, and long is better; what differs by rounding only is equal."""
    return round(likeness + cover + 0.04 * length, 4)


def _within(text: str, name: str, start: int, end: int) -> tuple[int, int]:
    """Return a place in a text without two and more characters before or behind it that the name has not.

    白金卡年费 is as long as a name, but only 白金卡 is one; 年费 is what is asked. A single character that differs may
    be a typing error.
    """
    if end - start <= _WHOLE:
        return start, end
    blocks = [block for block in LCSseq.editops(text[start:end], name).as_matching_blocks() if block.size > 1]
    if not blocks:
        return start, end
    first, last = start + blocks[0].a, start + blocks[-1].a + blocks[-1].size
    return first if first - start > 1 else start, last if end - last > 1 else end


def _names(product: Product) -> list[str]:
    """Return the normalised names of a product; its tier alone names it too (59元的, 59那个)."""
    tiers = [f"{value}的" for value in product.tier.values() if _NUMBER.search(value)]
    prices = [found.group(1) for value in product.tier.values() if (found := _PRICE.fullmatch(value))]
    tiers += [f"{price}{ending}" for price in prices for ending in ("的", "那档", "那个", "元那个")]
    names = [_bare(name) for name in (product.name, *product.aliases, *tiers)]
    return [name for name in dict.fromkeys(names) if name]


def _own_words(product: Product) -> tuple[str, ...]:
    """Return the names of a product, and the words of its tier that are no numbers (白金)."""
    words = [_bare(word) for word in (product.name, *product.aliases, *product.tier.values())]
    return tuple(word for word in dict.fromkeys(words) if len(word) > 1 and not _NUMBER.search(word))


def _bare(text: str) -> str:
    return normalise(text).replace(" ", "")


def _numbers_of(product: Product) -> frozenset[str]:
    texts = (product.name, *product.aliases, *product.tier.values())
    return frozenset(number for text in texts for number in _NUMBER.findall(normalise(text)))
