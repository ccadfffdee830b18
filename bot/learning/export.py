"""Write entries as the YAML that packs are made of, so that what was learnt while serving can be kept as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from bot.learning.paraphrases import padded
from bot.understanding import Entry

WORDINGS_LEAST = 4
"""Further wordings an entry of a file must have (`knowledge/schema/entries.json`)."""


def as_yaml(entries: Sequence[Entry], title: str) -> str:
    """Return the entries as a file of a pack; where wordings are missing the question is rewritten."""
    blocks = [yaml.safe_dump([_row(entry)], allow_unicode=True, sort_keys=False, width=1000) for entry in entries]
    return "\n".join((f"# {title}\n", *blocks)) if blocks else f"# {title}\n[]\n"


def _row(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": entry.id,
        "category": entry.category,
        "question": entry.question,
        "variants": padded(entry.question, entry.variants, WORDINGS_LEAST),
        "answer": entry.answer,
    }
    if entry.link:
        row["link"] = {"title": entry.link.title, "url": entry.link.url}
    if entry.start or entry.end:
        row["valid"] = {"from": entry.start, "to": entry.end}
    return row
