"""Mask personal numbers people send by mistake: ID cards, bank cards, passwords and codes, however they are written.

In doubt more is hidden: a hidden order number costs a question, a kept ID number cannot be taken back. Phone numbers,
amounts, dates and numbers that are called an order's stay.
"""

from __future__ import annotations

import re

from .digits import runs

HIDDEN = "******"
"""In the place of an ID card's number or a password."""

_NAMED = r"(?:我?的?(?:身份证|银行卡|储蓄卡|信用卡)?(?:号码|卡号|证号|号|密码)?(?:是|为|[:：])?\s{0,3})"
_MASKED = re.compile(r"\*{6}|\*{4} ?\d{4}")
_NAMES = r"密[码碼]|口令|(?:校验|验证|驗證|动态)[码碼]|(?<![a-z])(?:pwd|password|passwd|passcode|mima)(?![a-z])"
_CALLED = re.compile(_NAMES, re.IGNORECASE)
_CHARS = r"[0-9A-Za-z!@#$%^&*._\-０-９]"
_THING = (
    r"(?!(?:wi-?fi|wlan|iphone|ipad|android)(?![0-9a-z]))"  # the thing the password is for
    r"(?!(?:100\d\d|12345|12315|95\d{3}|1[3-9]\d{9})(?![0-9A-Za-z]))"  # who sent the code: 10086, a phone
)
_PASSWORD = re.compile(
    rf"((?:{_NAMES})\s{{0,3}})"
    r"(?:((?:就?是|为|為|叫|设[成为]|改[成为]|[:：=＝])\s{0,3})"
    rf"{_THING}({_CHARS}{{4,20}}+|[零〇一二三四五六七八九幺]{{4,}}+)"
    rf"|{_THING}((?=[A-Za-z!@#$%^&*._\-]*+\d){_CHARS}{{4,20}}+))(?![0-9A-Za-z个位年月天次元])",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """Return the text with ID card numbers and passwords hidden and of bank cards only the last four digits left."""
    hidden, end = [], 0
    for run in runs(text):
        for start, stop, card in run.secrets():
            last = run.digits[stop - 4 : stop] if card else ""
            hidden += [text[end : run.places[start]], f"****{last}" if card else HIDDEN]
            end = run.places[stop - 1] + 1
    text = "".join((*hidden, text[end:])) if hidden else text
    return _PASSWORD.sub(_without, text) if _CALLED.search(text) else text


def masked(text: str) -> bool:
    """Tell whether something in the text was hidden."""
    return "*" in text and _MASKED.search(text) is not None


def without_masked(text: str) -> str:
    """Return the text without what was hidden and the words that name it, unless nothing else is in it."""
    if not masked(text) or only_masked(text):
        return text
    return re.sub(f"{_NAMED}(?:{_MASKED.pattern})", " ", text)


def as_hidden(text: str, instead: str) -> str:
    """Return the text with `instead` where something was hidden."""
    return _MASKED.sub(instead, text)


def only_masked(text: str) -> bool:
    """Tell whether nothing but what was hidden is in the text, perhaps with its name."""
    rest = _MASKED.sub("", text)
    return len(re.sub(r"身份证|银行卡|卡号|号码?|密码|我的?|是|给你|[^0-9A-Za-z一-鿿]", "", rest)) <= 1


def _without(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2] or ''}{HIDDEN}"
