"""The words by which people accuse or clear somebody, and those by which they speak of the staff."""

from __future__ import annotations

import re

from bot.understanding.words import groups


def _lists() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for list_ in ("conduct", "staff", "vouching"):
        for first, *rest in groups(list_):
            found.setdefault(first.rstrip(":"), []).extend(rest)
    return {key: tuple(sorted(words, key=len, reverse=True)) for key, words in found.items()}


WORDS = _lists()
"""Name -> patterns, the longest first."""


def any_of(name: str) -> str:
    """Return the alternatives of a list, to stand in a group of a larger pattern."""
    return "|".join(WORDS[name])


def pattern(name: str) -> re.Pattern[str]:
    """Return the pattern that matches any of a list."""
    return re.compile(any_of(name))


STRONG, NEAR = pattern("strong"), pattern("near")
"""Words of misconduct, and milder ones."""
