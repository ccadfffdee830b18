"""Tables as people make them: good rows in, and for each wrong one where it stands and what to write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from bot.knowledge.content_rules import Rules
from bot.knowledge.document import Document
from bot.knowledge.pack import schema_folder
from bot.learning.export import as_yaml
from bot.learning.spreadsheet import COLUMNS, TableError, read_table, write_template
from bot.learning.table_import import Intake

TODAY = date(2026, 11, 21)
GOOD = ("bike-cat", "用车", "可以带猫骑车吗", "带猫能骑吗；车筐放猫行吗\n猫能坐车筐吗", "可以，请用猫包。", "", "")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "问答.xlsx"


def fill(table: Path, *rows: Sequence[object], headings: Sequence[str] = COLUMNS) -> Path:
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(list(row))
    book.save(table)
    return table


def taken(table: Path, **known: object) -> Intake:
    intake = Intake("问答.xlsx", "bikes", Rules(("绝对",)), TODAY, **known)
    intake.read(read_table(table))
    return intake


def with_change(**changes: object) -> list[object]:
    return [changes.get(name, cell) for name, cell in zip(COLUMNS, GOOD, strict=True)]


def test_a_good_row_becomes_an_entry(table: Path) -> None:
    days = {"有效期从": date(2026, 1, 1), "有效期至": "2026年12月31日"}
    intake = taken(fill(table, with_change(**days)))
    assert intake.errors == []
    entry = intake.entries[0]
    assert (entry.id, entry.category, entry.question) == GOOD[:3]
    assert entry.variants == ("带猫能骑吗", "车筐放猫行吗", "猫能坐车筐吗")
    assert (entry.start, entry.end) == (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        ({"编号": "猫 1"}, "编号", "小写英文字母"),
        ({"编号": "bike-dog"}, "编号", "已经用过"),
        ({"分类": ""}, "分类", "不能为空"),
        ({"问题": None}, "问题", "不能为空"),
        ({"答案": "  "}, "答案", "不能为空"),
        ({"问题": "可以带狗骑车吗"}, "问题", "bike-dog"),
        ({"其他问法": "带猫能骑吗；带狗骑车"}, "其他问法", "bike-dog"),
        ({"其他问法": "猫" * 61}, "其他问法", "60 字以内"),
        ({"问题": "？？"}, "问题", "没有可以比较的文字"),
        ({"答案": "绝对可以。"}, "答案", "绝对"),
        ({"答案": "拨{{phone}}。"}, "答案", "phone"),
        ({"答案": "好" * 601}, "答案", "600 字以内"),
        ({"答案": "#REF!"}, "答案", "公式错误"),
        ({"有效期从": "明年"}, "有效期从", "2026-01-31"),
        ({"有效期从": "2026-02-30"}, "有效期从", "2026-01-31"),
        ({"有效期从": "2026-12-01", "有效期至": "2026-11-30"}, "有效期至", "还早"),
        ({"有效期至": "2026/11/20"}, "有效期至", "已经过了"),
    ],
)
def test_a_wrong_cell_is_told_with_its_place(table: Path, changes: dict[str, object], column: str, words: str) -> None:
    known = {"taken": {"可以带狗骑车吗": "bike-dog", "带狗骑车": "bike-dog"}, "ids": frozenset({"bike-dog"})}
    intake = taken(fill(table, GOOD[:0], with_change(**changes)), **known)
    assert intake.entries == []
    told = str(intake.errors[0])
    assert told.startswith(f"问答.xlsx 第3行“{column}”：")
    assert words in told


def test_rows_that_repeat_each_other_are_told(table: Path) -> None:
    other = with_change(问题="可以带鸟骑车吗", 其他问法="")
    intake = taken(fill(table, GOOD, with_change(编号=""), other))
    assert [(error.row, error.column) for error in intake.errors] == [(3, "问题"), (4, "编号")]
    assert "第2行" in intake.errors[0].reason
    assert len(intake.entries) == 1


def test_without_an_id_a_row_gets_one_that_stays(table: Path) -> None:
    first, second = (taken(fill(table, with_change(编号=""))).entries[0].id for _ in range(2))
    assert first == second
    assert first.startswith("bikes-")


def test_the_days_of_a_table_program_are_dates(table: Path) -> None:
    assert taken(fill(table, with_change(有效期从=46023))).entries[0].start == date(2026, 1, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_csv_of_any_program_is_read(tmp_path: Path, encoding: str, between: str) -> None:
    file = tmp_path / "问答.csv"
    cells = [text.replace("；", "|").replace("\n", "|") for text in GOOD]
    file.write_bytes("\r\n".join(between.join(row) for row in (COLUMNS, cells)).encode(encoding))
    assert [entry.variants[0] for entry in taken(file).entries] == ["带猫能骑吗"]


def test_headings_may_stand_in_any_order_and_carry_a_note(table: Path) -> None:
    headings = ("答案*", "备注", "问题（必填）", "分类")
    fill(table, ("可以。", "x", "可以带猫骑车吗", "用车"), headings=headings)
    assert [entry.answer for entry in taken(table).entries] == ["可以。"]


def test_a_table_that_is_none_is_refused_in_a_sentence(tmp_path: Path, table: Path) -> None:
    with pytest.raises(TableError, match="缺少列“问题”“答案”"):
        read_table(fill(table, ("x",), headings=("分类",)))
    for name, raw, words in (("a.xlsx", b"PK", "打不开"), ("b.xls", b"\xd0\xcf", "打不开"), ("c.csv", b"", "是空的")):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(TableError, match=words):
            read_table(tmp_path / name)
    with pytest.raises(TableError, match="不存在"):
        read_table(tmp_path / "nowhere.csv")


def test_the_template_can_be_imported_as_it_is(table: Path) -> None:
    write_template(table)
    intake = Intake("x", "bikes", Rules(placeholders=frozenset({"branch"})), TODAY)
    intake.read(read_table(table))
    assert intake.errors == []
    assert len(intake.entries[0].variants) == 4


def test_what_is_written_is_a_file_of_the_pack(table: Path, tmp_path: Path) -> None:
    intake = taken(fill(table, with_change(有效期至="2027-01-01")))
    file = tmp_path / "entries.yaml"
    file.write_text(as_yaml(intake.entries, "测试"), encoding="utf-8")
    Document(file).check(schema_folder(tmp_path) / "entries.json")
    row = yaml.safe_load(file.read_text(encoding="utf-8"))[0]
    assert row["variants"][:3] == ["带猫能骑吗", "车筐放猫行吗", "猫能坐车筐吗"]
    assert len(row["variants"]) == 4
    assert row["valid"] == {"from": None, "to": date(2027, 1, 1)}
