"""Mask what people send by mistake: ID cards (with their checksum), bank cards (Luhn), passwords."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

HIDDEN = "******"
"""In the place of an ID card's number or a password."""

_CANDIDATE = re.compile(r"(?<![\dA-Za-z])\d(?:[ \-]?\d){13,18}(?:[ \-]?[\dXxＸｘ])?(?![\dA-Za-z])")
_PASSWORD = re.compile(
    r"((?:密码|口令|校验码|验证码)\s*(?:就?是|为|叫|[:：=])?\s*)(?=[A-Za-z]*\d)([0-9A-Za-z!@#$%^&*._-]{4,20})(?![0-9A-Za-z个位])"
)
_NAMED = r"(?:我?的?(?:身份证|银行卡|储蓄卡|信用卡)?(?:号码|卡号|证号|号|密码)?(?:是|为|[:：])?\s*)"
_MASKED = re.compile(r"\*{6}|\*{4} ?\d{4}")
_FEW = re.compile(r"\d(?:[ \-]?\d){13}|密码|口令|校验码|验证码")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_SHORTEST_CARD, _LONGEST_CARD = 16, 19
_FIRST_DIGITS_OF_CARDS = "3456"


def mask(text: str) -> str:
    """Return the text with ID card numbers and passwords hidden and of bank cards only the last four digits left."""
    if not _FEW.search(text):
        return text
    text = _CANDIDATE.sub(lambda hit: _number(hit.group()), text)
    return _PASSWORD.sub(lambda hit: hit[1] + HIDDEN, text)


def masked(text: str) -> bool:
    """Tell whether something in the text was hidden."""
    return "*" in text and _MASKED.search(text) is not None


def without_masked(text: str) -> str:
    """Return the text without what was hidden and the words that name it, unless nothing else is in it."""
    if not masked(text) or only_masked(text):
        return text
    return re.sub(f"{_NAMED}(?:{_MASKED.pattern})", " ", text)


def only_masked(text: str) -> bool:
    """Tell whether nothing but what was hidden is in the text, perhaps with its name."""
    rest = _MASKED.sub("", text)
    return len(re.sub(r"身份证|银行卡|卡号|号码?|密码|我的?|是|给你|[^0-9A-Za-z一-鿿]", "", rest)) <= 1


def is_id_card(number: str) -> bool:
    """Tell whether 18 characters are an ID card's number: a day of birth and the right check character (GB 11643)."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == number[-1]


def is_bank_card(number: str) -> bool:
    """Tell whether digits are a bank card's number: as long as one, and the Luhn sum is right."""
    if not (number.isdigit() and _SHORTEST_CARD <= len(number) <= _LONGEST_CARD):
        return False
    if number[0] not in _FIRST_DIGITS_OF_CARDS:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _number(found: str) -> str:
    digits = re.sub(r"[ \-]", "", unicodedata.normalize("NFKC", found)).upper()
    if is_id_card(digits):
        return HIDDEN
    if is_bank_card(digits):
        return f"****{digits[-4:]}"
    return found
