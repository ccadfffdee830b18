"""The commands that import, export, reload and withdraw knowledge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.learning import drafts
from bot.learning.spreadsheet import COLUMNS
from bot.learning.versions import in_force
from bot.packs import digest_of
from bot.store.models import EntryState, LiveEntry
from scripts import export_knowledge, import_knowledge, reload_knowledge, withdraw_entry
from tests.auxil.factories import Factory
from tests.understanding.conftest import FILES, pack_folder

__all__ = ["pack_folder"]

ROWS = ("bike-cat,用车,可以带猫骑车吗,带猫能骑吗|车筐放猫行吗,可以，请用猫包。,,", "bike-dog,用车,,,可以。,,")


@pytest.fixture
def knowledge(pack_folder: Callable[..., Path], database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = pack_folder()
    for name, value in {"DATABASE_URL": database_url, "TIEXIN_KNOWLEDGE": str(folder), "TIEXIN_DEMO": "1"}.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "new.csv"
    file.write_text("\n".join((",".join(COLUMNS), *ROWS)), encoding="utf-8")
    return file


@pytest.fixture
def live(db: Session, make: Factory, clock: ManualClock) -> LiveEntry:
    """An entry that answers at one branch, one that answers everywhere; the latter."""
    for branch in (make.branch().id, None):
        entry = drafts.draft(
            db,
            pack="bikes",
            branch_id=branch,
            question="可以带猫骑车吗",
            variants=["带猫能骑吗"],
            answer="可以，请用猫包。",
            category="用车",
            by=None,
            now=clock.now(),
        )
        drafts.publish(db, entry, None, clock.now())
    db.commit()
    return entry


def test_good_rows_are_written_and_wrong_ones_told(
    knowledge: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_knowledge.main([str(table), "--pack", "bikes", "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().out
    assert f"{table} 第3行“问题”：不能为空" in told
    assert "1 行已写入" in told
    written = yaml.safe_load((tmp_path / "out" / "new.yaml").read_text(encoding="utf-8"))
    assert [row["id"] for row in written] == ["bike-cat"]
    assert knowledge.is_dir()
    assert import_knowledge.main([str(table), "--pack", "bikes", "--out", str(tmp_path / "out")]) == 2  # never over it


@pytest.mark.usefixtures("knowledge")
def test_all_or_nothing_keeps_nothing(table: Path, tmp_path: Path) -> None:
    given = [str(table), "--pack", "bikes", "--out", str(tmp_path / "out"), "--all-or-nothing"]
    assert import_knowledge.main(given) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("knowledge")
def test_rows_become_drafts_that_answer_nobody_yet(db: Session, table: Path) -> None:
    assert import_knowledge.main([str(table), "--pack", "bikes", "--draft"]) == 1
    entry = db.scalars(select(LiveEntry)).one()
    assert (entry.key, entry.state, len(entry.variants)) == ("bike-cat", EntryState.DRAFT, 4)
    assert import_knowledge.main([str(table), "--pack", "bikes", "--draft", "--branch", "没有"]) == 2


@pytest.mark.usefixtures("knowledge")
def test_a_table_alone_is_only_checked(db: Session, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_knowledge.main([str(table), "--pack", "bikes"]) == 1
    assert "1 行可以导入，1 行有错" in capsys.readouterr().out
    assert db.scalar(select(func.count(LiveEntry.id))) == 0


def test_the_template_is_written(tmp_path: Path) -> None:
    assert import_knowledge.main(["--template", str(tmp_path / "t.xlsx")]) == 0
    assert (tmp_path / "t.xlsx").stat().st_size > 1000
    assert import_knowledge.main([]) == 2


def test_what_was_learnt_is_written_as_a_file_of_the_pack(
    knowledge: Path, live: LiveEntry, make: Factory, capsys: pytest.CaptureFixture[str]
) -> None:
    out = knowledge / "bikes" / "entries" / "learnt.yaml"
    assert export_knowledge.main([str(out), "--pack", "bikes"]) == 0
    assert "已写出 1 条" in (told := capsys.readouterr().out)
    assert "另有 1 条" in told
    assert yaml.safe_load(out.read_text(encoding="utf-8"))[0]["id"] == live.key
    assert export_knowledge.main([str(out), "--pack", "bikes", "--branch", make.branch().name]) == 0
    assert export_knowledge.main([str(out), "--pack", "bikes", "--branch", "没有"]) == 2


@pytest.mark.usefixtures("knowledge")
def test_an_entry_is_taken_back_by_its_number(db: Session, live: LiveEntry, capsys: pytest.CaptureFixture[str]) -> None:
    assert withdraw_entry.main([]) == 0
    assert capsys.readouterr().out.count("可以带猫骑车吗") == 2
    assert withdraw_entry.main([str(live.id)]) == 0
    db.refresh(live)
    assert live.state is EntryState.WITHDRAWN
    assert withdraw_entry.main([str(live.id)]) == 2
    assert "没有序号为" in capsys.readouterr().err


def test_checked_files_are_put_into_force(
    db: Session, pack_folder: Callable[..., Path], knowledge: Path, make: Factory
) -> None:
    pack_folder(bikes__entries__use=FILES["bikes/entries/use.yaml"].replace("to: 2026-05-31", "to: null"))
    make.account(pack="bikes")
    db.commit()
    assert reload_knowledge.main([]) == 0
    version = in_force(db)["bikes"]
    assert (version.number, version.files) == (1, digest_of(knowledge, "bikes"))


def test_a_bad_file_is_refused_with_its_line(
    db: Session, pack_folder: Callable[..., Path], knowledge: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pack_folder(bikes__entries__use=FILES["bikes/entries/use.yaml"].replace("answer:", "anser:", 1)) == knowledge
    assert reload_knowledge.main(["--pack", "bikes"]) == 1
    told = capsys.readouterr().out
    assert "use.yaml 第1行" in told
    assert "正在使用的版本照常服务" in told
    assert in_force(db) == {}


@pytest.mark.parametrize("main", [reload_knowledge.main, withdraw_entry.main])
def test_a_database_that_is_away_is_said_in_a_sentence(
    knowledge: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], main: Callable[..., int]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x")
    assert main([]) == 2
    assert capsys.readouterr().err == "连不上数据库，请检查 DATABASE_URL 和数据库服务。\n"
    assert knowledge.is_dir()
