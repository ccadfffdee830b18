"""How many customer-service messages each trigger allows, and until when ("客服消息", service account)."""

from __future__ import annotations

from .clock import PlatformClock
from .settings import Settings
from .store import Store

OPEN, CLOSED, USED_UP = 0, 45015, 45047
"""What `take` answers: ok, the window is closed, the count is used up."""


class Quotas:
    """Windows by (openid, trigger); a new trigger of the same kind renews its own window and count."""

    def __init__(self, store: Store, clock: PlatformClock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    def message(self, openid: str) -> None:
        """Open the window of a message the person wrote: 5 in 48 hours."""
        self._open(openid, "message", self._settings.quota_message_s, self._settings.quota_message)

    def click(self, openid: str, trigger: str) -> None:
        """Open the short window of a menu click, a follow or a scan: 3 in a minute."""
        self._open(openid, trigger, self._settings.quota_click_s, self._settings.quota_click)

    def close(self, openid: str) -> None:
        """Shut every window, because the person unfollowed."""
        self._store.write("DELETE FROM quotas WHERE openid = ?", openid)

    def take(self, openid: str) -> int:
        """Use one message, from the window that ends first; return OPEN, CLOSED or USED_UP."""
        now = self._clock.now()
        with self._store.lock:
            rows = self._store.rows("SELECT * FROM quotas WHERE openid = ? AND until > ? ORDER BY until", openid, now)
            if not rows:
                return CLOSED
            usable = next((row for row in rows if row["remaining"] > 0), None)
            if usable is None:
                return USED_UP
            statement = "UPDATE quotas SET remaining = remaining - 1 WHERE openid = ? AND trigger = ?"
            self._store.write(statement, openid, usable["trigger"])
        return OPEN

    def remaining(self, openid: str) -> int:
        """Return how many messages could go out now."""
        statement = "SELECT coalesce(sum(remaining), 0) AS n FROM quotas WHERE openid = ? AND until > ?"
        row = self._store.row(statement, openid, self._clock.now())
        return int(row["n"]) if row else 0

    def active_within(self, openid: str, seconds: float) -> bool:
        """Tell whether the person wrote or tapped in the last seconds (the condition for the typing mark)."""
        now = self._clock.now()
        spans = {"message": self._settings.quota_message_s}
        rows = self._store.rows("SELECT trigger, until FROM quotas WHERE openid = ?", openid)
        starts = (row["until"] - spans.get(row["trigger"], self._settings.quota_click_s) for row in rows)
        return any(now - start <= seconds for start in starts)

    def _open(self, openid: str, trigger: str, seconds: float, count: int) -> None:
        until = self._clock.now() + seconds
        self._store.write("INSERT OR REPLACE INTO quotas VALUES (?, ?, ?, ?)", openid, trigger, until, count)
