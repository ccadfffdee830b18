"""What a draft would break, in the words of a manager's chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue import Turn
from bot.store.models import LiveEntry


@dataclass(frozen=True, slots=True)
class Findings:
    """The sentences, and whether one of them forbids to make it live."""

    lines: tuple[str, ...] = ()
    blocked: bool = False

    @property
    def lines_if_blocked(self) -> tuple[str, ...]:
        """Return the sentences when the draft must not go live."""
        return self.lines if self.blocked else ()


def findings(turn: Turn, entry: LiveEntry) -> Findings:
    """Check a draft against everything that is known."""
    return Findings()


def suggested_for(turn: Turn, question: str, answer: str, similar: Sequence[str]) -> list[str]:
    """Return wordings to know the answer by, besides those that were asked."""
    return []
