"""The entries that people made, as understanding reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import EntryState, LiveEntry
from bot.understanding import Entry, Understanding


@dataclass(frozen=True, slots=True)
class Live:
    """What is live of one pack: for all branches, and for each branch that has entries of its own."""

    common: tuple[Entry, ...] = ()
    branches: dict[int, tuple[Entry, ...]] = field(default_factory=dict)


def as_entry(row: LiveEntry) -> Entry:
    """Return the row as an entry of the pack."""
    return Entry(
        id=row.key,
        category=row.category,
        question=row.question,
        variants=tuple(row.variants),
        answer=row.answer,
        start=row.valid_from,
        end=row.valid_to,
    )


def live_rows(db: Session, pack: str) -> list[LiveEntry]:
    """Return the rows that answer customers, in the order in which they were made."""
    wanted = select(LiveEntry).where(LiveEntry.pack == pack, LiveEntry.state == EntryState.LIVE)
    return list(db.scalars(wanted.order_by(LiveEntry.id)))


def live(db: Session, pack: str) -> Live:
    """Return what answers customers besides the pack's files."""
    own: dict[int | None, list[Entry]] = defaultdict(list)
    for row in live_rows(db, pack):
        own[row.branch_id].append(as_entry(row))
    common = tuple(own.pop(None, ()))
    return Live(common, {branch: tuple(rows) for branch, rows in own.items() if branch is not None})


def joined(files: Understanding, entries: Iterable[Entry]) -> Understanding:
    """Return the files' knowledge with the entries; one of the same id takes the place of the files' own."""
    added = tuple(entries)
    return files.with_entries(added) if added else files
