"""On which days birthdays are kept, by the solar and the lunar calendar.

A solar 29 February is kept on the 28th in common years. A lunar birthday is kept once in every lunar year: one in a
leap month in that leap month when the year has it, otherwise in the ordinary month of the same number; a 30th in a
month of 29 days on the 29th. As lunar years begin in January or February, a lunar birthday near the year's end can
fall into one solar year twice and into another not at all; each is kept, for each belongs to another lunar year.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date
from typing import NamedTuple

from lunar_python import Lunar, LunarMonth, LunarYear, Solar

from bot.store.models import Calendar


class Birthday(NamedTuple):
    """A birthday without its year; `leap` is for lunar leap months only."""

    calendar: Calendar
    month: int
    day: int
    leap: bool = False


def kept_on(day: date) -> frozenset[Birthday]:
    """Return every birthday that is kept on `day`."""
    return _solar_on(day) | _lunar_on(day)


def date_in_lunar_year(birthday: Birthday, year: int) -> date:
    """Return the day on which a lunar birthday is kept in lunar `year`."""
    in_leap = birthday.leap and LunarYear.fromYear(year).getLeapMonth() == birthday.month
    month = -birthday.month if in_leap else birthday.month
    day = min(birthday.day, LunarMonth.fromYm(year, month).getDayCount())
    solar = Lunar.fromYmd(year, month, day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def _solar_on(day: date) -> frozenset[Birthday]:
    kept = {Birthday(Calendar.SOLAR, day.month, day.day)}
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        kept.add(Birthday(Calendar.SOLAR, 2, 29))
    return frozenset(kept)


def _lunar_on(day: date) -> frozenset[Birthday]:
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    year, signed, number = lunar.getYear(), lunar.getMonth(), lunar.getDay()
    month = abs(signed)
    last = number == 29 == LunarMonth.fromYm(year, signed).getDayCount()
    days = (29, 30) if last else (number,)
    leaps = {True} if signed < 0 else {False} if LunarYear.fromYear(year).getLeapMonth() == month else {False, True}
    return frozenset(Birthday(Calendar.LUNAR, month, each, leap) for each in days for leap in leaps)
