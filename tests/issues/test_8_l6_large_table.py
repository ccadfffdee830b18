"""Security L6: a small xlsx file that unpacks to hundreds of megabytes is refused before it is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from bot.learning.spreadsheet import UNPACKED_MOST, TableError, read_table, write_template


def test_a_table_that_inflates_is_refused_with_what_to_do(tmp_path: Path) -> None:
    bomb = tmp_path / "问答.xlsx"
    write_template(bomb)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/more.xml", "w") as part:
        for _ in range(UNPACKED_MOST // 1_000_000 + 1):
            part.write(b" " * 1_000_000)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(TableError, match="展开后超过 100 MB"):
        read_table(bomb)


def test_an_ordinary_table_is_read(tmp_path: Path) -> None:
    table = tmp_path / "问答.xlsx"
    write_template(table)
    assert [row.words["问题"] for row in read_table(table)] == ["卡丢了怎么办"]
