"""Lists of what is secret, harmless, alarming or calm, in `tests/data/safety`.

`seen` was used while mending, `unseen` was not; both were written before the code was touched. `later`, `last` and
`final` were written one after the other against the rules as they were, to measure how far they reach beyond the words
they were made from, and then used to widen them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent.parent / "data" / "safety"
LONG = "我家的宽带从上个月开始就不太稳定，白天还好，一到晚上就特别慢，看电视也是转圈圈，孩子上网课也受影响。" * 10
"""Stands where a phrase has 〔长〕: more than the characters that are ranked."""


def phrases(kind: str) -> Iterator[str]:
    """Return the lines of all lists of a kind."""
    for file in sorted(DATA.glob(f"{kind}_*.txt")):
        lines = file.read_text(encoding="utf-8").splitlines()
        yield from (line.replace("〔长〕", LONG) for line in lines if line and not line.startswith("#"))


def secrets(kind: str) -> Iterator[tuple[str, list[str]]]:
    """Return texts and the parts of each that count; they stand behind the last bar."""
    for line in phrases(kind):
        text, _, parts = line.rpartition(" | ")
        yield text, [part.strip() for part in parts.split(" ; ")]


def alarming() -> Iterator[tuple[str, str]]:
    """Return texts and what each is: self_harm, life, fraud or loss."""
    for line in phrases("alarming"):
        kind, _, text = line.partition(" | ")
        yield text, kind
