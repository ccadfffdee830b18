"""Access tokens of both platforms: given out, superseded, dead ("获取稳定版接口调用凭据", gettoken)."""

from __future__ import annotations

import secrets
import sqlite3

from .apierrors import ApiError
from .clock import PlatformClock
from .settings import Settings
from .store import Store

NEAR_EXPIRY_S = 300
"""Seconds before expiry at which the stable token is renewed."""
FORCED_A_DAY = 20
FORCED_APART_S = 30


class Tokens:
    """Families `plain` (/token), `stable` (/stable_token) and `wecom` (one app secret) live apart from each other."""

    def __init__(self, store: Store, clock: PlatformClock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    def plain(self) -> tuple[str, int]:
        """Give a new token; the one before stays good for five minutes more."""
        cut = self._clock.now() + self._settings.token_overlap_s
        self._store.write("UPDATE tokens SET expires_at = min(expires_at, ?), dead = 1 WHERE family = 'plain'", cut)
        return self._new("plain"), self._settings.token_life_s

    def stable(self, force: bool = False) -> tuple[str, int]:
        """Give the same token until five minutes before its end; `force` kills it at once (20 a day, 30 s apart)."""
        with self._store.lock:
            if force:
                self._note_force()
                self._store.write("UPDATE tokens SET expires_at = 0, dead = 1 WHERE family = 'stable'")
            return self._current("stable", NEAR_EXPIRY_S)

    def wecom(self) -> tuple[str, int]:
        """Give the app's token; asking again gives the same one."""
        with self._store.lock:
            return self._current("wecom", 0)

    def check(self, token: str, wecom: bool = False) -> None:
        """Raise ApiError for a token that is missing, malformed, unknown, superseded or expired."""
        if not token:
            raise ApiError(41001)
        row = self._store.row("SELECT * FROM tokens WHERE token = ?", token)
        if row is None or (row["family"] == "wecom") != wecom:
            raise ApiError(40014 if wecom or len(token) < 64 else 40001)
        if row["expires_at"] <= self._clock.now():
            raise ApiError(40001 if row["dead"] else 42001)

    def kill(self) -> None:
        """Make every token given so far invalid, as when someone else asked for a new one."""
        self._store.write("UPDATE tokens SET expires_at = 0, dead = 1")

    def _current(self, family: str, margin: int) -> tuple[str, int]:
        now = self._clock.now()
        row: sqlite3.Row | None = self._store.row(
            "SELECT * FROM tokens WHERE family = ? AND dead = 0 AND expires_at > ? ORDER BY expires_at DESC",
            family,
            now + margin,
        )
        if row:
            return row["token"], int(row["expires_at"] - now)
        return self._new(family), self._settings.token_life_s

    def _new(self, family: str) -> str:
        token = "26_" + secrets.token_urlsafe(96)
        expires_at = self._clock.now() + self._settings.token_life_s
        self._store.write("INSERT INTO tokens VALUES (?, ?, ?, 0)", token, family, expires_at)
        return token

    def _note_force(self) -> None:
        now, today = self._clock.now(), self._clock.moment().date().isoformat()
        last = self._store.get("forced", {"day": "", "count": 0, "at": 0})
        count = last["count"] if last["day"] == today else 0
        if count >= FORCED_A_DAY:
            raise ApiError(45009)
        if abs(now - last["at"]) < FORCED_APART_S:
            raise ApiError(45011)
        self._store.put("forced", {"day": today, "count": count + 1, "at": now})
