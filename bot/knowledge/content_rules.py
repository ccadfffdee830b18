"""What an answer must not say and which placeholders it may use, pack by pack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.knowledge.document import Document
from bot.knowledge.texts import PLACEHOLDER

_SENTENCES = re.compile(r"[。！？；!?;\n]+")
_FILLED = ("customer", "manager", "manager_phone", "number", "due", "name", "level", "app_name", "until", "source")
FILLED = frozenset(_FILLED)
"""Placeholders the program fills in every answer."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a trade must not say in one sentence (words with a space between: all parts), and what excuses it there."""

    words: tuple[str, ...]
    unless: tuple[str, ...] = ()
    say: str = ""

    def broken_by(self, text: str) -> Iterator[str]:
        """Give the words of `text` that break it, sentence by sentence."""
        for sentence in _SENTENCES.split(text):
            if not any(excuse in sentence for excuse in self.unless):
                yield from (word for word in self.words if all(part in sentence for part in word.split()))


@dataclass(frozen=True, slots=True)
class Rules:
    """The words a pack does not allow, what its trade must not say, and the placeholders it knows."""

    banned: tuple[str, ...] = ()
    placeholders: frozenset[str] = field(default=FILLED)
    rules: tuple[Rule, ...] = ()

    def banned_in(self, text: str) -> Iterator[str]:
        """Give the words of `text` that are not allowed, each once."""
        found = [word for word in self.banned if word in text]
        return iter(dict.fromkeys((*found, *(word for rule in self.rules for word in rule.broken_by(text)))))

    def advice_in(self, text: str) -> Iterator[str]:
        """Give a sentence for each rule of the trade that `text` breaks: why, and what to say instead."""
        return (rule.say for rule in self.rules if any(rule.broken_by(text)))

    def unknown_in(self, text: str) -> Iterator[str]:
        """Give the placeholders of `text` that nothing fills."""
        return (name for name in dict.fromkeys(PLACEHOLDER.findall(text)) if name not in self.placeholders)


def rules_of(knowledge: Path, pack: str, own: Iterable[str] = ()) -> Rules:
    """Read the pack's rules; `own` names the placeholders that a branch fills besides.

    Raises:
        KnowledgeError: the pack's file cannot be read.
    """
    return rules_in(Document(knowledge / pack / "pack.yaml").value or {}, own)


def rules_in(settings: Mapping[str, Any], own: Iterable[str] = ()) -> Rules:
    """Return the rules that a pack's settings (`pack.yaml`, already read) hold."""
    known = frozenset((*(settings.get("placeholders") or ()), *own)) | FILLED
    rules = tuple(
        Rule(tuple(map(str, row["words"])), tuple(map(str, row.get("unless") or ())), row["say"])
        for row in settings.get("rules") or ()
    )
    return Rules(tuple(map(str, settings.get("banned") or ())), known, rules)
