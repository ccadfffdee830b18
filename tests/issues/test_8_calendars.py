"""Issue 8, calendars first: 2027-01-01 counted as a workday, and customers were promised answers on it."""

from __future__ import annotations

import re
import shlex
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.business_hours import Calendars, WorkingTime
from bot.care import brief
from bot.clock import ManualClock
from bot.runtime.container import Services
from bot.store.session import driver
from bot.web.health import details
from scripts import import_holidays, set_hours
from tests.business_hours.test_notice import FULL, TITLE
from tests.care.conftest import desk, plan, rows
from tests.conftest import SHANGHAI
from tests.handlers.conftest import clock, pack, people, phone, pipeline
from tests.runtime.test_doctor import all_alive, examined, free_port, platform, set_up
from tests.runtime.test_doctor import settings as doctor_settings

__all__ = [
    "all_alive",
    "clock",
    "desk",
    "doctor_settings",
    "examined",
    "free_port",
    "pack",
    "people",
    "phone",
    "pipeline",
    "plan",
    "platform",
    "rows",
    "set_up",
]

MANUAL = Path(__file__).parent.parent.parent / "docs" / "operating.md"
COMPLAINT = "我要投诉，我家宽带三天前开始老掉线，号码13800131001，希望尽快修好，可以打电话"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# -- the statutory days of a year without a notice --------------------------------------------------------------------


def test_new_year_2027_is_no_workday() -> None:
    assert not WorkingTime(SHANGHAI).is_workday(date(2027, 1, 1))


def test_the_statutory_days_of_2027() -> None:
    working_time = WorkingTime(SHANGHAI)
    days = [date.fromordinal(date(2027, 1, 1).toordinal() + number) for number in range(365)]
    off = [day for day in days if day.weekday() < 5 and not working_time.is_workday(day)]
    # 初一 is Saturday, 6 February: 除夕 is the Friday before, 初二 the Sunday, 初三 the Monday.
    assert [f"{day:%m-%d}" for day in off] == ["01-01", "02-05", "02-08", "04-05", "06-09", "09-15", "10-01"]
    assert not any(working_time.is_workday(day) for day in days if day.weekday() >= 5)


# -- promises over it -------------------------------------------------------------------------------------------------


def promised(phone) -> str:
    """File a complaint and return by when an answer is promised."""
    said = phone.says(COMPLAINT)
    for _ in range(5):
        if "TS" in said:
            break
        said = phone.says("确认提交")
    return re.search(r"(\S+?)前给您答复", said)[1]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-12-31T17:00", "1月4日11:30"),  # New Year's Day is a Friday
        ("2027-02-04T16:00", "2月9日10:30"),  # 除夕 to 初三: Friday to Monday
        ("2027-02-06T10:00", "2月9日12:30"),
        ("2027-09-30T17:00", "10月4日11:30"),
    ],
)
def test_promises_fall_on_true_workdays(phone, clock: ManualClock, now: str, due: str) -> None:
    clock.set(at(now))
    assert promised(phone).endswith(due)


def test_promises_follow_the_notice_and_the_branchs_hours(
    phone, clock, people, settings, monkeypatch, tmp_path
) -> None:
    for script in (import_holidays, set_hours):
        monkeypatch.setattr(script, "load_settings", lambda: settings)
    notice = tmp_path / "通知.txt"
    notice.write_text(TITLE + FULL, encoding="utf-8")
    assert import_holidays.main([str(notice), "--yes"]) == 0
    command = re.search(r"^python -m scripts\.set_hours (.*)$", MANUAL.read_text("utf-8"), re.M)
    assert command and set_hours.main(shlex.split(command[1])) == 0
    clock.set(at("2027-02-04T17:00"))  # the notice: off until Thursday the 11th
    assert promised(phone).endswith("2月12日11:30")
    clock.set(at("2027-02-26T16:00"))  # the manual's hours: two on Friday, two on Saturday morning
    assert promised(phone).endswith("明天11:00")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["月球", "08:30-18:00"], "没有叫“月球”的网点"),
        (["城南分公司", "8:30-18:00"], "“8:30-18:00”不是时间段"),
        (["城南分公司", "--sat", "09:00-12:00"], "workdays"),
    ],
)
def test_hours_that_are_wrong_are_said(make, settings, monkeypatch, capsys, arguments, said) -> None:
    monkeypatch.setattr(set_hours, "load_settings", lambda: settings)
    make.branch()
    make.commit()
    assert set_hours.main(arguments) == 2
    assert said in capsys.readouterr().err


# -- never in silence -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "mark"), [("2026-11-30T12:00", "✓"), ("2026-12-01T12:00", "!"), ("2027-03-01T12:00", "!")]
)
def test_the_doctor_reminds_of_a_missing_notice(doctor_settings, examined, monkeypatch, today: str, mark: str) -> None:
    monkeypatch.setattr("bot.runtime.doctor.SystemClock", lambda: ManualClock(at(today)))
    line = examined(doctor_settings).of("节假日")
    assert line[0] == mark
    assert ("2027年" in line and "python -m scripts.import_holidays" in line) is (mark == "!")


@pytest.mark.parametrize(("today", "missing"), [("2026-11-30T12:00", False), ("2026-12-01T12:00", True)])
def test_readyz_reminds_of_a_missing_notice(settings, today: str, missing: bool) -> None:
    services = Services(settings, None, ManualClock(at(today)))
    try:
        said = details(services)["holidays"]
    finally:
        services.close()
    assert said == "ok" if not missing else "python -m scripts.import_holidays" in said and "2027年" in said


def test_supervisors_are_reminded_in_the_brief(make, plan, rows, desk, db) -> None:
    manager, supervisor = make.manager(), make.supervisor()
    plan(brief.plan, at("2026-11-30T08:00"))
    for day in ("2026-12-01", "2026-12-04", "2026-12-07", "2026-12-08"):  # from Tuesday on; on Mondays it is said
        plan(brief.plan, at(f"{day}T08:00"))
    words = desk.texts_for(db, supervisor.branch_id).say("manager.brief.calendar.item", year=2027)
    assert "管理员" in words
    assert not re.search("[A-Za-z]", words)
    told = {(row.manager_id, row.occasion) for row in rows("brief") if words in row.part["content"].splitlines()}
    assert told == {(supervisor.id, "2026-12-07")}
    assert manager.id != supervisor.id


def test_a_running_process_follows_an_import(db, settings, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(import_holidays, "load_settings", lambda: settings)
    moments = iter((0.0, 60.0))
    calendars = Calendars(SHANGHAI, lambda: next(moments))
    assert calendars.unannounced(driver(db), date(2026, 12, 1)) == (2027,)
    db.rollback()
    notice = tmp_path / "通知.txt"
    notice.write_text(TITLE + FULL, encoding="utf-8")
    assert import_holidays.main([str(notice), "--yes"]) == 0
    assert calendars.unannounced(driver(db), date(2026, 12, 1)) == ()
