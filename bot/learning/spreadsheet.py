"""Read a table of knowledge (xlsx or csv) into rows of words, wherever it was made."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils.exceptions import InvalidFileException

COLUMNS = ("编号", "分类", "问题", "其他问法", "答案", "有效期从", "有效期至")
REQUIRED = ("分类", "问题", "答案")
ROWS_MOST = 20_000
BYTES_MOST = 30_000_000
UNPACKED_MOST = 100_000_000
"""Bytes of all parts of an xlsx file once unpacked: some kilobytes can hold gigabytes ("zip bomb")."""
_WIDTHS = (18, 12, 28, 48, 60, 14, 14)
_EXAMPLE = (
    "demo-card-lost",
    "办卡",
    "卡丢了怎么办",
    "卡找不到了；卡掉了怎么补；补卡要带什么；丢卡了",
    "您先回复“挂失”，我帮您登记；再带身份证到{{branch}}补卡，当天就能用。",
    "2026-01-01",
    "",
)
_NOTE = re.compile(r"[\s*＊]|[（(].*?[）)]")


class TableError(Exception):
    """The table as a whole cannot be read; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its number as the table program shows it, and what is written under each heading."""

    number: int
    words: dict[str, str]


def read_table(file: Path) -> list[Cells]:
    """Return the rows below the headings; empty ones are left out.

    Raises:
        TableError: it is no table we can read, or a heading is missing.
    """
    try:
        if file.stat().st_size > BYTES_MOST:
            raise TableError(f"{file}：文件超过 {BYTES_MOST // 1_000_000} MB，请拆成几个文件")
        rows = _from_csv(file) if file.suffix.lower() in (".csv", ".txt", ".tsv") else _from_xlsx(file)
        return list(_below_headings(file, rows))
    except OSError as error:
        raise TableError(f"{file}：文件不存在或不能读取，请检查文件名和权限") from error


def write_template(file: Path) -> None:
    """Write an empty table with its headings and one example."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "知识"
    sheet.append(COLUMNS)
    sheet.append(_EXAMPLE)
    for place, width in enumerate(_WIDTHS):
        letter = "ABCDEFG"[place]
        sheet.column_dimensions[letter].width = width
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet[f"{letter}2"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    book.save(file)


def _from_xlsx(file: Path) -> Iterator[Sequence[object]]:
    try:
        _require_small(file)
        with closing(load_workbook(file, read_only=True, data_only=True)) as book:
            for sheet in book.worksheets[:1]:
                sheet.reset_dimensions()  # some programs write them wrong
                yield from sheet.iter_rows(values_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError) as error:
        raise TableError(f"{file}：打不开，请用 Excel 或 WPS 另存为 .xlsx（或 .csv）再导入") from error


def _require_small(file: Path) -> None:
    with zipfile.ZipFile(file) as packed:
        unpacked = sum(part.file_size for part in packed.infolist())
    if unpacked > UNPACKED_MOST:
        raise TableError(f"{file}：展开后超过 {UNPACKED_MOST // 1_000_000} MB，请删去多余的格式和空行，或拆成几个文件")


def _from_csv(file: Path) -> Iterator[Sequence[object]]:
    raw = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise TableError(f"{file}：文字编码不认识，请另存为“CSV UTF-8”再导入")
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text), delimiter=delimiter)
    except csv.Error as error:
        raise TableError(f"{file}：表格的写法不对，请用 Excel 或 WPS 另存为 .xlsx 再导入") from error


def _below_headings(file: Path, rows: Iterable[Sequence[object]]) -> Iterator[Cells]:
    headings: list[str] = []
    for number, row in enumerate(rows, start=1):
        if number > ROWS_MOST:
            raise TableError(f"{file}：超过 {ROWS_MOST} 行，请拆成几个文件")
        words = [_words(cell) for cell in row]
        if not any(words):
            continue
        if not headings:
            headings = _headings(file, words)
        else:
            yield Cells(number, {name: text for name, text in zip(headings, words, strict=False) if name})
    if not headings:
        raise TableError(f"{file}：是空的，请用 --template 生成一个模板来填")


def _headings(file: Path, words: Sequence[str]) -> list[str]:
    headings = [_NOTE.sub("", word) for word in words]
    missing = [name for name in REQUIRED if name not in headings]
    if missing:
        raise TableError(f"{file} 第1行：缺少列“{'”“'.join(missing)}”，表头应是：{'、'.join(COLUMNS)}")
    twice = [name for name in COLUMNS if headings.count(name) > 1]
    if twice:
        raise TableError(f"{file} 第1行：列“{'”“'.join(twice)}”写了两次，请只留一列")
    return [name if name in COLUMNS else "" for name in headings]


def _words(cell: object) -> str:
    """Return a cell as it is read: whole numbers without a point, dates as 2026-01-31."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).replace("\r\n", "\n").strip()
