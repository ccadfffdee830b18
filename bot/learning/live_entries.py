"""The entries that people made, as understanding reads them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

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


def own_id(key: str, branch: int | None) -> str:
    """Return the id of a branch's own entry where its key is taken: by what all know, or by another branch."""
    return f"{key}-at-{branch}"


def items_of(row: LiveEntry) -> frozenset[str]:
    """Return the item ids under which the row may answer."""
    return frozenset((f"entry:{row.key}", f"entry:{own_id(row.key, row.branch_id)}"))


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


def spread(files: Understanding, entries: Live) -> tuple[Understanding, dict[int, Understanding]]:
    """Return what everybody knows, and what each branch with entries of its own does.

    All entries share one index, in which a branch does not see those of the others. An entry takes the place of the
    files' one of the same id; a branch's own of an id that is taken gets another, and hides that one there.
    """
    known = {entry.id for entry in (*files.knowledge.entries, *entries.common)}
    taken, own = set(known), {}
    for branch, rows in sorted(entries.branches.items()):
        own[branch] = tuple(row if row.id not in taken else replace(row, id=own_id(row.id, branch)) for row in rows)
        taken |= {row.id for row in own[branch]}
    added = (*entries.common, *(row for rows in own.values() for row in rows))
    together = files.with_entries(added) if added else files
    local = frozenset(taken - known)
    branches = {}
    for branch, rows in own.items():
        others, replaced = local - {row.id for row in rows}, known & {row.id for row in entries.branches[branch]}
        branches[branch] = together.without(others | replaced)
    return together.without(local), branches
