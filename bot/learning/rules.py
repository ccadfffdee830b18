"""What an answer must not say and which placeholders it may use, pack by pack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.understanding.document import Document

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
FILLED = frozenset({"customer", "manager", "manager_phone", "number", "due", "name", "level", "app_name"})
"""Placeholders the program fills in every answer."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The words a pack does not allow and the placeholders it knows."""

    banned: tuple[str, ...] = ()
    placeholders: frozenset[str] = field(default=FILLED)

    def banned_in(self, text: str) -> Iterator[str]:
        """Give the words of `text` that are not allowed."""
        return (word for word in self.banned if word in text)

    def unknown_in(self, text: str) -> Iterator[str]:
        """Give the placeholders of `text` that nothing fills."""
        return (name for name in dict.fromkeys(_PLACEHOLDER.findall(text)) if name not in self.placeholders)


def rules_of(knowledge: Path, pack: str, own: Iterable[str] = ()) -> Rules:
    """Read the pack's rules; `own` names the placeholders that a branch fills besides.

    Raises:
        KnowledgeError: the pack's file cannot be read.
    """
    settings = Document(knowledge / pack / "pack.yaml").value or {}
    known = frozenset((*(settings.get("placeholders") or ()), *own)) | FILLED
    return Rules(tuple(map(str, settings.get("banned") or ())), known)
