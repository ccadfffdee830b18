"""Who the staff of a branch are, by name: what recusal asks of nearly every complaint, cached for a moment."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any, NamedTuple

from psycopg import Connection
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.store.models import Branch, Manager

SECONDS = 2.0
"""So long a process may not know of a colleague that another process has just entered or renamed."""
_MOST = 1_000

_STAFF = """
WITH RECURSIVE here AS (
    SELECT id, parent_id FROM branches WHERE id = ANY(%(branches)s)
    UNION SELECT b.id, b.parent_id FROM branches b JOIN here ON b.id = here.parent_id
), above AS (
    SELECT id, supervisor_id FROM managers WHERE id = %(own)s
    UNION SELECT m.id, m.supervisor_id FROM managers m JOIN above ON m.id = above.supervisor_id
)
SELECT m.id, m.name, m.supervisor_id FROM managers m
WHERE m.active AND (m.branch_id IN (SELECT id FROM here) OR m.id IN (SELECT id FROM above)) ORDER BY m.id
"""


class Member(NamedTuple):
    """One of the staff."""

    id: int
    name: str
    supervisor_id: int | None


_lock = Lock()
_cache: dict[tuple[object, ...], tuple[float, list[Member]]] = {}


def staff(connection: Connection[Any], branches: frozenset[int], own: int | None) -> list[Member]:
    """Return who is at work in the branches, in those above them, and above the member `own`, by id."""
    key = (connection.info.host, connection.info.port, connection.info.dbname, branches, own)
    now = time.monotonic()
    with _lock:
        found = _cache.get(key)
    if found is not None and now - found[0] < SECONDS:
        return found[1]
    rows = connection.execute(_STAFF, {"branches": sorted(branches), "own": own})
    members = [Member._make(row) for row in rows]
    with _lock:
        if len(_cache) >= _MOST:
            _cache.clear()
        _cache[key] = (now, members)
    return members


def _forget(session: Session, _context: object) -> None:
    """Read anew what this process has changed itself."""
    if any(isinstance(row, Manager | Branch) for row in (*session.new, *session.dirty, *session.deleted)):
        with _lock:
            _cache.clear()


event.listen(Session, "after_flush", _forget)
