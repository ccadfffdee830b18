"""How people are addressed, and how their numbers are shown and hidden."""

from __future__ import annotations

import re

_TWO_CHARACTER_SURNAMES = frozenset(
    re.findall("..", "欧阳司马上官诸葛东方皇甫尉迟公孙慕容司徒司空令狐夏侯轩辕宇文长孙端木南宫独孤呼延闻人万俟澹台")
)
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)[\s-]?(\d{4})[\s-]?(\d{4})(?!\d)")
_LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[\s-]?\d){14,}+[Xx]?")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[-\s](\d{3,4})(\d{4})(?!\d)")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]++@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")


def surname(name: str) -> str:
    """Return the surname of a Chinese name, two characters where it is one of those."""
    return name[:2] if name[:2] in _TWO_CHARACTER_SURNAMES and len(name) > 2 else name[:1]


def address(name: str, honorific: str) -> str:
    """Return 王总, 李女士, the whole name without an honorific, or 您 while nobody knows."""
    if not name:
        return "您"
    return f"{surname(name)}{honorific}" if honorific else name


def mask(phone: str) -> str:
    """Return `138****5678`; a shorter number keeps its last two digits only."""
    if len(phone) >= 11:
        return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"
    return "*" * max(len(phone) - 2, 0) + phone[-2:] if phone else ""


def scrub(text: str, names: tuple[str, ...] = (), instead: str = "客户") -> str:
    """Return `text` without mobile, landline, ID card and bank card numbers, e-mail addresses and the given names.

    For what outlives its author: recorded questions, and complaints after the customer has left.
    """
    text = _EMAIL.sub("〔邮箱〕", text)
    text = _LONG_NUMBER.sub("〔证件或卡号〕", text)
    text = _MOBILE.sub(r"\1****\3", text)
    text = _LANDLINE.sub(r"\1-****\3", text)
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, instead)
    return text


def scrub_wholly(text: str, names: tuple[str, ...], instead: str) -> str:
    """Return `text` as `scrub` does, with not one digit of a phone left."""
    text = _MOBILE.sub("〔号码〕", text)
    return scrub(_LANDLINE.sub("〔号码〕", text), names, instead)
