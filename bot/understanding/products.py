"""Link what the customer names to a product, tell which aspect is asked, and score product × aspect."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from .bags import Bags
from .grams import Floats, Index, Ints, Vocabulary, grams
from .linear import Classifier
from .normal import normalise
from .pack import Product
from .pinyin import sounds
from .split import cuts
from .synonyms import HEADS, asks, canonical, kinds
from .weights import PRODUCT_NAMES, PRODUCT_WEIGHTS

_PRICE = re.compile(r"(\d{2,})元")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_STRONGER = re.compile("取消|退订|退掉|关闭|关掉|注销|停掉|不要了|不想用|不用了|多少钱|几块|收费|价格|资费|费用|免费|多少g|多少流量")
_APPLY = re.compile("(?:怎么|如何|怎样|咋|可以|能|想|去|来)?(?:办理|开通|办|参加|购买|订购)(?:一下|个|了|吗|的|需要|要)?")
_SAME_WISH = re.compile("(?:怎么|如何|怎样|咋)?(?:办理?|弄|操作|搞|做|整)(?:一下|呢|啊)?|可以吗|行吗|能吗|好吗|行不行|可不可以|一下")
_SAYS_MORE = re.compile("介绍|说明|讲讲|取消|退订|退掉|不要了|不用了|不想用")
PART_FROM = 0.6
"""An asking counts by itself from this probability on."""

_INTRODUCTION = "是什么"


@dataclass(frozen=True, slots=True)
class Mention:
    """A product a text may name: features of the link, and where in the text without spaces it stands."""

    product: int
    features: Mapping[str, float]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ProductScores:
    """The best product × aspect pairs, best first; `features` is pairs x features."""

    pairs: Sequence[tuple[int, str]]
    features: NDArray[np.float32]
    scores: Floats
    mentions: Sequence[Mention]


class ProductMatcher:
    """Works for products never seen before: only what is asked is learnt, names are compared."""

    NAMES = 24
    PRODUCTS = 5

    def __init__(self, products: Sequence[Product], aspects: Mapping[str, Sequence[str]], common: Sequence[str]) -> None:
        self._products = products
        names = [(i, name) for i, product in enumerate(products) for name in _names(product)]
        self._owners: Ints = np.array([owner for owner, _ in names], dtype=np.int32)
        self._names = [name for _, name in names]
        self._sounds = [sounds(name) for name in self._names]
        self._learn_tokens(products)
        self._numbers = [_numbers_of(product) for product in products]
        self._everyday = self._everyday_tokens(aspects, common)
        self.aspects = self._learn_aspects(aspects)
        self._introduction = self.aspects.scores(_INTRODUCTION)
        known = {aspect: column for column, aspect in enumerate(self.aspects.labels)}
        self._columns = [[known.get(aspect, len(known)) for aspect in product.aspects] for product in products]

    def _learn_tokens(self, products: Sequence[Product]) -> None:
        self._index = Index([grams(name, 2) for name in self._names])
        self._vocabulary: Vocabulary = self._index.vocabulary
        rows = [self._vocabulary.known(dict.fromkeys(grams(name, 2))) for name in self._names]
        owned: list[dict[int, None]] = [{} for _ in products]
        for owner, row in zip(self._owners, rows, strict=True):
            owned[owner].update(dict.fromkeys(row))
        for each, product in zip(owned, products, strict=True):
            text = normalise(" ".join(product.tier.values())).replace(" ", "")
            each.update(dict.fromkeys(self._vocabulary.known(grams(text, 2))))
        self._rows, self._owned = Bags(rows), Bags([list(each) for each in owned])
        self._totals = self._rows.totals(self._index.rarity) + 1e-6

    def _everyday_tokens(self, aspects: Mapping[str, Sequence[str]], common: Sequence[str]) -> frozenset[str]:
        """Collect the grams people ask with; what is neither these nor a product's name is unexplained."""
        asked = frozenset(g for group in aspects.values() for text in group for g in grams(normalise(text), 2))
        named = frozenset(gram for name in self._names for gram in grams(name, 2))
        self._asking = asked - named
        return asked | frozenset(gram for text in common for gram in grams(normalise(text), 2))

    def _learn_aspects(self, aspects: Mapping[str, Sequence[str]]) -> Classifier:
        pairs = [(normalise(text).replace(" ", ""), aspect) for aspect, group in aspects.items() for text in group]
        for number, product in enumerate(self._products):
            for aspect, group in product.variants.items():
                pairs += [(self.without_name(normalise(text).replace(" ", ""), number), aspect) for text in group]
        pairs = list(dict.fromkeys(pairs))
        return Classifier([text for text, _ in pairs], [aspect for _, aspect in pairs], aspect_features)

    def without_name(self, text: str, product: int) -> str:
        """Return the text without what it calls the product."""
        rows = np.flatnonzero(self._owners == product)
        mention = max((self._place(text, int(row)) for row in rows), key=lambda found: found[0])
        return text[: mention[1]] + text[mention[2] :] if mention[0] > 0.6 else text

    def score(self, text: str) -> ProductScores:
        """Return the best pairs for a normalised question without spaces."""
        mentions = self.mentions(text)
        pairs: list[tuple[int, str]] = []
        blocks: list[NDArray[np.float32]] = []
        heard: dict[str, Floats] = {}
        for mention in mentions:
            rest = text[: mention.start] + text[mention.end :]
            if rest not in heard:
                heard[rest] = self._asked(rest)
            pairs += [(mention.product, aspect) for aspect in self._products[mention.product].aspects]
            blocks.append(self._block(mention, heard[rest], bare=not rest))
        matrix = np.concatenate(blocks) if blocks else np.zeros((0, len(PRODUCT_NAMES)), np.float32)
        scores = matrix @ PRODUCT_WEIGHTS
        order = np.argsort(-scores, kind="stable")
        return ProductScores([pairs[i] for i in order.tolist()], matrix[order], scores[order], mentions)

    def _block(self, mention: Mention, asked: Floats, bare: bool) -> NDArray[np.float32]:
        """Return the features of every aspect of one product, in the order of its aspects."""
        sure = np.append(asked, np.float32(0))[self._columns[mention.product]]
        own = {"aspect": np.log(sure + 1e-3), "aspect_gap": sure - asked.max(initial=0.0), "bare": float(bare)}
        block = np.empty((len(sure), len(PRODUCT_NAMES)), np.float32)
        for column, name in enumerate(PRODUCT_NAMES):
            block[:, column] = own[name] if name in own else mention.features[name]
        return block

    def named(self, text: str) -> bool:
        """Tell whether the text seems to name some product."""
        return any(each.features["partial"] >= 0.99 or each.features["cover"] >= 0.6 for each in self.mentions(text))

    def two_aspects(self, text: str, product: int) -> tuple[str, str] | None:
        """Return the two aspects when a normalised message (its spaces are where punctuation was) asks two of them."""
        bare = text.replace(" ", "")
        mention = next((each for each in self.mentions(bare) if each.product == product), None)
        if mention is None:
            return None
        before, after = _around(text, mention.start, mention.end)
        best: tuple[float, tuple[str, str] | None] = (0.0, None)
        for left, right in _two_parts(before, after):
            first, second = self._clear(left, product), self._clear(right, product)
            if first and second and first[0] != second[0] and _both_ask(left, right):
                best = max(best, (min(first[1], second[1]), (first[0], second[0])))
        return best[1]

    def _clear(self, part: str, product: int) -> tuple[str, float] | None:
        """Return the aspect a part asks by itself, if it is clear."""
        part = part.replace(" ", "")
        if self._heard(part) < 1:
            return None
        asked = dict(zip(self.aspects.labels, self.aspects.scores(part).tolist(), strict=True))
        aspect, sure = max(asked.items(), key=lambda pair: pair[1], default=("", 0.0))
        return (aspect, sure) if sure >= PART_FROM and aspect in self._products[product].aspects else None

    def _heard(self, rest: str) -> int:
        """Count the signs of asking: pairs of characters of our utterances that no product's name has, and heads of groups."""
        pairs = sum(rest[i : i + 2] in self._asking for i in range(len(rest) - 1))
        return pairs + sum(sign in HEADS for sign in canonical(rest))

    def asked(self, rest: str) -> dict[str, float]:
        """Return the probability of each aspect."""
        return dict(zip(self.aspects.labels, self._asked(rest).tolist(), strict=True))

    def _asked(self, rest: str) -> Floats:
        """Return the aspects' probabilities; words never asked with say nothing, and then an introduction is wanted."""
        heard = self._heard(rest)
        trust = 0.2 if not heard else 0.8 if heard == 1 else 1.0
        return np.asarray(trust * self.aspects.scores(rest) + (1 - trust) * self._introduction, dtype=np.float32)

    def mentions(self, text: str) -> list[Mention]:
        """Return the products the text may name, most likely first."""
        if not self._names or not text:
            return []
        tokens = dict.fromkeys(grams(text, 2))
        known = self._vocabulary.known(tokens)
        marks = np.zeros(len(self._vocabulary), np.float32)
        marks[known] = self._index.rarity[known]
        cosines = self._index.search(tokens)
        count = min(self.NAMES, len(cosines))
        rows = np.argpartition(-cosines, count - 1)[:count].astype(np.int32)
        cover = self._rows.overlap(rows, marks)[0] / self._totals[rows]
        best: dict[int, tuple[float, int, tuple[float, int, int]]] = {}
        for row, covered in zip(rows, cover, strict=True):
            place = self._place(text, int(row))
            worth = place[0] + float(covered) + 0.04 * (place[2] - place[1])
            owner = int(self._owners[row])
            if owner not in best or best[owner][0] < worth:
                best[owner] = (worth, int(row), place)
        chosen = sorted(best, key=lambda owner: -best[owner][0])[: self.PRODUCTS]
        return self._describe(text, tokens, marks, chosen, best, dict(zip(map(int, rows), map(float, cover), strict=True)))

    def _describe(
        self,
        text: str,
        tokens: Mapping[str, None],
        marks: Floats,
        chosen: Sequence[int],
        best: Mapping[int, tuple[float, int, tuple[float, int, int]]],
        cover: Mapping[int, float],
    ) -> list[Mention]:
        """Work out the features of the few products chosen."""
        unknown = [t for t in tokens if self._vocabulary.get(t) < 0 and t not in self._everyday]
        strange = self._index.unseen * len(unknown)
        plain = np.array([float(t not in self._everyday) for t in tokens if self._vocabulary.get(t) >= 0], np.float32)
        known = self._vocabulary.known(tokens)
        content = marks.copy()
        content[known] *= plain
        owned, explained = self._owned.overlap(np.array(chosen, np.int32), marks, content)
        whole, real = float(marks.sum()) + strange + 1e-6, float(content.sum()) + strange + 1e-6
        numbers = frozenset(_NUMBER.findall(text))
        found = []
        for place_in_list, owner in enumerate(chosen):
            _, row, (sure, start, end) = best[owner]
            features = {
                "partial": sure,
                "exact": float(text[start:end] == self._names[row]),
                "span": min(end - start, 10) / 10,
                "cover": cover[row],
                "owned": float(owned[place_in_list]) / whole,
                "explained": float(explained[place_in_list]) / real,
                "strange": (real - float(explained[place_in_list])) / whole,
                "sound": fuzz.partial_ratio(self._sounds[row], sounds(text)) / 100,
                "number": float(bool(numbers & self._numbers[owner])),
                "number_off": float(bool(numbers - self._numbers[owner])),
                "whole": fuzz.ratio(self._names[row], text) / 100,
            }
            found.append(Mention(owner, features, start, end))
        return found

    def _place(self, text: str, row: int) -> tuple[float, int, int]:
        """Return how well a name fits somewhere in the text (0 to 1) and where."""
        name = self._names[row]
        at = text.find(name)
        if at >= 0:
            return 1.0, at, at + len(name)
        if len(name) > len(text):
            return fuzz.partial_ratio(name, text) / 100 * len(text) / len(name), 0, len(text)
        found = fuzz.partial_ratio_alignment(name, text)
        return (found.score / 100, found.dest_start, found.dest_end) if found else (0.0, 0, 0)


def aspect_features(text: str) -> list[str]:
    """Return what the aspect model sees: the characters, their canonical form, and the kinds of question.

    "Apply for" is left out beside a word that says more: "I want to cancel it, how do I apply" asks about cancelling.
    """
    bits = kinds(text)
    if _STRONGER.search(text):
        text = _APPLY.sub("", text)
    marked = f"^{text}$"
    like = canonical(text)
    return grams(marked, 3) + ["=" + gram for gram in grams(like, 3)] + [f"?{b}" for b in range(20) if bits >> b & 1]


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


def _both_ask(left: str, right: str) -> bool:
    """Tell two askings from a wish followed by its question: "I want to cancel it, how do I apply" is one."""
    parted = right.startswith(" ") or left.endswith(" ")
    if not parted and not asks(right) and not _SAYS_MORE.search(right):
        return False
    if asks(left.replace(" ", "")):
        return True
    return parted and not _SAME_WISH.fullmatch(right.strip()) and not left.rstrip().endswith("的")


def _names(product: Product) -> list[str]:
    tiers = [f"{value}的" for value in product.tier.values() if _NUMBER.search(value)]
    prices = [found.group(1) for value in product.tier.values() if (found := _PRICE.fullmatch(value))]
    tiers += [f"{price}{ending}" for price in prices for ending in ("的", "那档", "那个")]
    names = [normalise(name).replace(" ", "") for name in (product.name, *product.aliases, *tiers)]
    return [name for name in dict.fromkeys(names) if name]


def _numbers_of(product: Product) -> frozenset[str]:
    texts = (product.name, *product.aliases, *product.tier.values())
    return frozenset(number for text in texts for number in _NUMBER.findall(normalise(text)))
