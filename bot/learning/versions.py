"""Which knowledge is in force: one row a pack, raised in the transaction of every change.

The row is the truth. PostgreSQL tells those who listen on `CHANNEL` when the change is committed, never before; who
missed it finds the higher number at his next look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.store.models import KnowledgeVersion

CHANNEL = "tiexin_knowledge"


@dataclass(frozen=True, slots=True)
class Version:
    """The number in force, 0 before the first change, and the digest of the files that were checked (None: none)."""

    number: int = 0
    files: str | None = None


FIRST = Version()


def in_force(db: Session) -> Mapping[str, Version]:
    """Return the version of every pack that was ever changed."""
    rows = db.execute(select(KnowledgeVersion.pack, KnowledgeVersion.version, KnowledgeVersion.files))
    return {pack: Version(number, files) for pack, number, files in rows}


def bump(db: Session, pack: str, now: datetime, files: str | None = None) -> int:
    """Raise the pack's version and return it; `files` puts the checked files of that digest into force.

    The row stays locked until the commit, so that changes of a pack come one after the other.
    """
    row = {"pack": pack, "version": 1, "files": files, "changed_at": now}
    raised = {"version": KnowledgeVersion.version + 1, "changed_at": now}
    if files is not None:
        raised["files"] = files
    statement = insert(KnowledgeVersion).values(row).on_conflict_do_update(index_elements=["pack"], set_=raised)
    number = db.execute(statement.returning(KnowledgeVersion.version)).scalar_one()
    db.execute(select(func.pg_notify(CHANNEL, pack)))
    return number
