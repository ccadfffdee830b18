"""Cut words to what the platform takes, without cutting through a character, a face or a link.

The platform counts bytes of UTF-8 for messages (2,048) and characters for fields of cards and templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MESSAGE_BYTES = 2048
"""Longest text message or passive reply, UTF-8 (45002 above it; measured, the official page names no number)."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_NEWLINES = re.compile("\r\n?")

# One character as a reader sees it: with its combining marks, variation selector, skin tone, keycap or tag, joined by
# ZWJ to the next, or two regional indicators that make a flag.
_JOINED = (
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
_CLUSTER = f"(?:[\U0001f1e6-\U0001f1ff]{{2}}|.)(?:{_JOINED}|\u200d(?:.{_JOINED}*)?)*"
_CLUSTERS = re.compile(_CLUSTER, re.S)
_UNITS = re.compile(rf"<a\s[^<>]*>[^<]*</a>|\[[\u4e00-\u9fffA-Za-z]{{1,8}}\]|{_CLUSTER}", re.S)
_BORDERS = (frozenset("\n"), frozenset("。！？!?；;…"), frozenset("，,、：: \u3000"))


def clean(text: str) -> str:
    """Return `text` without what XML cannot carry (control characters, lone surrogates), line ends as newlines."""
    if text.isascii() and text.isprintable():
        return text
    return _ILLEGAL.sub("", _NEWLINES.sub("\n", text))


def split_text(text: str, limit: int = MESSAGE_BYTES) -> list[str]:
    """Return `text`, cleaned, in pieces of at most `limit` bytes of UTF-8; blank pieces are left out.

    A piece ends after a line if one ends in its second half, else after a sentence, else after a comma or blank, else
    between two characters. A link (`<a …>…</a>`), a face (`[微笑]`) and an emoji sequence stay whole unless one alone
    is longer than `limit`. `limit` must be at least 4, the longest single character.
    """
    text = clean(text)
    if len(text.encode()) <= limit:
        return [text] if text.strip() else []
    units = _units(text, limit)
    pieces: list[str] = []
    start = 0
    while start < len(units):
        end = _piece_end(units, start, limit)
        pieces.append("".join(units[start:end]))
        start = end
    return [piece for piece in pieces if piece.strip()]


def cut_bytes(text: str, limit: int) -> str:
    """Return `text`, cleaned, cut to `limit` bytes with an ellipsis in place of what is lost."""
    text = clean(text)
    if len(text.encode()) <= limit:
        return text
    return _fitting(text, limit - 3, lambda unit: len(unit.encode())) + "…"


def cut_chars(text: str, limit: int) -> str:
    """Return `text`, cleaned and on one line, cut to `limit` characters with an ellipsis in place of what is lost.

    Characters outside the basic plane count twice: the platform's own count is not documented, this is the safe one.
    """
    text = " ".join(clean(text).split())
    if width(text) <= limit:
        return text
    return _fitting(text, limit - 1, width) + "…"


def width(text: str) -> int:
    """Return how many UTF-16 units `text` takes."""
    return len(text) + sum(char > "\uffff" for char in text)


def _fitting(text: str, room: int, measure: Callable[[str], int]) -> str:
    taken = []
    for unit in _CLUSTERS.findall(text):
        room -= measure(unit)
        if room < 0:
            break
        taken.append(unit)
    return "".join(taken).rstrip()


def _units(text: str, limit: int) -> list[str]:
    """Return what must stay whole; a unit longer than `limit` is given up to smaller ones."""
    units: list[str] = []
    for unit in _UNITS.findall(text):
        if len(unit.encode()) <= limit:
            units.append(unit)
            continue
        for cluster in _CLUSTERS.findall(unit):
            units.extend([cluster] if len(cluster.encode()) <= limit else cluster)
    return units


def _piece_end(units: list[str], start: int, limit: int) -> int:
    """Return the index after the last unit of the piece that begins at `start`."""
    size, marks = 0, [0] * len(_BORDERS)
    for index in range(start, len(units)):
        size += len(units[index].encode())
        if size > limit:
            return next((mark for mark in marks if mark), index)
        if size * 2 > limit:
            for rank, border in enumerate(_BORDERS):
                if units[index] in border:
                    marks[rank] = index + 1
    return len(units)
