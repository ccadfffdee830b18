"""What is said to people: the sentences of `knowledge/**/texts.yaml` with their placeholders filled.

A pack's sentence replaces the common one of the same key. Placeholders are filled from the call's arguments, then from
the branch's own values, then from the pack's defaults. Nobody ever reads `{{`: what nothing fills becomes a neutral
word (`neutral.<name>` of the texts) and is logged. `check` finds it before anybody can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
import yaml

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NEUTRAL = "neutral."
PASSED = ".passed"
"""Ends the key of what is said instead when the time in `{{due}}` has passed."""

_log = structlog.get_logger(__name__)


class TextsError(Exception):
    """The texts cannot be used; the message names each file and key that is wrong."""


class Due(str):
    """A promised time in words, which knows whether it has passed; filled into `{{due}}`."""

    __slots__ = ("passed",)
    passed: bool

    def __new__(cls, words: str, *, passed: bool) -> Due:
        """Make the words of a moment."""
        due = super().__new__(cls, words)
        due.passed = passed
        return due


class Texts:
    """The sentences of one pack, perhaps with the placeholders of one branch."""

    def __init__(self, sentences: Mapping[str, str], placeholders: Mapping[str, str]) -> None:
        self._sentences = sentences
        self._placeholders = placeholders
        self._pieces: dict[str, list[str]] = {}

    @classmethod
    def load(cls, knowledge: Path, pack: str) -> Texts:
        """Read `common/texts.yaml`, `<pack>/texts.yaml` and the placeholders of `<pack>/pack.yaml`.

        Raises:
            TextsError: a file is missing, is no flat mapping of words, or holds a malformed placeholder.
        """
        common, own = _sentences(knowledge / "common" / "texts.yaml"), knowledge / pack / "texts.yaml"
        sentences = common | (_sentences(own) if own.exists() else {})
        defaults = _read(knowledge / pack / "pack.yaml").get("placeholders") or {}
        return cls(sentences, {name: str(value) for name, value in defaults.items()})

    def placed(self, placeholders: Mapping[str, Any]) -> Texts:
        """Return the same sentences with a branch's own placeholders."""
        own = {name: str(value) for name, value in placeholders.items() if value}
        return Texts(self._sentences, {**self._placeholders, **own}) if own else self

    def __contains__(self, key: object) -> bool:
        return key in self._sentences

    def say(self, key: str, **values: object) -> str:
        """Return the sentence of `key` with its placeholders filled.

        Raises:
            TextsError: there is no such sentence.
        """
        return self.fill(key, values)

    def fill(self, key: str, values: Mapping[str, object], common: Mapping[str, object] | None = None) -> str:
        """Say the sentence of `key` with `values`, and with what is `common` to many sentences where those are silent.

        A time that has passed is not promised again: then the sentence's `.passed` wording is said, which names none.

        Raises:
            TextsError: there is no such sentence.
        """
        due = values.get("due")
        if isinstance(due, Due) and due.passed and f"{key}{PASSED}" in self._sentences:
            key = f"{key}{PASSED}"
        pieces = self._pieces.get(key) or self._split(key)
        if len(pieces) == 1:
            return pieces[0]
        filled = list(pieces)
        for place in range(1, len(pieces), 2):  # words and names by turns
            name = pieces[place]
            value = values[name] if name in values else common.get(name) if common else None
            filled[place] = self._fill(key, name, value)
        return "".join(filled)

    def _split(self, key: str) -> list[str]:
        """Return a sentence as words and names of placeholders by turns; each is taken apart once."""
        sentence = self._sentences.get(key)
        if sentence is None:
            raise TextsError(f"no text named {key!r}; add it to knowledge/common/texts.yaml")
        pieces = self._pieces[key] = PLACEHOLDER.split(sentence)
        return pieces

    def placeholders_of(self, key: str) -> frozenset[str]:
        """Return the names that a call of `say` has to give for `key`: those neither branch nor pack fills."""
        return frozenset(PLACEHOLDER.findall(self._sentences[key])) - self._placeholders.keys()

    def check(self, used: Mapping[str, Iterable[str]] | None = None) -> None:
        """Make sure that every text can be said; `used` names the keys the code says and what it fills them with.

        Raises:
            TextsError: lists every key that is missing and every placeholder that nothing fills.
        """
        problems = [problem for key, given in (used or {}).items() for problem in self._problems(key, frozenset(given))]
        if problems:
            raise TextsError("\n".join(problems))

    def _problems(self, key: str, given: frozenset[str]) -> list[str]:
        if key not in self._sentences:
            return [f"{key}: missing"]
        return [f"{key}: nothing fills {{{{{name}}}}}" for name in sorted(self.placeholders_of(key) - given)]

    def _fill(self, key: str, name: str, value: object) -> str:
        if value is None or value == "":
            value = self._placeholders.get(name) or self._sentences.get(_NEUTRAL + name, value)
        if value is None:
            _log.error("texts.unfilled", key=key, placeholder=name, remedy="fill it in the call or the branch's values")
        return "" if value is None else str(value)


class TextBook:
    """The texts of all packs, read once."""

    def __init__(self, knowledge: Path) -> None:
        self._load = lru_cache(maxsize=None)(lambda pack: Texts.load(knowledge, pack))

    def of(self, pack: str, placeholders: Mapping[str, Any] | None = None) -> Texts:
        """Return the texts of `pack` as a branch with `placeholders` says them."""
        return self._load(pack).placed(placeholders or {})

    def forget(self) -> None:
        """Read the files again when next asked."""
        self._load.cache_clear()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TextsError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise TextsError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise TextsError(f"{path}: must be a mapping")
    return content


def _sentences(path: Path) -> dict[str, str]:
    content = _read(path)
    problems = [problem for key, sentence in content.items() for problem in _malformed(key, sentence)]
    if problems:
        raise TextsError(f"{path}:\n" + "\n".join(problems))
    return content


def _malformed(key: object, sentence: object) -> list[str]:
    if not isinstance(key, str) or not isinstance(sentence, str) or not sentence.strip():
        return [f"{key}: key and sentence must be words"]
    bad = [name for name in PLACEHOLDER.findall(sentence) if not _NAME.fullmatch(name)]
    rest = PLACEHOLDER.sub("", sentence)
    if bad or "{{" in rest or "}}" in rest:
        return [f"{key}: malformed placeholder {bad or rest!r}"]
    return []
