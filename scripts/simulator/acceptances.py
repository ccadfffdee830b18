"""How many subscribe notices a person has agreed to, by template ("订阅通知": one acceptance, one message)."""

from __future__ import annotations

from .store import Store


class Acceptances:
    """Counts by (openid, template); they do not expire."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def accept(self, openid: str, template: str) -> None:
        """Add one."""
        self._store.write(
            "INSERT INTO acceptances VALUES (?, ?, 1) "
            "ON CONFLICT (openid, template) DO UPDATE SET remaining = remaining + 1",
            openid,
            template,
        )

    def withdraw(self, openid: str, template: str) -> None:
        """Take all of them back."""
        self._store.write("DELETE FROM acceptances WHERE openid = ? AND template = ?", openid, template)

    def take(self, openid: str, template: str) -> bool:
        """Use one up; false when none is left."""
        changed = self._store.changed(
            "UPDATE acceptances SET remaining = remaining - 1 WHERE openid = ? AND template = ? AND remaining > 0",
            openid,
            template,
        )
        return changed > 0

    def remaining(self, openid: str, template: str) -> int:
        """Return how many are left."""
        row = self._store.row("SELECT remaining FROM acceptances WHERE openid = ? AND template = ?", openid, template)
        return int(row["remaining"]) if row else 0
