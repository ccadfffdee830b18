"""Character n-grams as numbers, so that many are made, counted and looked up at once."""

from __future__ import annotations

from collections.abc import Sequence
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Keys = NDArray[np.int64]
Places = NDArray[np.intp]
Numbers = NDArray[np.signedinteger[Any]]
"""Places or smaller numbers: large packs are built from small ones."""

BITS = 16
"""A character takes this many bits; what is normalised has none beyond."""

SHORT = 1 << 2 * BITS
"""Keys of one or two characters lie below."""

_LAST = np.iinfo(np.int64).max
_GAP = "\0"


def codes(text: str) -> Keys:
    """Return the characters as numbers."""
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16).astype(np.int64)


def grams(text: str) -> list[str]:
    """Return the n-grams of a text as they are, one to three long; for few, words are faster than numbers."""
    pairs = list(map(add, text, text[1:]))
    return [*text, *pairs, *map(add, pairs, text[2:])]


def keys(text: str, longest: int = 3) -> Keys:
    """Return the keys of the n-grams of a text without spaces, one to `longest` (2 or 3) long, short ones first."""
    one = codes(text)
    two = one[:-1] << BITS | one[1:]
    if longest == 2:
        return np.concatenate((one, two))
    return np.concatenate((one, two, two[:-1] << BITS | one[2:]))


def keys_of(texts: Sequence[str], longest: int = 3) -> tuple[Keys, Ints]:
    """Return the keys of many texts without spaces, and the place of the text that each is of."""
    one = codes(_GAP.join(texts))
    there = one > 0
    owners = np.cumsum(~there, dtype=np.int32)
    found, places = [one[there]], [owners[there]]
    longer = one
    for size in range(1, longest):
        there = there[:-1] & (one[size:] > 0)
        longer = longer[:-1] << BITS | one[size:]
        found.append(longer[there])
        places.append(owners[: len(there)][there])
    return np.concatenate(found), np.concatenate(places)


def keys_once(text: str, longest: int = 3) -> Keys:
    """Return the keys of a text, each once, in rising order, in which they are looked up fastest."""
    return sorted_once(keys(text, longest), in_place=True)


def sorted_once(found: Keys, *, in_place: bool = False) -> Keys:
    """Return each number once, in rising order; for millions this is many times faster than hashing them.

    What is sorted `in_place` is of no use to the caller any more.
    """
    ordered = found if in_place else found.copy()
    ordered.sort()
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], first[1:])
    return ordered[first]


class Vocabulary:
    """Numbers for keys, in rising order of the keys; a sorted array, as a dictionary takes ten times the memory."""

    def __init__(self, known: Keys) -> None:
        """Learn the keys, each as often as it comes."""
        self._keys = np.append(sorted_once(known), _LAST)

    def __len__(self) -> int:
        return len(self._keys) - 1

    def split(self, asked: Keys) -> tuple[Places, NDArray[np.bool_]]:
        """Return the numbers of the keys that were learnt, and which of the keys these are."""
        places = self._keys.searchsorted(asked)
        learnt = self._keys.take(places) == asked
        return places[learnt], learnt

    def known(self, asked: Keys) -> Places:
        """Return the numbers of the keys that were learnt."""
        return self.split(asked)[0]

    def has(self, key: int) -> bool:
        """Tell whether a key was learnt."""
        place = int(self._keys.searchsorted(key))
        return bool(self._keys[place] == key)

    def keys(self) -> Keys:
        """Return all keys, by number."""
        return self._keys[:-1]
