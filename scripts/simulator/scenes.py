"""QR codes with a scene ("生成带参数的二维码")."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from .apierrors import ApiError
from .clock import PlatformClock
from .store import Store

LONGEST_S = 2_592_000
DEFAULT_S = 60
PERMANENT_MOST = 100_000
_LABELS = "scene_labels"


class Scenes:
    """Tickets and the scenes behind them."""

    def __init__(self, store: Store, clock: PlatformClock) -> None:
        self._store = store
        self._clock = clock

    def create(self, document: Mapping[str, Any]) -> dict[str, object]:
        """Make a code; a wrong action or scene is ApiError 40053."""
        action = str(document.get("action_name", ""))
        permanent = action in {"QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}
        scene = _scene(action, document)
        seconds = min(int(document.get("expire_seconds") or DEFAULT_S), LONGEST_S)
        if permanent and self._permanent() >= PERMANENT_MOST:
            raise ApiError(40053)
        ticket = "gQ" + secrets.token_urlsafe(66)
        until = self._clock.now() + seconds
        self._store.write("INSERT INTO scenes VALUES (?, ?, ?, ?)", ticket, scene, int(permanent), until)
        answer: dict[str, object] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket[2:18]}"}
        return answer if permanent else answer | {"expire_seconds": seconds}

    def ticket(self, scene: str) -> str:
        """Return the ticket of a code that is still good for this scene, or an empty text."""
        row = self._store.row(
            "SELECT ticket FROM scenes WHERE scene = ? AND (permanent OR until > ?)", scene, self._clock.now()
        )
        return str(row["ticket"]) if row else ""

    def scene(self, ticket: str) -> str | None:
        """Return the scene behind a ticket."""
        row = self._store.row("SELECT scene FROM scenes WHERE ticket = ?", ticket)
        return str(row["scene"]) if row else None

    def label(self, scene: str, label: str) -> None:
        """Remember what the page calls a scene."""
        self._store.put(_LABELS, self._store.get(_LABELS, {}) | {scene: label})

    def view(self) -> list[dict[str, str]]:
        """Return the scenes whose codes are still good, each once, the oldest first, with their labels."""
        rows = self._store.rows(
            "SELECT scene FROM scenes WHERE permanent OR until > ? GROUP BY scene ORDER BY min(rowid)",
            self._clock.now(),
        )
        labels: dict[str, str] = self._store.get(_LABELS, {})
        return [{"scene": row["scene"], "label": labels.get(row["scene"], "")} for row in rows]

    def _permanent(self) -> int:
        row = self._store.row("SELECT count(*) AS n FROM scenes WHERE permanent")
        return int(row["n"]) if row else 0


def _scene(action: str, document: Mapping[str, Any]) -> str:
    info = document.get("action_info")
    scene = info.get("scene", {}) if isinstance(info, Mapping) else {}
    if action in {"QR_STR_SCENE", "QR_LIMIT_STR_SCENE"}:
        text = scene.get("scene_str")
        if isinstance(text, str) and 1 <= len(text) <= 64:
            return text
    elif action in {"QR_SCENE", "QR_LIMIT_SCENE"}:
        number = scene.get("scene_id")
        most = PERMANENT_MOST if action == "QR_LIMIT_SCENE" else 2**32 - 1
        if isinstance(number, int) and 1 <= number <= most:
            return str(number)
    raise ApiError(40053)
