"""The products as a table: what sets their tiers apart, as numbers with units where there are any."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.knowledge.pack import Product
from bot.understanding.normalisation import normalise

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(万元|万|元|公里|座|tb?|g|m|分钟|小时|条|次|天|日|周|个?月|年|期|%)?")
_SCALE = {"tb": ("g", 1024.0), "t": ("g", 1024.0), "小时": ("分钟", 60.0)} | dict.fromkeys(
    ("万", "万元"), ("元", 10_000.0)
)
_SPANS = {"日": 1, "天": 1, "周": 7, "星期": 7, "月": 30, "个月": 30, "季": 90, "半年": 182, "年": 365}
_FREE = "免费"
_LONGEST_NAME = 16
INTRODUCTION = "介绍"


class Value(NamedTuple):
    """What a tier says of an attribute: as written, and as a number with a unit when it is one."""

    text: str
    number: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Row:
    """One product; `place` is where it stands in the pack, `item` what is answered when it is picked."""

    place: int
    id: str
    name: str
    family: str
    item: str
    values: Mapping[str, Value]

    def number(self, attribute: str) -> float | None:
        """Return the attribute's number, None when the tier does not give one."""
        value = self.values.get(attribute)
        return value.number if value else None


class Table:
    """All products of a pack; never changes."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.rows = tuple(_row(place, product) for place, product in enumerate(products))
        self.by_id = {row.id: row for row in self.rows}
        self.aspects = {product.id: product.aspects for product in products}
        self.units = _units(self.rows)
        self._names = _names(products)
        self._words = _words_of_tiers(self.rows)
        self._labels = [
            _plain(f"{product.name} {product.family or ''} {product.category or ''}") for product in products
        ]
        self._all = "\n".join(self._labels)
        self._classes = _classes({row.family for row in self.rows})
        kin = self.families(self.rows).items()
        self._families = {_plain(name): tuple(rows) for name, rows in kin if len(rows) > 1 and len(_plain(name)) > 1}

    def attribute_of(self, unit: str) -> str | None:
        """Return the attribute measured in a unit, the commonest one."""
        return self.units.get(unit)

    def named(self, text: str) -> list[tuple[int, int, tuple[Row, ...]]]:
        """Return where products are named, by a name, an alias or a tier's word: (start, end, rows), longest first."""
        found, at = [], 0
        while at < len(text):
            for end in range(min(len(text), at + _LONGEST_NAME), at + 1, -1):
                if places := self._names.get(text[at:end]) or self._words.get(text[at:end]):
                    found.append((at, end, tuple(self.rows[place] for place in places)))
                    at = end - 1
                    break
            at += 1
        return found

    def noun(self, text: str) -> str:
        """Return the longest part of the text that names or families have and no number begins, empty if none."""
        best = ""
        for at in range(len(text)):
            if text[at].isdigit():
                continue
            for end in range(at + max(2, len(best) + 1), len(text) + 1):
                if text[at:end] not in self._all:
                    break
                best = text[at:end]
        return best

    def without_noun(self, text: str) -> str:
        """Return the text without the products and sorts of product it names."""
        for start, end, _ in reversed(self.named(text)):
            text = text[:start] + text[end:]
        noun = self.noun(text)
        return text.replace(noun, "") if noun else text

    def called(self, noun: str) -> tuple[Row, ...]:
        """Return the products whose name, family or category has the noun."""
        return tuple(row for row, label in zip(self.rows, self._labels, strict=True) if noun in label)

    def like(self, row: Row) -> tuple[Row, ...]:
        """Return the products of the same sort: those whose families end alike (套餐), or the family alone."""
        noun = self._classes.get(row.family, row.family)
        return tuple(other for other in self.rows if self._classes.get(other.family, other.family) == noun)

    def sorts(self, attribute: str) -> list[str]:
        """Return the sorts of product that have an attribute, the one with most tiers first."""
        with_it = (row for row in self.rows if row.number(attribute) is not None)
        return [sort for sort, _ in Counter(self._classes.get(row.family, row.family) for row in with_it).most_common()]

    def called_just(self, name: str) -> bool:
        """Tell whether a name is some product's own."""
        return name in self._names

    def with_word(self, word: str) -> tuple[Row, ...]:
        """Return the products one of whose tier's words is this one."""
        return tuple(self.rows[place] for place in self._words.get(word, ()))

    def family(self, text: str) -> tuple[str, tuple[Row, ...]]:
        """Return the longest family of several products whose name is in the text, and those products."""
        name = max((name for name in self._families if name in text), key=len, default="")
        return name, self._families.get(name, ())

    def families(self, rows: Iterable[Row]) -> dict[str, list[Row]]:
        """Return the rows by family."""
        found: dict[str, list[Row]] = {}
        for row in rows:
            found.setdefault(row.family, []).append(row)
        return found


def amount(text: str) -> tuple[float, str] | None:
    """Return the number and unit a normalised text is, None when it is something else."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    unit, scale = _SCALE.get(found[2] or "", (found[2] or "", 1.0))
    return float(found[1]) * scale, unit


def measured(text: str) -> tuple[float, str] | None:
    """Return the number and unit a normalised text is, a span of time in days (半年期, 3年)."""
    days = span(text.removesuffix("期"))
    return (days, "天") if days is not None else amount(text)


def span(text: str) -> float | None:
    """Return the days of a span of time (半年, 周, 15天), None when it is none."""
    if text in _SPANS:
        return float(_SPANS[text])
    found = amount(text)
    return found[0] * _SPANS[found[1]] if found and found[1] in _SPANS else None


def value(text: str) -> Value:
    """Read what a tier says once: 59元 -> 59 元, 免费 -> 0 元, 半年 -> 182 天, 腾讯视频 -> a word."""
    plain = _plain(text)
    if plain == _FREE:
        return Value(text, 0.0, "元")
    found = measured(plain)
    return Value(text, *found) if found else Value(text, None, "")


def _row(place: int, product: Product) -> Row:
    aspect = INTRODUCTION if INTRODUCTION in product.aspects else next(iter(product.aspects))
    values = {name: value(text) for name, text in product.tier.items()}
    item = f"product:{product.id}:{aspect}"
    return Row(place, product.id, product.name, product.family or product.name, item, values)


def _units(rows: Iterable[Row]) -> dict[str, str]:
    """Return unit -> the attribute most often given in it."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        for name, each in row.values.items():
            if each.unit:
                counts.setdefault(each.unit, Counter())[name] += 1
    return {unit: names.most_common(1)[0][0] for unit, names in counts.items()}


def _names(products: Sequence[Product]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for place, product in enumerate(products):
        for name in dict.fromkeys(map(_plain, (product.name, *product.aliases))):
            if 1 < len(name) <= _LONGEST_NAME:
                found.setdefault(name, []).append(place)
    return {name: tuple(places) for name, places in found.items()}


def _words_of_tiers(rows: Iterable[Row]) -> dict[str, tuple[int, ...]]:
    """Return a tier's value -> the places of the products that have it."""
    found: dict[str, list[int]] = {}
    for row in rows:
        for each in row.values.values():
            found.setdefault(_plain(each.text), []).append(row.place)
    return {word: tuple(places) for word, places in found.items() if len(word) > 1}


def _classes(families: Iterable[str]) -> dict[str, str]:
    """Return family -> the ending it shares with another family (银龄套餐 -> 套餐); others are left out."""
    names = sorted(families)
    found: dict[str, str] = {}
    for name in names:
        for size in (4, 3, 2):
            ending = name[-size:]
            if size <= len(name) and sum(other.endswith(ending) for other in names) > 1:
                found[name] = ending
                break
    return found


def _plain(text: str) -> str:
    return normalise(text).replace(" ", "")
