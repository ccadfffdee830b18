"""The cache: a change is seen within a minute, and messages do not pay for it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from bot.business_hours import Calendars
from bot.store.models import CalendarDay, DayKind
from bot.store.session import driver
from tests.conftest import SHANGHAI

FRIDAY = date(2026, 11, 20)


class Seconds:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def calendars(seconds) -> Calendars:
    return Calendars(SHANGHAI, seconds)


def row(clock, day: date, kind: DayKind, branch_id: int | None = None, notice_year: int | None = None) -> CalendarDay:
    return CalendarDay(
        day=day, kind=kind, branch_id=branch_id, notice_year=notice_year, made_by="test", made_at=clock.now()
    )


def test_a_change_is_seen_within_a_minute_and_not_asked_for_before(db, make, clock, calendars, seconds):
    branch = make.branch()
    assert calendars.of(driver(db), branch.id).is_workday(FRIDAY)
    db.add(row(clock, FRIDAY, DayKind.HOLIDAY))
    db.execute(text('UPDATE branches SET hours = \'{"workdays": ["10:00-11:00"]}\''))
    db.flush()
    asked: list[str] = []
    original = driver(db).execute
    connection = driver(db)
    connection.execute = lambda *args, **kwargs: (asked.append(args[0]), original(*args, **kwargs))[1]  # type: ignore[method-assign]
    for _ in range(100):
        assert calendars.of(connection, branch.id).is_workday(FRIDAY)
    assert asked == []
    seconds.now = 60
    assert not calendars.of(connection, branch.id).is_workday(FRIDAY)
    assert calendars.of(connection, branch.id).hours.workdays == ((600, 660),)
    assert len(asked) == 2


def test_a_branchs_own_day_is_nobody_elses(db, make, clock, calendars):
    here, there = make.branch(), make.branch(name="城东网点")
    db.add_all([row(clock, FRIDAY, DayKind.HOLIDAY, here.id), row(clock, date(2026, 11, 21), DayKind.WORKDAY)])
    db.flush()
    assert not calendars.of(driver(db), here.id).is_workday(FRIDAY)
    assert calendars.of(driver(db), there.id).is_workday(FRIDAY)
    assert calendars.of(driver(db), here.id).is_workday(date(2026, 11, 21))


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 11, 30), ()),
        (date(2026, 12, 1), (2027,)),
        (date(2027, 1, 1), (2027,)),
        (date(2027, 12, 1), (2027, 2028)),
    ],
)
def test_the_years_whose_notice_is_missing(db, calendars, today, missing):
    assert calendars.unannounced(driver(db), today) == missing


def test_a_notice_for_all_makes_a_year_known_and_a_correction_or_a_branchs_does_not(
    db, make, clock, calendars, seconds
):
    day = date(2027, 1, 1)
    db.add_all(
        [row(clock, day, DayKind.HOLIDAY, make.branch().id, 2027), row(clock, date(2027, 3, 1), DayKind.HOLIDAY)]
    )
    db.flush()
    assert calendars.unannounced(driver(db), day) == (2027,)
    db.add(row(clock, day, DayKind.HOLIDAY, None, 2027))
    db.flush()
    seconds.now = 60
    assert calendars.unannounced(driver(db), day) == ()
