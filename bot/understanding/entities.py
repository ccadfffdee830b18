"""Find phone numbers, dates, amounts and orders of choice in what was typed."""

from __future__ import annotations

import re
from datetime import date, timedelta

_PHONE = re.compile(r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")
_FULL = re.compile(r"(?<!\d)(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})")
_MONTH_DAY = re.compile(r"(?<![路街巷弄道村里\d])(\d{1,2})月(\d{1,2})[日号]?")
_MONTH = re.compile(
    r"(上上个?|上个?|这个?|本|当)月(?:份|初|中|底|末)?(?:(\d{1,2})[日号])?|(?<!\d)(\d{1,2})月(?:份|初|中旬|底|末)"
)
_DAY = re.compile(r"(?<![路街巷弄道村里\d])(\d{1,2})[日号](?![线楼院店门机码窗柜营桌位员台卡铁])")
_AGO = re.compile(
    r"((?<!\d)\d++|半)个?多?(天|日|周|星期|礼拜|月|年|小时|钟头|分钟)(?:多|了|以?前|来|没|都|还|以来|$| )"
)
_LASTED = re.compile(r"(?:[等排说讲打聊跑站坐耗花用磨拖问]|解释|沟通)(?:队|电话)?了?(?:快|近|有|足足|整整)?$")
"""Words before a time that tell how long something took, not since when it is so."""

_BUT = re.compile(r"每[天个]?|一到|天天|要求|必须|请|限|希望|到|赶在|下|明天")
"""Before a day: a habit, a deadline, an end."""

_DEADLINE = re.compile(r"(?:之?内|以内|必须|再不|要是|如果|给我|就要|能不能|能|可以|之?前|为止|解决|还|到|至|、)")
"""After a day: what has to happen by then, or the other end of a span."""

_WORDS = {"大前天": 3, "前天": 2, "前晚": 2} | dict.fromkeys(("昨天", "昨日", "昨晚", "昨夜"), 1)
_WORDS |= dict.fromkeys(("今天", "今早", "今晚", "刚才", "刚刚", "早上", "中午"), 0)
_WORDS |= dict.fromkeys(("这两天", "近两天", "这2天", "前两天", "前2天"), 2)
_WORDS |= dict.fromkeys(("这几天", "近几天", "最近几天", "前几天", "好几天"), 3)
_WORDS |= {
    "这周": 0,
    "这星期": 0,
    "这个星期": 0,
    "这阵子": 14,
    "前阵子": 30,
    "这段时间": 14,
    "好几个月": 90,
    "去年": 365,
}
_WORDS |= dict.fromkeys(("上周", "上星期", "上个星期", "上礼拜", "上个礼拜"), 7)
_WORD = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))
_WEEKDAY = re.compile(r"(上上?个?|这个?|本)?(?:周|星期|礼拜)([一二三四五六日天1-7])(?!会员)")
_PART = re.compile(
    r"(?:凌晨|早上|上午|中午|下午|傍晚|晚上|夜里|半夜)?(?:(?:\d{1,2}|[一二两三四五六七八九十]{1,2})点半?)?(?:多|左右)?"
)
_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365}


def phone(text: str) -> str | None:
    """Return the first phone number."""
    found = _PHONE.search(text)
    return found.group(1) if found else None


def since(text: str, today: date) -> tuple[date, str] | None:
    """Return the day something began and the words that said so; `text` is normalised (三天了 -> 3天了)."""
    for find in (_month, _exact, _weekday, _word, _ago):
        if found := find(text, today):
            return found
    return None


def _beginning(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match that names a beginning: neither a habit (每天早上) nor a deadline (今天之内)."""
    for found in pattern.finditer(text):
        before, behind = text[max(found.start() - 4, 0) : found.start()].rstrip(), text[found.end() :].lstrip()
        if not re.search(rf"(?:{_BUT.pattern})$", before) and not _DEADLINE.match(behind):
            return found
    return None


def _month(text: str, today: date) -> tuple[date, str] | None:
    found = _beginning(_MONTH, text)
    if not found:
        return None
    if found[3]:
        day = _past(_date(today.year, int(found[3]), 1), today, years=1)
    else:
        back = found[1].count("上")
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        day = _date(year, month + 1, int(found[2] or 1))
    return (day, found.group()) if day else None


def _exact(text: str, today: date) -> tuple[date, str] | None:
    if found := _FULL.search(text):
        day = _date(int(found[1]), int(found[2]), int(found[3]))
    elif found := _MONTH_DAY.search(text):
        day = _past(_date(today.year, int(found[1]), int(found[2])), today, years=1)
    elif found := _beginning(_DAY, text):
        day = _past(_date(today.year, today.month, int(found[1])), today, years=0)
    return (day, found.group()) if found and day else None


def _weekday(text: str, today: date) -> tuple[date, str] | None:
    found = _beginning(_WEEKDAY, text)
    if not found:
        return None
    number = "一二三四五六日".find(found[2].replace("天", "日")) if not found[2].isdigit() else int(found[2]) - 1
    back = (today.weekday() - number) % 7
    if found[1] and found[1].startswith("上"):
        back = today.weekday() - number + 7 * found[1].count("上")
    return today - timedelta(days=back), found.group() + _part(text, found.end())


def _word(text: str, today: date) -> tuple[date, str] | None:
    found = _beginning(_WORD, text)
    if not found:
        return None
    return today - timedelta(days=_WORDS[found.group()]), found.group() + _part(text, found.end())


def _ago(text: str, today: date) -> tuple[date, str] | None:
    """Read 3天了; 半天 is an idiom, and a short while after 等了 or 打了 is how long it took."""
    found = next((each for each in _AGO.finditer(text) if _is_since(text, each)), None)
    if not found:
        return None
    count = 0.5 if found[1] == "半" else min(int(found[1]), 3000)
    days = int(count * _DAYS.get(found[2], 0))
    return today - timedelta(days=days), found.group().strip("都还没 ")


def _part(text: str, at: int) -> str:
    """Return the part of the day that follows a day: 晚上8点多."""
    found = _PART.match(text, at)
    return found.group() if found else ""


def _is_since(text: str, found: re.Match[str]) -> bool:
    if found[1] == "半" and found[2] in "天日":
        return False
    return _DAYS.get(found[2], 0) > 0 or not _LASTED.search(text[: found.start()])


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
