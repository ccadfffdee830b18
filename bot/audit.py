"""The log of changes: who changed what, when, from what to what. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import AuditEntry, Contact, Manager
from bot.store.session import driver

SYSTEM = "system"
ERASED = "contact.erased"
"""The action under which it is noted that a person was forgotten."""

INSERT = "INSERT INTO audit_log (at, actor, action, object, before, after, trace)"
"""How a statement that makes several rows at once begins its entry in the log."""

_ADD = f"{INSERT} VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id"


def actor_of(who: Manager | Contact | None) -> str:
    """Return how the log names who acts: `manager:<id>`, `customer:<contact id>` or `system`."""
    if who is None:
        return SYSTEM
    return f"manager:{who.id}" if isinstance(who, Manager) else f"customer:{who.id}"


def record(
    db: Session,
    *,
    now: datetime,
    actor: str,
    action: str,
    object: str,  # noqa: A002 - the log's own word for what was changed
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    trace: str = "",
) -> int:
    """Add one entry in the caller's transaction and return its number.

    `before` and `after` hold only what changed, as plain JSON.
    """
    row = [now, actor, action, object, Jsonb(dict(before or {})), Jsonb(dict(after or {})), trace]
    added = driver(db).execute(_ADD, row).fetchone()
    assert added is not None
    return int(added[0])


def erased_since(db: Session, moment: datetime) -> bool:
    """Return whether anybody was forgotten after that moment."""
    query = select(AuditEntry.id).where(AuditEntry.action == ERASED, AuditEntry.at > moment)
    return db.scalar(query.limit(1)) is not None
