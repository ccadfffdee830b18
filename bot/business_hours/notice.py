"""Reading a notice of holidays (放假安排) in the words in which the State Council publishes it.

    一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。

A notice is read in sections (one a festival), sentences, clauses, and groups of dates with the verb that follows them.
What is not understood is an error with its sentence: a day that is left out in silence would make promises false.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from bot.business_hours.notice_dates import GROUP, LONGEST, DateError, Dates, spoken
from bot.business_hours.statutory import FESTIVALS, LABOUR, NATIONAL, NEW_YEAR
from bot.store.models import DayKind

_SHORT = "|".join(each.removesuffix("节") for each in FESTIVALS)
_NAMED = rf"(?:{_SHORT})节?(?:[、和](?:{_SHORT})节?)?"
_ALSO = {LABOUR: "五一", NATIONAL: "十一"}
_NUMBER = r"(?:[一二三四五六七八九十]{1,2}、|\([一二三四五六七八九十]{1,2}\)、?)"
_SECTION = re.compile(rf"{_NUMBER}(?P<any>[^:。,\n]{{2,40}}):|(?P<named>{_NAMED}):|{_NUMBER}")
_TITLE = re.compile(r"(20\d\d)年(?:部分)?(?:节假日|放假|春节|清明|劳动|端午|中秋|国庆)")
_ANY_YEAR = re.compile(r"(20\d\d)年\d")
_SENTENCE = re.compile(r"[。;\n]")
_CLAUSE = re.compile(r",(?![^()]{0,40}\))")
_SIGNED = re.compile(r"\D{0,20}\d{4}年\d{1,2}月\d{1,2}日(?:\([^()]{0,20}\))?")
_BROKEN = re.compile(rf"(?<![。;:])\n(?!{_NUMBER}|{_NAMED}:)")
"""The end of a line within a sentence."""
_REST = re.compile(
    rf"(?:均|都|统一|全体|照常|为|是|止|{_SHORT}|节){{0,6}}(?:法定节假日|节假日|公休|放假|补休|补假|调休|休息|休假|停业|歇业|不上班|不营业)"
)
_WORK = re.compile(r"(?:均|都|照常|正常|仍|需|应|要){0,6}(?:上班|补班|营业|工作)")
_RESUMED = re.compile(r"起.{0,6}(?:上班|营业|工作)")
_MOVED = re.compile(r".{0,10}调[至到]$")
_EXTENDED = re.compile(r"延长.{0,20}[至到]$")
_COUNT = re.compile(r"(?:共|放假|休息)(\d{1,2}|[一二三四五六七八九十])天")
_IN_WORDS = re.compile(r"[一二三四五六七八九十]月[一二三四五六七八九十]{1,3}[日号]|\d{1,4}[-/.]\d{1,2}[-/.]\d")
_NO_DATE = re.compile(r"\d.{0,40}(?:放假|补休|上班|补班|停业)")
_ADVICE = re.compile(r"鼓励|提倡")
_DIGITS = {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)}

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5

Known = Callable[[date], DayKind | None]


class NoticeError(Exception):
    """The notice cannot be saved; `problems` are Chinese sentences, each with what to write instead."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Stated(NamedTuple):
    """A day of a notice."""

    day: date
    kind: DayKind
    name: str
    section: int


@dataclass
class Notice:
    """What a notice says: its days in the order of the calendar, and the festivals that have a section."""

    year: int
    days: list[Stated] = field(default_factory=list)
    festivals: list[str] = field(default_factory=list)


class _Group(NamedTuple):
    """A group of dates in a clause, with the words before and after it."""

    before: str
    days: list[date]
    after: str


def plain(text: str) -> str:
    """Return the text with one form of every sign and without blanks."""
    lines = (re.sub(r"[ \t\r\u3000\u200b\ufeff]", "", line) for line in unicodedata.normalize("NFKC", text).split("\n"))
    return _BROKEN.sub("", "\n".join(filter(None, lines)))


def year_of(text: str, *, loosely: bool = False) -> int | None:
    """Return the year that the title names; `loosely`, the first that is named at all."""
    found = _TITLE.search(plain(text)) or (_ANY_YEAR.search(plain(text)) if loosely else None)
    return int(found[1]) if found else None


def read(text: str, year: int, known: Known) -> Notice:
    """Read a notice of `year`; `known` gives the calendar as it is, for what extends a holiday.

    Raises:
        NoticeError: a sentence is not understood or contradicts itself.
    """
    notice, problems = Notice(year), list[str]()
    for number, (name, body) in enumerate(_sections(plain(text))):
        section = _Section(notice, number, name, known)
        for sentence in filter(None, _SENTENCE.split(body)):
            try:
                section.read(sentence)
            except DateError as error:
                problems.append(f"“{sentence}”：{error}。")
        notice.days += section.weekends_between()
        notice.festivals += _festivals(name)
        if name and not section.stated and not problems:
            problems.append(f"“{name}”后面没有读到放假的日期，请写成“{name}：1月1日至3日放假，共3天。”的样子。")
    if problems:
        raise NoticeError(problems)
    if not notice.days:
        raise NoticeError(["没有读到任何日期，请写成“1月1日至3日放假，共3天。1月4日（星期日）上班。”的样子。"])
    notice.days = sorted(set(notice.days))
    return notice


def _festivals(name: str) -> list[str]:
    """Return the festivals that a heading names: 国庆节、中秋节, 清明, “五一”."""
    return [each for each in FESTIVALS if each.removesuffix("节") in name or _ALSO.get(each, each) in name]


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the sentences of every section; what stands before the first is a preamble."""
    heads = [found for found in _SECTION.finditer(text) if found.start() == 0 or text[found.start() - 1] in "。;\n)"]
    if not heads:
        yield "", text
        return
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        name = head["any"] or head["named"] or ""
        yield name, text[head.end() : after.start() if after else None]


class _Section:
    """Reads the sentences of one section into the notice."""

    def __init__(self, notice: Notice, number: int, name: str, known: Known) -> None:
        self._notice = notice
        self._number = number
        self._name = name
        self._known = known
        self._dates = Dates(notice.year, at_new_year=NEW_YEAR in name)
        self._rest: list[date] = []

    def read(self, sentence: str) -> None:
        """Read a sentence.

        Raises:
            DateError: it is not understood.
        """
        if _ADVICE.search(sentence) or _SIGNED.fullmatch(sentence):
            return
        if _IN_WORDS.search(sentence) or (not GROUP.search(sentence) and _NO_DATE.search(_COUNT.sub("", sentence))):
            raise DateError("日期要用数字写成 1月1日 的样子，请改写")
        self._rest = []
        waiting: list[date] = []
        for clause in _CLAUSE.split(sentence):
            waiting = self._clause(clause, waiting)
        if waiting:
            raise DateError(f"没有看懂{spoken(waiting[0])}是放假还是上班，请在日期后面写“放假”或“上班”")

    def weekends_between(self) -> list[Stated]:
        """Return the weekend days between two days off of the festival: 4月5日（周六）放假，7日（周一）补休."""
        off = sorted({each.day for each in self._mine if each.kind is DayKind.HOLIDAY})
        between = [
            [before + _ONE_DAY * step for step in range(1, (after - before).days)] for before, after in pairwise(off)
        ]
        weekends = [days for days in between if all(day.weekday() >= _SATURDAY for day in days)]
        return [Stated(day, DayKind.HOLIDAY, self._name, self._number) for days in weekends for day in days]

    @property
    def stated(self) -> bool:
        """Whether any day was read."""
        return bool(self._mine)

    @property
    def _mine(self) -> list[Stated]:
        return [each for each in self._notice.days if each.section == self._number]

    def _clause(self, clause: str, waiting: list[date]) -> list[date]:
        """Read a clause; return the dates that wait for the verb of the next one."""
        moved = False
        for group in _groups(clause, self._dates):
            days = waiting + group.days
            waiting = []
            if _EXTENDED.search(group.before):
                self._state(self._extension(days[-1]), DayKind.HOLIDAY)
            elif _MOVED.fullmatch(group.after):  # a holiday on a Sunday stays one: only the rest moves
                self._state([day for day in days if not self._rests(day)], DayKind.WORKDAY)
            elif moved or _REST.match(group.after):
                self._state(days, DayKind.HOLIDAY)
            elif _WORK.match(group.after):
                self._state(days, DayKind.WORKDAY)
            elif not _RESUMED.match(group.after):
                waiting = days
            moved = bool(_MOVED.fullmatch(group.after))
        if "连休" in clause and "不" not in clause:
            self._state(_joined(self._rest), DayKind.HOLIDAY)
        self._count(clause)
        return waiting

    def _state(self, days: list[date], kind: DayKind) -> None:
        name = self._name
        self._notice.days += [Stated(day, kind, name, self._number) for day in days]
        if kind is DayKind.HOLIDAY:
            self._rest += [day for day in days if day not in self._rest]

    def _rests(self, day: date) -> bool:
        return any(each.day == day and each.kind is DayKind.HOLIDAY for each in self._mine)

    def _count(self, clause: str) -> None:
        found = _COUNT.search(clause)
        if found is None or not self._rest:
            return
        said = _DIGITS.get(found[1]) or int(found[1])
        if said != len(self._rest):
            raise DateError(f"写的是{said}天，日期却有{len(self._rest)}天，请核对日期或天数")

    def _extension(self, last: date) -> list[date]:
        """Return the days by which a holiday that is known already becomes longer."""
        stated = {each.day for each in self._notice.days if each.kind is DayKind.HOLIDAY}
        days: list[date] = []
        for back in range(LONGEST):
            day = last - timedelta(days=back)
            if day in stated or self._known(day) is DayKind.HOLIDAY:
                return days or [last]
            days.append(day)
        raise DateError(f"不知道原来的假期到哪天为止，请写成“某月某日至{last.month}月{last.day}日放假”")


def _groups(clause: str, dates: Dates) -> Iterator[_Group]:
    found = list(GROUP.finditer(clause))
    ends = [0, *(each.end() for each in found)]
    starts = [*(each.start() for each in found), len(clause)]
    for place, each in enumerate(found):
        before, after = clause[ends[place] : each.start()], clause[each.end() : starts[place + 1]]
        yield _Group(before, dates.of(each[0]), after)


def _joined(rest: list[date]) -> list[date]:
    """Return the weekend before or after days of rest that touch it."""
    days: list[date] = []
    for end, step in ((min(rest, default=None), -_ONE_DAY), (max(rest, default=None), _ONE_DAY)):
        while end is not None and (end := end + step).weekday() >= _SATURDAY:
            days.append(end)
    if not days:
        raise DateError("写了与周末连休，可是放假的日子不挨着周末，请核对日期")
    return days
