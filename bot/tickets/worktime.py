"""Working time: from when to when a branch works, and what "within four working hours" means.

Workdays come from the published calendar of China (public holidays and make-up workdays). For years it does not cover
yet, Monday to Friday are workdays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

OPENS = time(8, 30)
CLOSES = time(18, 0)
_ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=1024)
def is_workday(day: date) -> bool:
    """Return whether people work on `day`: no on public holidays, yes on make-up workdays."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the calendar has no table for this year
        return day.weekday() < 5


def at_work(moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether `moment` is within working time."""
    here = moment.astimezone(zone)
    return is_workday(here.date()) and OPENS <= here.time() < CLOSES


def add_working_time(start: datetime, amount: timedelta, zone: ZoneInfo) -> datetime:
    """Return the moment by which `amount` of working time has passed since `start`; in UTC like `start`.

    A deadline that falls on the end of a day stays there and does not slip to the next morning.
    """
    here = start.astimezone(zone)
    day, left = here.date(), amount
    begin = here
    while True:
        opens, closes = (datetime.combine(day, hour, zone) for hour in (OPENS, CLOSES))
        begin = max(begin, opens)
        if is_workday(day) and begin < closes:
            if left <= closes - begin:
                return (begin + left).astimezone(start.tzinfo)
            left -= closes - begin
        day += _ONE_DAY
        begin = datetime.combine(day, OPENS, zone)


def working_time_between(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """Return how much working time lies between two moments; zero when `end` is not later."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    total, day = timedelta(), first.date()
    while day <= last.date():
        if is_workday(day):
            opens, closes = (datetime.combine(day, hour, zone) for hour in (OPENS, CLOSES))
            total += max(min(last, closes) - max(first, opens), timedelta())
        day += _ONE_DAY
    return total


@dataclass(frozen=True, slots=True)
class Clockwork:
    """How due times are counted: working hours until an answer is due, in which zone."""

    reply_hours: int
    zone: ZoneInfo

    def due(self, now: datetime) -> datetime:
        """Return by when a complaint that comes up now is answered."""
        return add_working_time(now, timedelta(hours=self.reply_hours), self.zone)
