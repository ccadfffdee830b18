"""Rest days by the branch's calendar: what falls due on them stands with the next workday."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from bot.business_hours import WorkingTime

_LONGEST = 31
"""Days; so far back is looked for the last workday."""


class Span(NamedTuple):
    """The days that a workday covers: the rest days just before it, and itself."""

    first: date
    day: date

    @classmethod
    def of(cls, working_time: WorkingTime, day: date) -> Span:
        """Return the span of a day."""
        first = day
        while (day - first).days < _LONGEST and not working_time.is_workday(first - timedelta(days=1)):
            first -= timedelta(days=1)
        return cls(first, day)

    def days(self) -> list[date]:
        """Return its days in order."""
        return [self.first + timedelta(days=number) for number in range((self.day - self.first).days + 1)]


def spans(calendars: Mapping[int, WorkingTime], day: date) -> dict[Span, list[int]]:
    """Return the branches by the span of a day, those that rest on it left out."""
    found: dict[Span, list[int]] = defaultdict(list)
    for branch_id, calendar in calendars.items():
        if calendar.is_workday(day):
            found[Span.of(calendar, day)].append(branch_id)
    return found


def begins_week(working_time: WorkingTime, day: date) -> bool:
    """Return whether `day` is the first workday of its week, which begins on Monday."""
    before = (day - timedelta(days=number) for number in range(1, day.weekday() + 1))
    return working_time.is_workday(day) and not any(working_time.is_workday(each) for each in before)


def next_workday(working_time: WorkingTime, day: date) -> date:
    """Return `day`, or the first workday after it."""
    for _ in range(_LONGEST):
        if working_time.is_workday(day):
            break
        day += timedelta(days=1)
    return day
