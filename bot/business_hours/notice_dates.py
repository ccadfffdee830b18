"""The dates of a notice's sentence.

1月1日（周四）至3日（周六）, 2月14日（星期六）、28日（星期六）, 2022年12月31日至2023年1月2日.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS = "一二三四五六日"
_NOVEMBER = 11
LONGEST = 15
"""Days; a longer range is a slip of the pen."""

_TO = r"起?(?:至|到|-|—|~)"
_AND = r"(?:、|和|及|以及|与)"
_ONE = rf"(?:\d{{4}}年)?(?:\d{{1,2}}月)?\d{{1,2}}(?:[日号](?:\([^()]{{0,40}}\))?|(?={_TO}\d))"
GROUP = re.compile(rf"{_ONE}(?:(?:{_TO}|{_AND}){_ONE})*")
"""Dates that share a verb."""

_DATE = re.compile(
    rf"(?P<to>{_TO})?(?:(?P<year>\d{{4}})年)?(?:(?P<month>\d{{1,2}})月)?(?P<day>\d{{1,2}})(?:[日号](?:\((?P<note>[^()]{{0,40}})\))?)?"
)
_WEEKDAY = re.compile(r"(?:星期|周|礼拜)([一二三四五六日天])")


class DateError(Exception):
    """The dates make no sense; the message says in Chinese why and what to write instead."""


@dataclass
class Dates:
    """Reads the dates of a section; what a date leaves out comes from the one before it or from the notice.

    At New Year a December is that of the year before.
    """

    year: int
    at_new_year: bool = False
    _last: date | None = None

    def of(self, group: str) -> list[date]:
        """Return every day of a group.

        Raises:
            DateError: a day does not exist, has another weekday than is said, or a range is no range.
        """
        days: list[date] = []
        for found in _DATE.finditer(group):
            day = self._day(found, days[-1] if days else None if found["month"] else self._last)
            days.extend(_until(days[-1], day) if found["to"] and days else [day])
            self._last = days[-1]
        return days

    def _day(self, found: re.Match[str], before: date | None) -> date:
        month = found["month"] or (str(before.month) if before else "")
        if not month:
            raise DateError(f"“{found[0]}”没有写月份，请写成 1月{found['day']}日 的样子")
        year = int(found["year"]) if found["year"] else self._year(found, int(month), before)
        if abs(year - self.year) > 1:
            raise DateError(f"{year}年不在{self.year}年前后，请核对年份")
        try:
            day = date(year, int(month), int(found["day"]))
        except ValueError:
            raise DateError(f"{year}年没有{month}月{found['day']}日，请核对日期") from None
        _check_weekday(day, found["note"] or "")
        return day

    def _year(self, found: re.Match[str], month: int, before: date | None) -> int:
        if before is not None and not (found["month"] and self.at_new_year):
            return before.year + bool(found["to"] and month < before.month)  # a range over the end of the year
        return self.year - 1 if self.at_new_year and month >= _NOVEMBER else self.year


def spoken(day: date) -> str:
    """Return a day as a notice writes it: 2027年1月1日（星期五）."""
    return f"{day.year}年{day.month}月{day.day}日（星期{WEEKDAYS[day.weekday()]}）"


def _until(first: date, last: date) -> Iterator[date]:
    """Yield the days after `first` up to `last`."""
    length = (last - first).days
    if not 0 < length < LONGEST:
        raise DateError(f"{spoken(first)}至{spoken(last)}不像一个假期，请核对起止日期")
    return (first + timedelta(days=after) for after in range(1, length + 1))


def _check_weekday(day: date, note: str) -> None:
    said = _WEEKDAY.search(note)
    if said and WEEKDAYS[day.weekday()] != said[1].replace("天", "日"):
        raise DateError(f"{day.month}月{day.day}日写的是星期{said[1]}，但{spoken(day)}，请核对日期或星期")
