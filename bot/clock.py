"""The one source of time.

Stored time is UTC; business time is the branch's zone. Nothing else in the program asks the system for the time, so
that tests, the demo and a catch-up after downtime all see the clock they are given.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import redis
import structlog

log = structlog.get_logger(__name__)

OFFSET_KEY = "tiexin:clock:offset"
"""Redis key that holds how many seconds the demo's clock is ahead of the system's; the simulator moves it."""


class Clock(Protocol):
    """Tell the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock, for production."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved, for tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment the clock was last set to."""
        return self._now

    def advance(self, delta: timedelta) -> None:
        """Move forward by `delta`."""
        self._now += delta

    def set(self, moment: datetime) -> None:
        """Jump to `moment`."""
        self._now = moment.astimezone(UTC)


class SharedClock:
    """The system's clock plus an offset that all processes of a demo read from Redis.

    The offset is read at most every 0.2 s, so a moved clock reaches every process at once while the hot way pays
    nothing. When Redis does not answer, the last known offset stays in force.
    """

    REFRESH_SECONDS = 0.2

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._offset = timedelta()
        self._read_at = float("-inf")
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the system's time plus the shared offset, aware, in UTC."""
        if time.monotonic() - self._read_at > self.REFRESH_SECONDS:
            self._refresh()
        return datetime.now(UTC) + self._offset

    def _refresh(self) -> None:
        with self._lock:
            self._read_at = time.monotonic()
            try:
                value = self._redis.get(OFFSET_KEY)
            except redis.RedisError:
                return
            try:
                self._offset = timedelta(seconds=float(value or 0))
            except (ValueError, OverflowError):
                log.warning("clock_offset_unreadable", remedy=f"delete the key {OFFSET_KEY}")


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return `moment` in the business zone."""
    return moment.astimezone(zone)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """Return the business day that `moment` falls on."""
    return moment.astimezone(zone).date()
