"""Find ID card and bank card numbers in rows of digits, whatever stands between the digits and around them.

A run is a row of digits with at most a few blanks, marks or invisible characters between two of them: full-width and
Chinese digits count (一一零一…), and letters that look like digits. Words that tell the rest of a number join it. What
a run holds is looked for in windows of 15 to 19 digits, since a number is also glued to a phone number or to
letters. One pass over the text; each window costs the same whatever its length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

Secret = tuple[int, int, bool]
"""First digit and the one behind the last within the run, and whether it is a bank card's (of which four stay)."""

FEWEST = 15
_LONGEST_ROW = 400
"""A longer row is no number anybody needs: it is hidden whole, without a look at each of its windows."""

_BETWEEN = 3
"""So many visible characters may stand between two digits of one number."""

_CHINESE = dict(zip("零〇一二三四五六七八九幺", "001234567891", strict=True))
_BREAKS = frozenset(":：;；、()（）。!！?？+=~～%￥¥$")
"""What stands between two numbers, not within one."""

_LOOSE = frozenset(" -\u3000\xa0\t")
_MANY_DIGITS = re.compile(
    r"(?:[\d零〇一二三四五六七八九幺][^\d零〇一二三四五六七八九幺]{0,9}+){14}[\d零〇一二三四五六七八九幺]"
)
_LOOK_LIKE = str.maketrans("OoIl|", "00111")
_LETTERS_IN_ROW = re.compile(r"(?<![0-9A-Za-z|])(?=[OoIl|]*+[0-9])[0-9OoIl|]++(?=[Xx]?(?![0-9A-Za-z]))")
"""A row of digits in which letters stand for those they look like: 6222O2O2, ooo1."""

_NEXT_PART = re.compile(
    r"(?<=\d)[^\d]{0,6}(?:[后後下]半|另外?[一那]?半|另外|剩下?|余下|其余|[后後][面头頭]|接着|接下来|然[后後])[^\d]{0,4}(?:\d{1,2}位)?[^\d]{0,4}(?=\d)"
)
"""What says that the rest of a number follows: 前半截6228480038 后半截567891239."""

_NO_WIDTH = "\u200b"
_SIM_CARD = "8986"
"""What the serial number of a SIM card (ICCID) of ours begins with; no bank's card does."""

_ORDER = re.compile(
    r"(?:订单|單號|单号|流水|运单|快递|工单|编号|合同|设备|序列|交易号|串号|受理|发票|税号|座机|固话|sim卡|IMEI|ICCID|TS|SN"
    r"|(?:宽带|电视|固话|上网)的?[账帐][号户])[^\d]{0,5}$",
    re.IGNORECASE,
)
_BANK = re.compile(
    r"卡号|[行蓄用]卡|[账帐]号|[账帐]户|[工建农中招交邮商浦兴]行|邮储|农信|开户|转[账帐到给]|打到|退到|打款|汇到|card",
    re.I,
)
_IDENTITY = re.compile(r"身[份分]|证件|[证證]号|户口|sfz|shenfenzheng|\bid\b", re.IGNORECASE)
_BEFORE, _BEHIND = 14, 8
"""Characters around a run that tell what it is."""

_PROVINCES = frozenset(map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55)))) | {
    *map(str, (*range(61, 66), 71, 81, 82, 83, 91))
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_MAY_BEGIN = re.compile(r"(?=62|9558|.{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_CARDS = range(19, 15, -1)
_FIRST_OF_CARDS = "34569"
_UNION = ("62", "9558")
"""First digits of our banks' cards; with them a card is one whether its check digit is right or not."""

_CENTURIES = ("19", "20")
_OLDEST, _YOUNGEST_UNCHECKED = 1900, 2019
"""Years of birth; a later year without the right check character is rather the day of an order."""


def is_id_card(number: str) -> bool:
    """Tell whether 18 characters are an ID card's number: a day of birth and the right check character (GB 11643)."""
    if not (len(number) == 18 and number[:17].isdigit() and _is_day(number[10:14])):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return number[0] != "0" and number[6:8] in _CENTURIES and _CHECK[total % 11] == number[-1]


def is_bank_card(number: str) -> bool:
    """Tell whether digits are a bank card's number: as long as one, and the Luhn sum is right."""
    run = Run(number, list(range(len(number))), [], "", "")
    return number.isdigit() and len(number) in _CARDS and number[0] in _FIRST_OF_CARDS and run.luhn(0, len(number))


def runs(text: str) -> Iterator[Run]:
    """Yield the rows of at least `FEWEST` digits."""
    read = _NEXT_PART.sub(lambda found: _NO_WIDTH * len(found[0]), _LETTERS_IN_ROW.sub(_as_digits, text))
    if not _MANY_DIGITS.search(read.replace(_NO_WIDTH, "")):
        return
    places: list[int] = []
    digits: list[str] = []
    gaps: list[str] = []
    gap = ""
    for place, char in enumerate(read + "\0"):
        digit = _digit(char)
        if digit or (char in "xXｘＸ叉" and digits and digits[-1] != "X"):
            places.append(place)
            digits.append(digit or "X")
            gaps.append(gap)
            gap = ""
        elif _joins(char) and len(gap) < _BETWEEN:
            gap += "" if unicodedata.category(char) == "Cf" else char
        else:
            if len(digits) >= FEWEST:
                before, behind = text[max(0, places[0] - _BEFORE) : places[0]], text[places[-1] + 1 :][:_BEHIND]
                yield Run("".join(digits), places, gaps, before, behind)
            places, digits, gaps, gap = [], [], [], ""


def _as_digits(found: re.Match[str]) -> str:
    return found[0].translate(_LOOK_LIKE)


def _digit(char: str) -> str:
    if char in _CHINESE:
        return _CHINESE[char]
    value = unicodedata.digit(char, None)
    return "" if value is None else str(value)


def _joins(char: str) -> bool:
    return char not in _BREAKS and unicodedata.category(char)[0] not in "LN" and char != "\0"


@dataclass
class Run:
    """A row of digits: each one's place in the text and what stands before it, and the words around the row."""

    digits: str
    places: list[int]
    gaps: list[str]
    before: str
    behind: str

    @cached_property
    def sums(self) -> tuple[list[int], list[int]]:
        """Return the Luhn sums up to each digit: with the even places doubled, and with the odd ones."""
        once = [0 if char == "X" else int(char) for char in self.digits]
        twice = [2 * value - 9 * (value > 4) for value in once]
        even = [one if place % 2 else two for place, (one, two) in enumerate(zip(once, twice, strict=True))]
        odd = [two if place % 2 else one for place, (one, two) in enumerate(zip(once, twice, strict=True))]
        return [0, *accumulate(even)], [0, *accumulate(odd)]

    def luhn(self, start: int, stop: int) -> bool:
        """Tell whether the check digit of a card is right: every second digit from the right is doubled."""
        sums = self.sums[stop % 2]
        return (sums[stop] - sums[start]) % 10 == 0

    @cached_property
    def pieces(self) -> list[int]:
        """Return the number of the piece each digit is in."""
        return list(accumulate(int(bool(gap)) for gap in self.gaps))

    @cached_property
    def marks(self) -> list[int]:
        """Return how many gaps up to each digit hold something else than blanks and hyphens."""
        return list(accumulate(int(not set(gap) <= _LOOSE) for gap in self.gaps))

    def secrets(self) -> Iterator[Secret]:
        """Yield the numbers to be hidden, from the left, none within another."""
        if len(self.digits) > _LONGEST_ROW:
            yield 0, len(self.digits), False
            return
        about = self.before + " " + self.behind
        ordered = self.digits.startswith(_SIM_CARD) or _ORDER.search(self.before) is not None
        bank = not ordered and _BANK.search(about) is not None
        identity = _IDENTITY.search(about) is not None
        end = 0
        for place in self._candidates():
            if place < end or place > len(self.digits) - FEWEST:
                continue
            stop = self._id_card(place, identity, ordered)
            card = 0 if stop or ordered else self._bank_card(place, bank)
            if stop or card:
                yield place, stop or card, not stop
            end = stop or card

    def _candidates(self) -> list[int]:
        """Return where a number may begin: with a piece, or as our banks' cards and ID numbers do."""
        pieces = [place for place, gap in enumerate(self.gaps) if gap]
        return sorted({0, *pieces, *(found.start() for found in _MAY_BEGIN.finditer(self.digits))})

    def _begins(self, place: int) -> bool:
        return place in (0, len(self.digits)) or bool(self.gaps[place])

    def _aligned(self, start: int, stop: int) -> bool:
        """Tell whether a window begins and ends where something else than a digit stands."""
        return self._begins(start) and (self._begins(stop) or self.digits[stop] == "X")

    def _one_piece(self, start: int, stop: int) -> bool:
        return self.pieces[start] == self.pieces[stop - 1]

    def _id_card(self, start: int, named: bool, ordered: bool) -> int:
        """Return where an ID number that begins here ends; 0 when none does."""
        stop = start + 18
        number = self.digits[start:stop]
        if number[6:8] in _CENTURIES and len(number) == 18 and "X" not in number[:17]:
            if is_id_card(number):
                return stop
            whole = self._aligned(start, stop) or self._one_piece(start, stop)
            if not ordered and whole and _looks_like_id(number):
                return stop
        if ordered or not self._begins(start):
            return 0
        for length in (18, 17, 16, 15) if named else (15,):
            number = self.digits[start : start + length]
            like = (named and number[:2] in _PROVINCES) or (length == FEWEST and _looks_like_old_id(number))
            if like and len(number) == length and self._aligned(start, start + length):
                return start + length
        return 0

    def _bank_card(self, start: int, named: bool) -> int:
        """Return where a bank card's number that begins here ends; 0 when none does."""
        piece = self._begins(start) and self._one_piece(start, min(start + 4, len(self.digits)))
        may_be = piece and (named or self.digits[start] in _FIRST_OF_CARDS)
        if not (may_be or self.digits.startswith(_UNION, start)):
            return 0
        for length in _CARDS:
            stop = start + length
            if stop <= len(self.digits) and "X" not in self.digits[start:stop] and self._is_card(start, stop, named):
                return stop
        return 0

    def _is_card(self, start: int, stop: int, named: bool) -> bool:
        union, right = self.digits.startswith(_UNION, start), self.luhn(start, stop)
        if not (union or right or named):
            return False
        if not self._aligned(start, stop):
            return union and right and (self._one_piece(start, stop) or self._begins(start))
        if self._one_piece(start, stop):
            return union or named or (right and self.digits[start] in _FIRST_OF_CARDS)
        fours = self.pieces[stop - 1] - self.pieces[start] == (stop - start - 1) // 4 and all(
            map(self._begins, range(start + 4, stop, 4))
        )
        if union:
            return right or fours or named
        loose = self.marks[stop - 1] == self.marks[start]
        return fours and loose and (named or (right and self.digits[start] in "3456"))


def _is_day(number: str) -> bool:
    """Tell whether four digits are a month and a day."""
    month, day = int(number[:2]), int(number[2:])
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def _looks_like_id(number: str) -> bool:
    """Tell whether 18 characters have an ID number's province and day of birth; one wrong digit does not save it."""
    year = number[6:10]
    return number[:2] in _PROVINCES and _OLDEST <= int(year) <= _YOUNGEST_UNCHECKED and _is_day(number[10:14])


def _looks_like_old_id(number: str) -> bool:
    """Tell whether 15 digits are an ID number as given out until 1999."""
    return number.isdigit() and number[:2] in _PROVINCES and _is_day(number[8:12])
