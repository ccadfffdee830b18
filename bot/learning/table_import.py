"""Turn rows of a table into entries, each error with the file, the row, the column and what to write instead."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.knowledge.content_rules import Rules
from bot.learning.spreadsheet import REQUIRED, Cells
from bot.understanding import Entry, Knowledge, normalise

ANSWER_LONGEST = 600
"""Characters; WeChat cuts a message at 2048 bytes."""

QUESTION_LONGEST = 60
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BETWEEN = re.compile(r"[\n;；|｜]+")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0?0:00(?::00)?)?")
_FIRST_DAY = date(1899, 12, 30)
"""What table programs count days from."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing to mend in the table."""

    file: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file} 第{self.row}行“{self.column}”：{self.reason}"


@dataclass(slots=True)
class Intake:
    """Reads rows one by one; `entries` are the good ones, `errors` what is wrong with the others."""

    file: str
    pack: str
    rules: Rules
    today: date
    taken: Mapping[str, str] = field(default_factory=dict)  # wording -> id of the entry that has it
    ids: frozenset[str] = frozenset()  # ids that may not be used again
    entries: list[Entry] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    _rows: dict[str, int] = field(default_factory=dict)

    def read(self, rows: Iterable[Cells]) -> None:
        """Take every row."""
        for cells in rows:
            before = len(self.errors)
            entry = self._entry(cells)
            if entry is not None and len(self.errors) == before:
                self.entries.append(entry)

    def _entry(self, cells: Cells) -> Entry | None:
        words = cells.words
        for column, text in words.items():
            if text.startswith("#") and text.rstrip("!?").isupper():
                self._wrong(cells, column, f"单元格是公式错误 {text}，请直接写文字")
        empty = [name for name in REQUIRED if not words.get(name)]
        for name in empty:
            self._wrong(cells, name, "不能为空，请补上；整行不要的话请删掉这一行")
        if empty:
            return None
        question = words["问题"]
        variants = tuple(dict.fromkeys(filter(None, map(str.strip, _BETWEEN.split(words.get("其他问法", ""))))))
        key = self._key(cells, question)
        self._check_wordings(cells, question, variants, key)
        self._check_answer(cells, words["答案"])
        start, end = self._days(cells)
        return Entry(key, words["分类"], question, variants, words["答案"], None, start, end)

    def _key(self, cells: Cells, question: str) -> str:
        made = f"{self.pack.replace('_', '-')}-{hashlib.sha256(_bare(question).encode()).hexdigest()[:8]}"
        key = cells.words.get("编号") or made
        if not _ID.fullmatch(key):
            self._wrong(cells, "编号", f"只能用小写英文字母、数字和短横线，例如 {made}；不写会自动编号")
        elif key in self.ids:
            self._wrong(cells, "编号", f"“{key}”在知识包里已经用过，请换一个，或不写让它自动编号")
        if cells.words.get("编号"):
            self._once(cells, "编号", key, f"“{key}”")
        return key

    def _check_wordings(self, cells: Cells, question: str, variants: tuple[str, ...], key: str) -> None:
        for column, text in (("问题", question), *(("其他问法", each) for each in variants)):
            plain = _bare(text)
            if len(text) > QUESTION_LONGEST:
                self._wrong(cells, column, f"“{text[:12]}…”太长，一种问法请写在 {QUESTION_LONGEST} 字以内，用“；”隔开")
            elif not plain:
                self._wrong(cells, column, f"“{text}”里没有可以比较的文字，请写成客户会问的一句话")
            elif self.taken.get(plain, key) != key:
                self._wrong(cells, column, f"“{text}”在“{self.taken[plain]}”里已经有了，请删去或换个说法")
        self._once(cells, "问题", _bare(question), "这个问题", "，请把两行合成一行，其他说法写进“其他问法”")

    def _check_answer(self, cells: Cells, answer: str) -> None:
        if len(answer) > ANSWER_LONGEST:
            self._wrong(cells, "答案", f"有 {len(answer)} 字，请压缩到 {ANSWER_LONGEST} 字以内")
        for word in self.rules.banned_in(answer):
            self._wrong(cells, "答案", f"不能出现“{word}”，请换个说法")
        for name in self.rules.unknown_in(answer):
            self._wrong(
                cells, "答案", f"占位符“{{{{{name}}}}}”没有定义，请直接写内容，或先写进 pack.yaml 的 placeholders"
            )

    def _days(self, cells: Cells) -> tuple[date | None, date | None]:
        start, end = self._day(cells, "有效期从"), self._day(cells, "有效期至")
        if start and end and end < start:
            self._wrong(cells, "有效期至", f"{end} 比“有效期从”{start} 还早，请改正")
        elif end and end < self.today:
            self._wrong(cells, "有效期至", f"{end} 已经过了，请改日期或删掉这一行")
        return start, end

    def _day(self, cells: Cells, column: str) -> date | None:
        text = cells.words.get(column, "")
        if not text or text in ("长期", "不限", "无"):
            return None
        try:
            if found := _DATE.fullmatch(text):
                return date(*map(int, found.groups()))
            if text.isdecimal() and 30_000 < int(text) < 80_000:
                return _FIRST_DAY + timedelta(days=int(text))
        except ValueError:
            pass  # the 30th of February
        self._wrong(cells, column, f"“{text}”不是日期，请写成 2026-01-31；不限就留空")
        return None

    def _once(self, cells: Cells, column: str, value: str, named: str, remedy: str = "，请换一个") -> None:
        other = self._rows.setdefault(f"{column}:{value}", cells.number)
        if other != cells.number:
            self._wrong(cells, column, f"{named}在第{other}行已经有了{remedy}")

    def _wrong(self, cells: Cells, column: str, reason: str) -> None:
        self.errors.append(RowError(self.file, cells.number, column, reason))


def wordings_of(knowledge: Knowledge) -> dict[str, str]:
    """Return every wording of the pack's entries and the id of the entry that has it."""
    return {
        _bare(text): entry.id
        for entry in knowledge.entries
        for text in (entry.question, *entry.variants)
        if _bare(text)
    }


def _bare(text: str) -> str:
    return normalise(text).replace(" ", "")
