"""Arithmetic in working time: what "within four working hours" means for a branch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.business_hours.days import Days
from bot.business_hours.hours import USUAL, Hours, Period
from bot.store.models import DayKind

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """A branch's business calendar: which days are worked, from when to when, in which zone."""

    zone: ZoneInfo
    days: Days = field(default_factory=Days)
    hours: Hours = USUAL

    def is_workday(self, day: date) -> bool:
        """Return whether the branch works on `day`: no on public holidays, yes on make-up workdays."""
        return bool(self._periods(day))

    def at_work(self, moment: datetime) -> bool:
        """Return whether `moment` is within working time; the end of a period is not."""
        here = moment.astimezone(self.zone)
        return any(opens <= here < closes for opens, closes in self._stretches(here.date()))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """Return the moment by which `amount` of working time has passed since `start`, in the zone of `start`.

        A deadline that falls on the end of a period stays there and does not slip to the beginning of the next.
        """
        here, left = start.astimezone(self.zone), amount
        day = here.date()
        while True:
            for opens, closes in self._stretches(day):
                begin = max(here, opens)
                if begin >= closes:
                    continue
                if left <= closes - begin:
                    return (begin + left).astimezone(start.tzinfo)
                left -= closes - begin
            day += _ONE_DAY

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two moments; zero when `end` is not later."""
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        total, day = timedelta(), first.date()
        while day <= last.date():
            for opens, closes in self._stretches(day):
                total += max(min(last, closes) - max(first, opens), timedelta())
            day += _ONE_DAY
        return total

    def _periods(self, day: date) -> tuple[Period, ...]:
        match self.days.kind(day):
            case DayKind.HOLIDAY:
                return ()
            case DayKind.WORKDAY:
                return self.hours.workdays
            case _:
                return self.hours.week[day.weekday()]

    def _stretches(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        midnight = datetime.combine(day, time(), self.zone)
        for period in self._periods(day):
            yield midnight + timedelta(minutes=period.start), midnight + timedelta(minutes=period.end)
