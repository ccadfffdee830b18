"""The platform's clock, which can be moved; the product may follow it through Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import redis

ZONE = ZoneInfo("Asia/Shanghai")
OFFSET_KEY = "tiexin:clock:offset"
"""Redis key of the seconds by which everyone's clock is ahead; the product reads the same one."""
FRESH_S = 0.5
"""Real seconds for which an offset read from Redis is believed."""


class SharedOffset:
    """The offset in Redis; when Redis is away, the last one known stays good."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        self._known = 0.0
        self._read_at = float("-inf")

    def read(self) -> float:
        """Return the seconds, asking Redis at most twice a second."""
        if time.monotonic() - self._read_at >= FRESH_S:
            self._read_at = time.monotonic()
            try:
                self._known = float(self._redis.get(OFFSET_KEY) or 0)
            except (redis.RedisError, ValueError):
                return self._known
        return self._known

    def write(self, offset_s: float) -> None:
        """Set the seconds for everyone."""
        self._redis.set(OFFSET_KEY, str(int(offset_s)))
        self._known, self._read_at = offset_s, time.monotonic()


class PlatformClock:
    """Real time plus an offset; `listen` is told of every move."""

    def __init__(
        self, offset_s: float = 0, source: Callable[[], float] = time.time, shared: SharedOffset | None = None
    ) -> None:
        self._offset = offset_s
        self._source = source
        self._shared = shared
        self._listeners: list[Callable[[float], None]] = []
        self._lock = threading.RLock()

    @property
    def offset_s(self) -> int:
        """Whole seconds by which the platform is ahead of the real time."""
        return int(self._shared.read() if self._shared else self._offset)

    def now(self) -> float:
        """Return the platform's unix time in seconds."""
        return self._source() + self.offset_s

    def moment(self) -> datetime:
        """Return the platform's time in the business zone."""
        return datetime.fromtimestamp(self.now(), ZONE)

    def listen(self, listener: Callable[[float], None]) -> None:
        """Call `listener(offset_s)` after each move."""
        self._listeners.append(listener)

    def advance(self, seconds: float = 0, **parts: float) -> None:
        """Move on by seconds and by the parts of a timedelta (hours=3, days=2)."""
        self._move(self.offset_s + seconds + timedelta(**parts).total_seconds())

    def move_to(self, moment: datetime) -> None:
        """Move to a moment; one without a zone is in the business zone."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
        self._move(aware.timestamp() - self._source())

    def reset(self) -> None:
        """Return to the real time."""
        self._move(0)

    def restore(self, offset_s: float) -> None:
        """Take up an offset kept from an earlier run, telling no one."""
        self._offset = offset_s

    def _move(self, offset_s: float) -> None:
        with self._lock:
            self._offset = round(offset_s)
            if self._shared:
                self._shared.write(self._offset)
        for listener in self._listeners:
            listener(self._offset)


def iso(seconds: float) -> str:
    """Write a unix time as ISO 8601 in the business zone, to the second."""
    return datetime.fromtimestamp(seconds, ZONE).isoformat(timespec="seconds")
