"""What must hold of a notice as a whole before its days are saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from bot.business_hours.notice import Notice
from bot.business_hours.notice_dates import spoken
from bot.business_hours.statutory import FESTIVALS, statutory
from bot.store.models import DayKind

_SATURDAY = 5
_LAW_OF = 2025
"""The statutory holidays as they are since; earlier years had others."""


def problems_of(notice: Notice, *, complete: bool) -> list[str]:
    """Return what is wrong, in Chinese sentences with what to do.

    `complete` is said of a year's notice for all branches: it must hold every festival, and its make-up workdays are
    Saturdays and Sundays. A branch's own days and a supplement need not.
    """
    found = [*_contradictions(notice), *(_overlaps(notice) if complete else ())]
    return found + ([*_weekdays_worked(notice), *_missing(notice)] if complete else [])


def _contradictions(notice: Notice) -> Iterator[str]:
    worked = {each.day: each for each in notice.days if each.kind is DayKind.WORKDAY}
    for day in sorted({each.day for each in notice.days if each.kind is DayKind.HOLIDAY} & worked.keys()):
        yield f"{spoken(day)}既写了放假又写了上班，请只留一种。"


def _overlaps(notice: Notice) -> Iterator[str]:
    sections: dict[date, dict[int, str]] = defaultdict(dict)
    for each in notice.days:
        if each.kind is DayKind.HOLIDAY:
            sections[each.day][each.section] = each.name
    for day, names in sections.items():
        if len(names) > 1:
            yield f"{spoken(day)}在“{'”和“'.join(names.values())}”里都写了放假，请核对，连在一起的节日写成一段。"


def _weekdays_worked(notice: Notice) -> Iterator[str]:
    for each in notice.days:
        if each.kind is DayKind.WORKDAY and each.day.weekday() < _SATURDAY:
            yield f"“{each.name}”写了{spoken(each.day)}上班，这天本来就上班，请核对日期。"


def _missing(notice: Notice) -> Iterator[str]:
    hint = "请补全通知；只是补充或更正时请加 --supplement"
    if absent := [name for name in FESTIVALS if name not in notice.festivals]:
        yield f"没有读到{'、'.join(absent)}的安排，{hint}。"
        return
    off = {each.day for each in notice.days if each.kind is DayKind.HOLIDAY}
    for day, name in statutory(notice.year).items() if notice.year >= _LAW_OF else ():
        if day not in off:
            yield f"{spoken(day)}是{name}的法定假日，通知里没有放假，{hint}。"
