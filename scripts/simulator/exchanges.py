"""The raw record of every request between platform and product."""

from __future__ import annotations

import json
import re
from typing import Any

from .bus import Bus
from .clock import PlatformClock, iso
from .settings import Settings
from .store import Store

KEPT = 4000
"""Exchanges that are kept; the oldest go first."""
SHOWN = 16_384
"""Characters of a body that are kept."""

_SECRET = re.compile(r"((?:access_token|secret|corpsecret)=[^&]{0,6})[^&]*")


class Exchanges:
    """Number, keep and publish exchanges; with the setting `record` off, only number them."""

    def __init__(self, store: Store, bus: Bus, clock: PlatformClock, settings: Settings) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._settings = settings

    def add(self, **record: Any) -> int:
        """Keep one exchange (fields of the control API) and return its id, 0 when nothing is recorded."""
        if not self._settings.record:
            return 0
        record["at"] = iso(self._clock.now())
        record["url"] = _SECRET.sub(r"\1…", record["url"])
        for name in ("request_body", "request_plain", "response_body", "response_plain"):
            record[name] = (record.get(name) or "")[:SHOWN]
        key = self._store.write("INSERT INTO exchanges (body) VALUES (?)", json.dumps(record, ensure_ascii=False))
        if key % 500 == 0:
            self._store.write("DELETE FROM exchanges WHERE id <= ?", key - KEPT)
        self._bus.publish("exchange", id=key)
        return key

    def judged(self, key: int, verdict: str) -> None:
        """Write the verdict that was only known later."""
        row = self._store.row("SELECT body FROM exchanges WHERE id = ?", key)
        if row:
            record = json.loads(row["body"]) | {"verdict": verdict}
            self._store.write("UPDATE exchanges SET body = ? WHERE id = ?", json.dumps(record, ensure_ascii=False), key)

    def read(self, after: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """Return exchanges after an id, oldest first; without an id, the latest ones."""
        if after is None:
            rows = self._store.rows("SELECT * FROM exchanges ORDER BY id DESC LIMIT ?", limit)[::-1]
        else:
            rows = self._store.rows("SELECT * FROM exchanges WHERE id > ? ORDER BY id LIMIT ?", after, limit)
        return [{"id": row["id"], **json.loads(row["body"])} for row in rows]
