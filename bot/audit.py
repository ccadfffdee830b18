"""The log of changes: who changed what, when, from what to what. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.store.models import AuditEntry, Contact, Manager

SYSTEM = "system"


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
) -> None:
    """Add one entry in the caller's transaction; `before` and `after` hold only what changed, as plain JSON."""
    entry = AuditEntry(
        at=now,
        actor=actor,
        action=action,
        object=object,
        before=dict(before or {}),
        after=dict(after or {}),
        trace=trace,
    )
    db.add(entry)
