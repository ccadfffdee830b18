"""Lists of words and patterns of the language itself, in text files that can be read and mended without code."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent


def groups(name: str) -> list[list[str]]:
    """Return the lines of a list, each as its words; lines that begin with # are comments."""
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def words(name: str) -> tuple[str, ...]:
    """Return all words of a list."""
    return tuple(word for line in groups(name) for word in line)


def patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """Return one pattern a line, matching any of the line's words."""
    return tuple(re.compile("|".join(line)) for line in groups(name))


def up_to(count: int) -> str:
    """Return what a pattern for short texts begins with: a text of more characters never matches, however it repeats.

    Words that are said over and over can be read in 2^n ways where one is made of others (好了, 好, 了).
    """
    return rf"(?![\s\S]{{{count + 1}}})"


def pairs(name: str) -> dict[str, str]:
    """Return the words written as `from=to`."""
    return dict(word.split("=", 1) for word in words(name))


def named_patterns(name: str) -> dict[str, re.Pattern[str]]:
    """Return name -> pattern from lines that begin with `name:`; lines of one name belong together."""
    found: dict[str, list[str]] = {}
    for first, *rest in groups(name):
        found.setdefault(first.rstrip(":"), []).extend(rest)
    return {key: re.compile("|".join(group)) for key, group in found.items()}
