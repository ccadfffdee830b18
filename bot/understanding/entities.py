"""Find phone numbers, dates, amounts and orders of choice in what was typed."""

from __future__ import annotations

import re
from datetime import date, timedelta

_PHONE = re.compile(r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")
_FULL = re.compile(r"(?<!\d)(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})")
_MONTH_DAY = re.compile(r"(?<!\d)(\d{1,2})月(\d{1,2})[日号]?")
_DAY = re.compile(r"(?<!\d)(\d{1,2})[日号](?!线|楼|院|店|门|机|码)")
_AGO = re.compile(r"(\d+|半)个?(天|日|周|星期|礼拜|月|年|小时|钟头|分钟)(?:多|了|以?前|来|没|都|还|以来|$| )")
_WORDS = {"大前天": 3, "前天": 2, "前晚": 2} | dict.fromkeys(("昨天", "昨日", "昨晚", "昨夜"), 1)
_WORDS |= dict.fromkeys(("今天", "今早", "今晚", "刚才", "刚刚", "早上", "中午"), 0)
_WORD = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))
_WEEKDAY = re.compile(r"(上上?个?|这个?|本)?(?:周|星期|礼拜)([一二三四五六日天1-7])")
_PART = r"(?:凌晨|早上|上午|中午|下午|傍晚|晚上|夜里|半夜)?(?:\d{1,2}点半?)?(?:多|左右)?"
_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365}


def phone(text: str) -> str | None:
    """Return the first phone number."""
    found = _PHONE.search(text)
    return found.group(1) if found else None


def since(text: str, today: date) -> tuple[date, str] | None:
    """Return the day something began and the words that said so; `text` is normalised (三天了 -> 3天了)."""
    for find in (_exact, _weekday, _word, _ago):
        if found := find(text, today):
            return found
    return None


def _exact(text: str, today: date) -> tuple[date, str] | None:
    if found := _FULL.search(text):
        day = _date(int(found[1]), int(found[2]), int(found[3]))
    elif found := _MONTH_DAY.search(text):
        day = _past(_date(today.year, int(found[1]), int(found[2])), today, years=1)
    elif found := _DAY.search(text):
        day = _past(_date(today.year, today.month, int(found[1])), today, years=0)
    return (day, found.group()) if found and day else None


def _weekday(text: str, today: date) -> tuple[date, str] | None:
    found = _WEEKDAY.search(text)
    if not found:
        return None
    number = "一二三四五六日".find(found[2].replace("天", "日")) if not found[2].isdigit() else int(found[2]) - 1
    back = (today.weekday() - number) % 7
    if found[1] and found[1].startswith("上"):
        back = today.weekday() - number + 7 * found[1].count("上")
    return today - timedelta(days=back), found.group()


def _word(text: str, today: date) -> tuple[date, str] | None:
    found = _WORD.search(text)
    if not found:
        return None
    whole = re.compile(re.escape(found.group()) + _PART).search(text)
    return today - timedelta(days=_WORDS[found.group()]), (whole or found).group()


def _ago(text: str, today: date) -> tuple[date, str] | None:
    found = _AGO.search(text)
    if not found:
        return None
    count = 0.5 if found[1] == "半" else min(int(found[1]), 3000)
    days = int(count * _DAYS.get(found[2], 0))
    return today - timedelta(days=days), found.group().strip("都还没 ")


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _past(day: date | None, today: date, years: int) -> date | None:
    """Move a day without a year to the last time it was."""
    if day is None or day <= today:
        return day
    if years:
        return _date(day.year - 1, day.month, day.day)
    return _date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, day.day)
