"""What people write holds nothing that works: no link to tap, and no invisible characters that turn or split words.

Both platforms make a link of `<a href>` in words. Characters that set the direction of writing let a card read
backwards; those of no width let a word or a number look like another.
"""

from __future__ import annotations

_INVISIBLE = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Marks of direction and characters of no width, without the joiner (U+200D), which emoji are made with."""

_INERT = str.maketrans("<>", "＜＞", _INVISIBLE)


def inert(words: str) -> str:
    """Return words with `<` and `>` in their full-width form, which make no link, and without invisible characters.

    Applied where words and names come in (`Incoming`, `Media`, `Customer.name`), so that nothing that quotes, lists or
    passes them on has to think of it; links of our own making are added after.
    """
    return words.translate(_INERT)
