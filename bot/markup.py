"""What people write holds no markup: both platforms turn `<a href>` in words into a link that can be tapped."""

from __future__ import annotations

_FULL_WIDTH = str.maketrans("<>", "＜＞")


def inert(words: str) -> str:
    """Return words with `<` and `>` in their full-width form: they read the same and make no link.

    Applied where words and names come in (`Incoming`, `Media`, `Customer.name`), so that nothing that quotes, lists or
    passes them on has to think of it; links of our own making are added after.
    """
    return words.translate(_FULL_WIDTH) if "<" in words or ">" in words else words
