"""Public holidays and make-up workdays, in layers.

A branch's own row wins over a row for all branches, that over the notice that the calendar package knows, and that over
the statutory holidays, which stand for a year whose notice is not known yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import chinese_calendar

from bot.business_hours.statutory import statutory
from bot.store.models import DayKind

DECEMBER = 12
IMPORT_COMMAND = "python -m scripts.import_holidays 通知.txt"


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one branch that differ from the week's rule.

    `own` are the branch's rows, `common` those for all branches; `announced` are the years whose notice is among them.
    """

    own: Mapping[date, DayKind] = field(default_factory=dict)
    common: Mapping[date, DayKind] = field(default_factory=dict)
    announced: frozenset[int] = frozenset()

    def kind(self, day: date) -> DayKind | None:
        """Return whether `day` is a holiday or a make-up workday; None for a day like any other of its weekday."""
        stated = self.own.get(day) or self.common.get(day)
        if stated is not None or day.year in self.announced:
            return stated
        if in_package(day.year):
            return published(day)
        return DayKind.HOLIDAY if day in statutory(day.year) else None


def in_package(year: int) -> bool:
    """Return whether the calendar package knows the year's notice."""
    try:
        chinese_calendar.is_workday(date(year, 6, 1))
    except NotImplementedError:
        return False
    return True


def published(day: date) -> DayKind | None:
    """Return what the calendar package says of a day of a year that it knows."""
    rests, name = chinese_calendar.get_holiday_detail(day)
    if name is None:
        return None
    return DayKind.HOLIDAY if rests else DayKind.WORKDAY


def unannounced(announced: frozenset[int], today: date) -> tuple[int, ...]:
    """Return the years whose notice should be here: this year's, and from 1 December the next year's."""
    wanted = (today.year, today.year + 1) if today.month == DECEMBER else (today.year,)
    return tuple(year for year in wanted if year not in announced and not in_package(year))


def said_missing(years: Iterable[int]) -> str:
    """Return in one sentence for the operator that years' notices are missing."""
    named = "、".join(f"{year}年" for year in years)
    return f"{named}的放假安排还没有导入，答复时间只按法定节假日推算；国务院通知发布后请运行 {IMPORT_COMMAND}"
