"""Every branch's business calendar, read from the database and cached for a short time."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection

from bot.business_hours.days import Days, unannounced
from bot.business_hours.hours import USUAL, Hours
from bot.business_hours.working_time import WorkingTime
from bot.store.models import DayKind

_DAYS = "SELECT branch_id, date, kind, notice_year FROM calendar_days"
_HOURS = 'SELECT id, hours FROM branches WHERE hours <> \'{"workdays": ["08:30-18:00"]}\''


@dataclass(frozen=True, slots=True)
class _Read:
    """What one reading found."""

    at: float = float("-inf")
    days: Mapping[int | None, Mapping[date, DayKind]] = field(default_factory=dict)
    announced: frozenset[int] = frozenset()
    hours: Mapping[int, Hours] = field(default_factory=dict)


class Calendars:
    """Gives every branch's calendar; one a process, used by many threads.

    The rows are few and read as a whole on the caller's connection when the last reading is older than
    `REFRESH_SECONDS`: a change reaches every process within that time, and a message hardly ever pays for it.
    """

    REFRESH_SECONDS = 30.0

    def __init__(self, zone: ZoneInfo, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._zone = zone
        self._monotonic = monotonic
        self._read = _Read()

    def of(self, connection: Connection[Any], branch_id: int) -> WorkingTime:
        """Return the calendar of a branch."""
        read = self._fresh(connection)
        days = Days(read.days.get(branch_id, {}), read.days.get(None, {}), read.announced)
        return WorkingTime(self._zone, days, read.hours.get(branch_id, USUAL))

    def unannounced(self, connection: Connection[Any], today: date) -> tuple[int, ...]:
        """Return the years whose notice is missing and should be imported (`days.unannounced`)."""
        return unannounced(self._fresh(connection).announced, today)

    def _fresh(self, connection: Connection[Any]) -> _Read:
        now = self._monotonic()
        if now - self._read.at > self.REFRESH_SECONDS:
            self._read = _read(connection, now)
        return self._read


def _read(connection: Connection[Any], at: float) -> _Read:
    days: dict[int | None, dict[date, DayKind]] = defaultdict(dict)
    announced = set()
    for branch_id, day, kind, notice_year in connection.execute(_DAYS):
        days[branch_id][day] = DayKind(kind)
        if branch_id is None and notice_year is not None:
            announced.add(notice_year)
    hours = {branch_id: Hours.of(written) for branch_id, written in connection.execute(_HOURS)}
    return _Read(at, dict(days), frozenset(announced), hours)
