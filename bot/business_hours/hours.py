"""Business hours of a branch: periods of a day, by weekday.

Written as JSON: `{"workdays": ["08:30-12:00", "13:30-18:00"], "sat": ["09:00-12:00"]}`. `workdays` holds from Monday to
Friday and on make-up workdays; `mon` … `sun` say otherwise for one weekday, `[]` closes it. Saturday and Sunday are
closed unless they are named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

WORKDAYS = "workdays"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SATURDAY = 5
_PERIOD = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_MIDNIGHT = 24 * 60
_EXAMPLE = "例如 08:30-12:00"


class HoursError(Exception):
    """Business hours are malformed; the message says in Chinese what is wrong and what to write."""


class Period(NamedTuple):
    """A stretch of a day, in minutes from midnight; `end` is no more in it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When a branch is open: `workdays` on make-up workdays, `week` from Monday to Sunday."""

    workdays: tuple[Period, ...]
    week: tuple[tuple[Period, ...], ...]

    @classmethod
    def of(cls, written: Any) -> Hours:
        """Read hours as they are written.

        Raises:
            HoursError: they are malformed.
        """
        if not isinstance(written, Mapping) or not written.get(WORKDAYS):
            raise HoursError(f'缺少 "{WORKDAYS}"，例如 {{"workdays": ["08:30-12:00", "13:30-18:00"]}}')
        if unknown := written.keys() - {WORKDAYS, *WEEKDAYS}:
            raise HoursError(f"不认识“{'、'.join(sorted(unknown))}”，只能写 workdays 和 {'、'.join(WEEKDAYS)}")
        usual = _periods(WORKDAYS, written[WORKDAYS])
        rest = dict.fromkeys(WEEKDAYS[:_SATURDAY], usual)
        week = tuple(_periods(name, written[name]) if name in written else rest.get(name, ()) for name in WEEKDAYS)
        if not any(week):
            raise HoursError("一周里没有一天上班，请至少写一天的时间")
        return cls(usual, week)


def _periods(name: str, written: Any) -> tuple[Period, ...]:
    if not isinstance(written, list):
        raise HoursError(f"{name} 后面要用方括号列出时间段，{_EXAMPLE}")
    periods = tuple(_period(name, each) for each in written)
    if any(after.start < before.end for before, after in pairwise(periods)):
        raise HoursError(f"{name} 的时间段有重叠或顺序不对，请从早到晚写")
    return periods


def _period(name: str, written: Any) -> Period:
    found = _PERIOD.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise HoursError(f"{name} 的“{written}”不是时间段，{_EXAMPLE}")
    first, first_minute, last, last_minute = map(int, found.groups())
    period = Period(first * 60 + first_minute, last * 60 + last_minute)
    if not period.start < period.end <= _MIDNIGHT:
        raise HoursError(f"{name} 的“{written}”结束要晚于开始，最晚到 24:00")
    return period


USUAL = Hours.of({WORKDAYS: ["08:30-18:00"]})
"""The hours of a branch that has set none; the default of the column `branches.hours`."""
