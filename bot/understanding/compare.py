"""Answer comparisons and conditions from the product table: "59和79的有什么区别", "100元以下有哪些套餐", "流量多点的".

A message is taken only when nearly all of it is explained: products, numbers with a condition, an attribute, a sort of
product, and words of asking. What is left over must be next to nothing, or the message is about something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.knowledge.content import Context
from bot.knowledge.pack import Attribute, Knowledge
from bot.understanding.listing import VAGUE, Teller
from bot.understanding.outcome import Listing
from bot.understanding.table import Row, Table, amount, measured
from bot.understanding.words import named_patterns

_WORDS = named_patterns("compare")
_UNIT = r"(?:万元|万|元|公里|座|tb?|g|m|分钟|小时|条|次|天|周|个月|年|期)"
_DIGITS = r"(?<!\d)\d++(?:\.\d++)?"
_AMOUNT = rf"{_DIGITS}{_UNIT}?"
_LIMIT = rf"(?:半年|{_AMOUNT})期?"
_NUMBER = re.compile(_AMOUNT)
_RANGE = re.compile(rf"(?P<low>{_AMOUNT})(?:到|至| )(?P<high>{_AMOUNT})(?:之间|的|左右)?")


def _limit(sign: str) -> re.Pattern[str]:
    """Match a number with the words of a limit before or behind it."""
    before, after = _WORDS[f"before_{sign}"].pattern, _WORDS[sign].pattern
    return re.compile(rf"(?:{before})(?P<a>{_LIMIT})|(?P<b>{_LIMIT})(?:钱|的)?(?:{after})(?!存)")


_JUST = re.compile(
    rf"(?P<a>(?:半年|{_DIGITS}(?:万元?|元|公里|座|天|周|个月|年))期?)版?的?"
    rf"(?=.{{0,8}}(?:{_WORDS['which'].pattern}))"
)
"""What is asked for has just this number: 半年期的理财有哪些."""

_LIMITS = {sign: _limit(sign) for sign in ("below", "above", "about")} | {"just": _JUST}

_MORE, _LESS, _BIT = _WORDS["more"].pattern, _WORDS["less"].pattern, _WORDS["bit"].pattern
_WISH = rf"(?:{_MORE}|{_LESS})"
_GATE = re.compile(
    "|".join(_WORDS[name].pattern for name in ("compare", "below", "above", "about", "most"))
    + rf"|{_WORDS['before_below'].pattern}|{_WORDS['before_above'].pattern}|{_WORDS['before_about'].pattern}"
    + rf"|{_JUST.pattern}"
    + rf"|\d(?:到|至| )\d|更{_WISH}|{_WISH}(?:{_BIT}|的)|^[^比]*+比.+{_WISH}|\d\D{{0,4}}(?:{_WORDS['and'].pattern})\d"
)
_THAN = re.compile(
    rf"比(?=.{{1,20}}?{_WISH})(?P<ref>.{{1,12}}?)(?P<rest>[^\d]{{0,4}}?(?:更|还|要|再)?{_WISH}(?:{_BIT})?)"
)
_PAIR = re.compile(rf"\d\D{{0,4}}(?:{_WORDS['and'].pattern})\d")
_SHOWN_UNITS = {"g": "GB", "m": "M"}
_WISHED = re.compile(rf"(?P<most>最)(?P<w1>{_WISH})|更(?P<w2>{_WISH})(?:{_BIT})?|(?P<w3>{_WISH})(?:{_BIT}|(?=的|$))")
_ASKING = re.compile(f"(?:{_WORDS['ask'].pattern}|{_WORDS['filler'].pattern}|[的，、])*+")
_BARE = re.compile(
    r"^(?:那|有|要|我要|就|我想要|想要)?(?P<word>.{2,10}?)(?:的|那个|这个|那款|那种|那档)+(?:呢|吧|有吗|有没有|吗)?"
)
ABOUT = 0.25
"""How far from a number "about" reaches, and how far the nearest tier may be from one that does not exist."""

NEAR = 0.15
WITHIN = {"just": 0.05}
"""How far from a number just that number reaches: half a year and 180 days are the same."""

LEFT_OVER = 1
"""Characters that may stay unexplained."""

LONGEST = 40


@dataclass(slots=True)
class _Asked:
    """What a message asks of the table; `rest` is what is not explained yet."""

    rest: str
    low: float = 0.0
    high: float = float("inf")
    middle: float | None = None
    within: float = 0.0
    limits: str | None = None  # the attribute that is limited
    attribute: str | None = None  # the attribute that is compared
    what: list[str] = field(default_factory=list)
    wish: str = ""  # "more" or "less"
    most: bool = False

    @property
    def limited(self) -> bool:
        """Tell whether a number limits what fits."""
        return self.low > 0 or self.high < float("inf") or self.middle is not None

    def take(self, found: re.Match[str]) -> None:
        """Count a match as explained."""
        self.rest = self.rest[: found.start()] + "，" + self.rest[found.end() :]


class Comparer:
    """Reads what is asked of a pack's table; how it is told is `Teller`'s."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.table = Table(knowledge.products)
        known = {each.name: each for each in knowledge.attributes}
        names = dict.fromkeys(name for row in self.table.rows for name in row.values)
        measured = [name for name in names if any(row.number(name) is not None for row in self.table.rows)]
        self._attributes = [known.get(name, Attribute(name, (name,))) for name in measured]
        self._aspects = frozenset(aspect for product in knowledge.products for aspect in product.aspects)
        self._teller = Teller(knowledge.texts, self.table)

    def answer(self, plain: str, context: Context, live: Callable[[str], bool], skip: int = 0) -> Listing | None:
        """Return what the table says to a normalised message, from the row `skip` on; None when it asks nothing of it.

        `live` tells whether an item is valid today.
        """
        if not self.concerns(plain):
            return None
        bare = plain.replace(" ", "")
        if not _GATE.search(plain):
            return self._bare(bare, context, live) or self._family(bare, live)
        beside = _WORDS["compare"].search(bare) or _PAIR.search(bare)
        found = self._compared(bare, context, live) if beside else None
        return found or self._conditions(plain, context, live, skip)

    def concerns(self, plain: str) -> bool:
        """Tell whether a normalised message may ask something of the table; what else it needs is told by `answer`."""
        if len(plain) > LONGEST or not self.table.rows:
            return False
        bare = plain.replace(" ", "")
        if _GATE.search(plain):
            return _WORDS["stop"].search(bare) is None
        return _bare_word(bare) is not None or bool(self.table.family(bare)[0])

    # -- this one beside that one -----------------------------------------------------------------------------------

    def _compared(self, bare: str, context: Context, live: Callable[[str], bool]) -> Listing | None:
        """Compare the products, tiers or numbers named; with one of them, the product spoken of last."""
        asked = _Asked(bare)
        groups = self._groups(asked)
        last = self._last(context)
        if len(groups) == 1 and last is not None and last not in groups[0][1]:
            groups.insert(0, ("", (last,)))
        if not 2 <= len(groups) <= 4:
            return None
        aspect = next((name for name in sorted(self._aspects, key=len, reverse=True) if name in asked.rest), "")
        asked.rest = asked.rest.replace(aspect, "，") if aspect else asked.rest
        worth = re.search("划算|合算|值|便宜|实惠", bare) is not None
        attribute = self._attribute(asked)
        for name in ("compare", "and"):
            asked.rest = _WORDS[name].sub("，", asked.rest)
        noun = self._noun(asked)
        if self._left(asked) > LEFT_OVER:
            return None
        rows, missing = self._agree(groups, self._pool(noun, None, live))
        if len(rows) < 2 or not all(row.values for row in rows):
            return None
        topic = attribute.name if attribute else aspect
        return self._teller.compared(rows[:4], missing, topic, worth=worth)

    def _groups(self, asked: _Asked) -> list[tuple[str, tuple[Row, ...]]]:
        """Return what is named, in order: the words and the rows they may mean, none for a number no tier has."""
        groups = []
        text = asked.rest
        for start, end, rows in reversed(self.table.named(text)):
            groups.append((start, text[start:end], rows))
            text = text[:start] + "，" * (end - start) + text[end:]
        for found in _NUMBER.finditer(text):
            groups.append((found.start(), found.group(), ()))
        asked.rest = _NUMBER.sub(lambda hit: "，" * len(hit.group()), text)
        return [(words, rows) for _, words, rows in sorted(groups, key=lambda group: group[0])]

    def _agree(
        self, groups: Sequence[tuple[str, tuple[Row, ...]]], pool: tuple[Row, ...]
    ) -> tuple[list[Row], list[str]]:
        """Return one row a group, of one family where there are several, and the numbers no tier has."""
        known = {row.place for row in pool}
        chosen = [[row for row in rows or self.of_number(words) if row.place in known] for words, rows in groups]
        families = self.table.families(row for rows in chosen for row in rows)
        if any(not rows for rows in chosen) and not all(_NUMBER.fullmatch(words) for words, _ in groups):
            return [], []
        if any(not rows for rows in chosen):
            return self._nearest([words for words, _ in groups], pool)
        best = max(families, key=lambda family: sum(any(row.family == family for row in rows) for rows in chosen))
        picked: list[Row] = []
        for rows in chosen:
            own = [row for row in rows if row.family == best] or rows[:1]
            picked += [row for row in own if row not in picked]
        return picked, []

    def of_number(self, words: str) -> tuple[Row, ...]:
        """Return the rows one of whose tier's numbers this is: the price first when it has no unit."""
        found = amount(words)
        if found is None:
            return ()
        number, unit = found
        attribute = self.table.attribute_of(unit or "元")
        rows = tuple(row for row in self.table.rows if attribute and row.number(attribute) == number)
        if rows or unit:
            return rows
        return tuple(row for row in self.table.rows if any(each.number == number for each in row.values.values()))

    def _nearest(self, words: Sequence[str], pool: Iterable[Row]) -> tuple[list[Row], list[str]]:
        """Return the tiers of one family nearest to numbers, when all are near enough, and the numbers none has."""
        price = self.table.attribute_of("元")
        numbers = [found[0] for each in words if (found := amount(each)) and found[1] in ("", "元") and found[0]]
        if price is None or len(numbers) < len(words):
            return [], []
        best: tuple[float, list[Row]] = (float("inf"), [])
        for rows in self.table.families(row for row in pool if row.number(price)).values():
            near = [min(rows, key=lambda row: abs((row.number(price) or 0) - number)) for number in numbers]
            off = [abs((row.number(price) or 0) - number) / number for row, number in zip(near, numbers, strict=True)]
            if max(off) <= NEAR and len({row.id for row in near}) == len(near):
                best = min(best, (sum(off), near), key=lambda pair: pair[0])
        have = {row.number(price) for row in best[1]}
        return best[1], [each for each, number in zip(words, numbers, strict=True) if number not in have]

    # -- those that fit ---------------------------------------------------------------------------------------------

    def no_more(self, last: str) -> Listing:
        """Say that a list has come to its end."""
        return self._teller.no_more(last)

    def _conditions(self, plain: str, context: Context, live: Callable[[str], bool], skip: int) -> Listing | None:
        """List the products that fit the limits, or have most or more of something."""
        asked = _Asked(plain)
        than = self._than(asked, live)
        self._limits(asked)
        asked.rest = asked.rest.replace(" ", "")
        self._wish(asked)
        if not asked.limited and not asked.wish:
            return None
        asking = _WORDS["ask"].search(asked.rest) is not None or asked.rest.rstrip("呢吗吧").endswith("的")
        attribute = self._attribute(asked)
        noun = self._noun(asked)
        last = than or self._last(context)
        if self._left(asked) > LEFT_OVER or not (asking or noun or asked.most or last):
            return None
        topic = attribute.name if attribute else None
        if asked.limited and asked.limits is None:
            asked.limits = self.table.attribute_of("元") if asked.wish or topic is None else topic
        asked.attribute = asked.attribute or topic or (asked.limits if not asked.wish else None)
        if asked.attribute is None:
            return None
        if not noun and last is None and not self._may_be_any(asked):
            return self._teller.which(asked.attribute)
        needed = {asked.attribute, asked.limits or asked.attribute}
        pool = [row for row in self._pool(noun, last, live) if all(row.number(each) is not None for each in needed)]
        if not pool:
            return None if noun else self._teller.which(asked.attribute)
        return self._fitting(asked, pool, noun, last, skip)

    def _than(self, asked: _Asked, live: Callable[[str], bool]) -> Row | None:
        """Take "比59" out of "比59便宜的" and return the product it names."""
        found = _THAN.search(asked.rest)
        if found is None:
            return None
        part = _Asked(found["ref"])
        rows = [row for words, named in self._groups(part) for row in named or self.of_number(words)]
        rows = [row for row in rows if live(row.item)]
        if not rows or self._left(part) > 0:
            return None
        asked.rest = asked.rest[: found.start()] + found["rest"] + asked.rest[found.end() :]
        noun = self.table.noun(asked.rest)
        meant = self.table.called(noun) if noun else ()
        return max(rows, key=lambda row: (row in meant, len(self.table.like(row))))

    def _may_be_any(self, asked: _Asked) -> bool:
        """Tell whether the attribute says by itself what is meant: gigabytes do, a price does not."""
        return asked.attribute != self.table.attribute_of("元") or asked.limited

    def _fitting(self, asked: _Asked, pool: list[Row], noun: str, last: Row | None, skip: int) -> Listing | None:
        name, limits = asked.attribute or "", asked.limits or asked.attribute or ""
        rows = [row for row in pool if asked.low <= (row.number(limits) or 0.0) <= asked.high]
        if asked.middle is not None:
            far = asked.middle * asked.within
            rows = [row for row in rows if abs((row.number(limits) or 0.0) - asked.middle) <= far]
        if asked.wish and not asked.most and last is not None and last in pool:
            return self._beside(asked, rows, last, skip)
        if not rows:
            target = asked.middle if asked.middle is not None else min(asked.high, max(asked.low, 0.0))
            pool.sort(key=lambda row: abs((row.number(limits) or 0.0) - target))
            return self._teller.nothing(self._what(asked, noun), pool)
        rows.sort(key=lambda row: row.number(name) or 0.0, reverse=asked.wish == "more")
        if asked.most:
            return self._teller.most(rows, name, self._what(asked, noun), asked.wish)
        if asked.wish and not asked.limited:
            return self._teller.ordered(rows, name, noun, asked.wish, skip)
        return self._teller.fitting(self._what(asked, noun), rows, skip)

    def _beside(self, asked: _Asked, rows: list[Row], last: Row, skip: int) -> Listing:
        """List what has more (less) of it than the product spoken of last, the nearest first."""
        name = asked.attribute or ""
        own, more = last.number(name) or 0.0, asked.wish == "more"
        rows = [row for row in rows if ((row.number(name) or 0.0) > own) == more and row.number(name) != own]
        rows.sort(key=lambda row: abs((row.number(name) or 0.0) - own))
        return self._teller.beside(last, rows, name, asked.wish, skip)

    def _what(self, asked: _Asked, noun: str) -> str:
        return "".join(asked.what) + ("的" if asked.what and noun else "") + noun

    def _limits(self, asked: _Asked) -> None:
        """Take the numbers with their limits out of the text."""
        if (found := _RANGE.search(asked.rest)) and (high := amount(found["high"])):
            low = amount(found["low"])
            self._bound(asked, found, high[1] or (low[1] if low else ""))
            asked.low, asked.high = low[0] if low else 0.0, high[0]
        for sign, pattern in _LIMITS.items():
            if not (found := pattern.search(asked.rest)) or not (read := measured(next(filter(None, found.groups())))):
                continue
            self._bound(asked, found, read[1])
            if sign == "below":
                asked.high = read[0]
            elif sign == "above":
                asked.low = read[0]
            else:
                asked.middle, asked.within = read[0], WITHIN.get(sign, ABOUT)

    def _bound(self, asked: _Asked, found: re.Match[str], unit: str) -> None:
        words = re.sub(r"(?<=\d)[gm](?![a-z])", lambda hit: _SHOWN_UNITS[hit.group()], found.group())
        asked.what.append(words.replace(" ", "到").rstrip("的"))
        asked.limits = self.table.attribute_of(unit) if unit else asked.limits
        asked.take(found)

    def _wish(self, asked: _Asked) -> None:
        """Take 最便宜, 流量多点, 更快 out of the text."""
        found = _WISHED.search(asked.rest)
        if found is None:
            return
        word = found["w1"] or found["w2"] or found["w3"]
        asked.most = found["most"] is not None
        own = next((each for each in self._attributes if word in (*each.more, *each.less)), None)
        if own is not None:
            asked.attribute = own.name
        asked.wish = "less" if (word in own.less if own else re.fullmatch(_LESS, word)) else "more"
        asked.take(found)

    # -- bare words of a tier ---------------------------------------------------------------------------------------

    def _bare(self, bare: str, context: Context, live: Callable[[str], bool]) -> Listing | None:
        """List the tiers when a bare word ("10元那个", "视频的") fits several of the sort spoken of last."""
        word = _bare_word(bare)
        if word is None:
            return None
        last = self._last(context)
        pool = self._pool("", last, live)
        rows = [row for row in self.table.with_word(word) if row in pool]
        if len(rows) < 2 or (last is None and not _NUMBER.fullmatch(word)):
            return None
        return self._teller.fitting(word + "的", rows, 0)

    def _family(self, bare: str, live: Callable[[str], bool]) -> Listing | None:
        """List a family's products when nothing but the family is named, with words of asking at most."""
        name, rows = self.table.family(bare)
        if not name or self.table.called_just(name) or not all(_ASKING.fullmatch(part) for part in bare.split(name, 1)):
            return None
        listing = self._teller.fitting(name, [row for row in rows if live(row.item)], 0)
        return replace(listing, score=VAGUE) if listing else None

    # -- what both need ---------------------------------------------------------------------------------------------

    def _last(self, context: Context) -> Row | None:
        """Return the product spoken of last: answered, or the first of a list."""
        kind, _, rest = (context.last or "").partition(":")
        if kind == "product":
            return self.table.by_id.get(rest.partition(":")[0])
        if kind == "table":
            return self.table.by_id.get(rest.rpartition(":")[2].partition(",")[0])
        return None

    def _pool(self, noun: str, last: Row | None, live: Callable[[str], bool]) -> tuple[Row, ...]:
        rows = self.table.called(noun) if noun else self.table.like(last) if last else self.table.rows
        return tuple(row for row in rows if live(row.item))

    def _attribute(self, asked: _Asked) -> Attribute | None:
        """Take the attribute's name out of the text, unless it is part of a sort of product (流量包)."""
        for each in self._attributes:
            for word in sorted({each.name, *each.words}, key=len, reverse=True):
                at = asked.rest.find(word)
                if at >= 0 and len(self.table.noun(asked.rest[at : at + len(word) + 3])) <= len(word):
                    asked.rest = asked.rest[:at] + "，" + asked.rest[at + len(word) :]
                    return each
        return None

    def _noun(self, asked: _Asked) -> str:
        noun = self.table.noun(asked.rest)
        asked.rest = asked.rest.replace(noun, "，") if noun else asked.rest
        return noun

    def _left(self, asked: _Asked) -> int:
        """Return how many characters nothing explains."""
        rest = _WORDS["ask"].sub("，", asked.rest)
        return len(re.sub(r"[的，、\s]", "", _WORDS["filler"].sub("，", rest)))


def _bare_word(bare: str) -> str | None:
    """Return the word of a message that is nothing but a word for a tier: 10元 of 10元那个."""
    found = _BARE.fullmatch(bare) if len(bare) <= 14 else None
    return found["word"] if found else None
