"""Groups of everyday words that mean the same in a question, and the words that mean nothing in it.

The lists are of the language, not of a trade; they lie in `words/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

from bot.understanding.words import groups, patterns, words

_FIRST_SIGN = 0xE000
"""Groups are written as characters of Unicode's private area, so that n-grams treat them as one character."""

_ASKING = groups("asking")
_MEANING = groups("meaning")


Sign = TypeVar("Sign")


class Lexicon(Generic[Sign]):
    """Finds words in texts, the longest first from left to right; a dictionary is faster than one pattern of all."""

    def __init__(self, signs: Mapping[str, Sign]) -> None:
        self._signs = signs
        sizes: dict[str, set[int]] = {}
        for word in signs:
            sizes.setdefault(word[0], set()).add(len(word))
        self._sizes = {first: tuple(sorted(found, reverse=True)) for first, found in sizes.items()}

    def known(self, text: str) -> list[Sign]:
        """Return the signs of the words."""
        return [sign for _, _, sign in self.read(text)]

    def read(self, text: str) -> Iterator[tuple[int, int, Sign]]:
        """Give where each word begins and ends, with its sign; characters of no word are passed over."""
        signs, sizes = self._signs, self._sizes
        end = 0
        for at, first in enumerate(text):
            if at < end or first not in sizes:
                continue
            for size in sizes[first]:
                sign = signs.get(text[at : at + size])
                if sign is not None:
                    end = at + size
                    yield at, end, sign
                    break


def concepts(text: str) -> set[str]:
    """Return the signs of the groups that the words of a normalised text belong to."""
    return set(_CONCEPT_WORDS.known(text.replace(" ", "")))


def _signs(lines: list[list[str]]) -> dict[str, str]:
    """Return word -> the sign of its group."""
    return {word: chr(_FIRST_SIGN + number) for number, line in enumerate(lines) for word in line}


_FRAME_WORDS = words("frame")

_KINDS = [(1 << number, words) for number, words in enumerate(patterns("kinds"))]


@lru_cache(maxsize=1024)
def kinds(text: str) -> int:
    """Return the kinds of question a normalised text asks (how, why, when, how much …), one bit each."""
    return sum([bit for bit, words in _KINDS if words.search(text)])


def kind_bits(text: str) -> list[int]:
    """Return for every kind of question whether the text asks it, as zeros and ones."""
    found = kinds(text)
    return [found >> place & 1 for place in range(len(_KINDS))]


def bits(number: int) -> list[int]:
    """Return the places of the bits that are set."""
    return [place for place in range(number.bit_length()) if number >> place & 1]


_ASKS = re.compile(
    r"怎么(?!回事|还|又|这么|那么|老|一直|总)|如何|怎样|咋(?!还|又|老)|为什么|什么|啥|哪|多少|几[个天点]|多久"
    r"|吗|么$|能不能|可不可以|是否|是不是|有没有|能否|会不会|要不要|行不行|用不用|区别"
)


def asks(text: str) -> bool:
    """Tell whether a normalised text has the form of a question."""
    return _ASKS.search(text) is not None


_TABLE = dict.fromkeys(words("empty"), "") | _signs(_ASKING)
CANCEL = _TABLE["取消"]
HEADS = frozenset(_TABLE[word] for word in ("取消", "多少钱", "有效期", "条件", "怎么", "为什么"))
"""Signs of the groups that by themselves tell which aspect of a product is asked."""

_CONCEPT_WORDS = Lexicon(_signs([*_ASKING, *_MEANING]))

FRAME = frozenset(_TABLE[word] for word in _FRAME_WORDS)
_TABLE_WORDS = Lexicon(_TABLE)


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """Return the text with like words made one private character each and empty words left out."""
    text = text.replace(" ", "")
    found, last = "", 0
    for start, end, sign in _TABLE_WORDS.read(text):
        found += text[last:start] + sign
        last = end
    return found + text[last:] or text
