"""How many rows a piece of work reads: counted by the database, the same on a fast and on a busy machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

_READ = text(
    "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"
    " WHERE relname = ANY(:tables)"
)


def rows_read(db: Session, tables: Sequence[str], work: Callable[[], object]) -> int:
    """Return how many rows of `tables` the work reads in the session's transaction."""
    before = db.scalar(_READ, {"tables": list(tables)})
    work()
    return int(db.scalar(_READ, {"tables": list(tables)})) - int(before)


def statements(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> int:
    """Return how many statements the work sends, the ORM's and the driver's alike."""
    count = 0
    plain = psycopg.Cursor.execute

    def counted(self, *args, **values):
        nonlocal count
        count += 1
        return plain(self, *args, **values)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counted)
        work()
    return count
