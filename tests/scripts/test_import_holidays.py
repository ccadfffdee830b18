"""A notice from the command line: shown, confirmed, saved, listed and taken back; what is wrong saves nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.business_hours import Calendars
from bot.config import Settings
from bot.store.embedded import Addresses
from bot.store.models import AuditEntry, CalendarDay, DayKind
from bot.store.session import driver
from scripts import import_holidays
from tests.auxil.factories import Factory
from tests.business_hours.test_notice import FULL, TITLE
from tests.conftest import SHANGHAI

OWN = "2027年3月6日（星期六）上班。3月8日（星期一）放假。"
Write = Callable[[str], str]


@pytest.fixture(autouse=True)
def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_holidays, "load_settings", lambda: settings)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> str:
        path = tmp_path / "通知.txt"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def answers(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(said))


def rows(db: Session) -> list[CalendarDay]:
    db.rollback()
    return list(db.scalars(select(CalendarDay).order_by(CalendarDay.day, CalendarDay.id)))


def works(db: Session, day: str, branch_id: int = 0) -> bool:
    db.rollback()
    return Calendars(SHANGHAI).of(driver(db), branch_id).is_workday(date.fromisoformat(day))


def test_shown_confirmed_and_saved_with_an_entry_of_the_log(
    db: Session, write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(TITLE + FULL)
    answers(monkeypatch, "n\n")
    assert import_holidays.main([file]) == 1
    assert "2027年2月14日（星期日）\t上班\t春节" in capsys.readouterr().out
    assert rows(db) == []
    answers(monkeypatch, "y\n")
    assert import_holidays.main([file]) == 0
    found = rows(db)
    assert len(found) == 32
    assert {(row.notice_year, row.branch_id, row.source) for row in found} == {(2027, None, "通知.txt")}
    entry = db.scalars(select(AuditEntry)).one()
    assert entry.action == "calendar.imported" and len(entry.after["days"]) == 32 and entry.actor.startswith("command")
    assert not works(db, "2027-02-11") and works(db, "2027-02-14") and works(db, "2027-02-12")


def test_from_standard_input_only_with_yes(
    db: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(monkeypatch, FULL)
    assert import_holidays.main(["-", "--year", "2027"]) == 1
    assert "--yes" in capsys.readouterr().out and rows(db) == []
    answers(monkeypatch, FULL)
    assert import_holidays.main(["-", "--year", "2027", "--yes"]) == 0
    assert len(rows(db)) == 32


def test_the_same_notice_twice_changes_nothing_and_a_corrected_one_replaces_it(
    db: Session, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(TITLE + FULL)
    assert import_holidays.main([file, "--yes"]) == 0
    assert import_holidays.main([file, "--yes"]) == 0
    assert "没有变化" in capsys.readouterr().out
    corrected = FULL.replace("5月8日（星期六）上班", "4月25日（星期日）上班")
    assert import_holidays.main([write(TITLE + corrected), "--yes"]) == 0
    assert not works(db, "2027-05-08") and works(db, "2027-04-25")
    assert db.scalars(select(AuditEntry.action)).all() == ["calendar.imported"] * 2


def test_a_branchs_own_days_are_its_own(db: Session, make: Factory, write: Write) -> None:
    here, there = make.branch(), make.branch(name="城东网点")
    make.commit()
    assert import_holidays.main([write(OWN), "--branch", "城东网点", "--yes"]) == 0
    assert [(row.kind, row.notice_year) for row in rows(db)] == [(DayKind.WORKDAY, None), (DayKind.HOLIDAY, None)]
    assert works(db, "2027-03-06", there.id) and not works(db, "2027-03-08", there.id)
    assert not works(db, "2027-03-06", here.id) and works(db, "2027-03-08", here.id)


def test_a_second_import_of_single_days_leaves_the_first(db: Session, make: Factory, write: Write) -> None:
    branch = make.branch()
    make.commit()
    more = "2027年4月10日（星期六）上班。4月12日（星期一）放假。"
    for text in (OWN, more):
        assert import_holidays.main([write(text), "--branch", branch.name, "--yes"]) == 0
    assert works(db, "2027-03-06", branch.id) and works(db, "2027-04-10", branch.id)
    first, _ = db.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()
    assert import_holidays.main(["--undo", str(first)]) == 0
    assert not works(db, "2027-03-06", branch.id) and works(db, "2027-04-10", branch.id)


def test_a_supplement_extends_what_is_there_and_leaves_the_year_as_it_was(db: Session, write: Write) -> None:
    assert import_holidays.main([write(TITLE + FULL), "--yes"]) == 0
    text = "延长2027年春节假期至2月13日（星期六），2月14日起正常上班。"
    assert import_holidays.main([write(text), "--supplement", "--yes"]) == 0
    assert not works(db, "2027-02-12") and works(db, "2027-02-14") and not works(db, "2027-05-03")


def test_undone_in_order(db: Session, make: Factory, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_holidays.main([write(TITLE + FULL), "--yes"]) == 0
    assert import_holidays.main([write("2027年5月8日（星期六）放假。"), "--supplement", "--yes"]) == 0
    db.rollback()
    first, second = db.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()
    assert import_holidays.main(["--undo", str(first)]) == 2
    assert "先撤销后来的" in capsys.readouterr().err
    assert import_holidays.main(["--undo", str(second)]) == 0
    assert works(db, "2027-05-08")
    assert import_holidays.main(["--undo", str(second)]) == 2
    assert import_holidays.main(["--undo", str(first)]) == 0
    assert rows(db) == []
    capsys.readouterr()
    assert import_holidays.main(["--list", "2027"]) == 0
    listed = capsys.readouterr().out
    assert f"第 {first} 次导入" in listed and "没有导入过2027年的日子" in listed


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (TITLE + FULL.replace("共7天", "共6天", 1), [], "写的是6天，日期却有7天"),
        (TITLE + FULL.replace("六、中秋节：9月15日放假1天，不调休。\n", ""), [], "没有读到中秋节"),
        (FULL, [], "--year"),
        (TITLE + FULL, ["--year", "2026"], "通知写的是2027年"),
        (OWN, ["--branch", "月球"], "没有叫“月球”的网点"),
        ("  \n", [], "文件是空的"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_saved(
    db: Session, write: Write, capsys: pytest.CaptureFixture[str], text: str, arguments: list[str], said: str
) -> None:
    assert import_holidays.main([write(text), "--yes", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert rows(db) == [] and db.scalars(select(AuditEntry)).all() == []


def test_a_file_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_holidays.main([str(tmp_path / "nothing.txt")]) == 2
    (tmp_path / "gbk.txt").write_bytes("元旦放假".encode("gbk"))
    assert import_holidays.main([str(tmp_path / "gbk.txt")]) == 2
    said = capsys.readouterr().err
    assert "读不了文件" in said and "UTF-8" in said


def test_without_a_named_database_the_running_embedded_one_is_used(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unnamed = settings.model_copy(update={"database_url": ""})
    monkeypatch.setattr(import_holidays, "load_settings", lambda: unnamed)
    assert import_holidays.main(["--list", "2027"]) == 2
    assert "内置数据库也没有在运行" in capsys.readouterr().err
    monkeypatch.setattr("bot.store.embedded.running", lambda home: Addresses(database_url, ""))
    assert import_holidays.main(["--list", "2027"]) == 0
