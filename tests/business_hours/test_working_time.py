"""Working time with public holidays, make-up workdays, several periods a day, and years without a notice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.business_hours import Days, Hours, WorkingTime
from bot.store.models import DayKind
from tests.conftest import SHANGHAI

USUAL = WorkingTime(SHANGHAI)
BANK = WorkingTime(
    SHANGHAI,
    hours=Hours.of({"workdays": ["08:30-12:00", "13:30-18:00"], "fri": ["08:30-12:00"], "sat": ["09:00-12:00"]}),
)
NIGHT = WorkingTime(SHANGHAI, hours=Hours.of({"workdays": ["00:00-02:00", "22:00-24:00"], "wed": []}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-20", True),  # a Friday
        ("2026-11-21", False),  # a Saturday
        ("2026-02-14", True),  # a Saturday worked to make up for the Spring Festival
        ("2026-02-28", True),
        ("2026-02-17", False),  # a Tuesday, the Spring Festival
        ("2026-10-01", False),
        ("2026-10-10", True),  # a Saturday after the National Day
        ("2031-10-01", False),  # a Wednesday, the National Day of a year without a notice
        ("2031-10-04", False),  # its Saturday
        ("2031-10-06", True),
    ],
)
def test_workdays(day, works):
    assert USUAL.is_workday(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-20T10:00", 4, "2026-11-20T14:00"),
        ("2026-11-20T16:00", 4, "2026-11-23T10:30"),  # over a weekend
        ("2026-11-20T14:00", 4, "2026-11-20T18:00"),  # the end of a day is still that day
        ("2026-11-20T07:00", 4, "2026-11-20T12:30"),
        ("2026-11-20T20:00", 4, "2026-11-23T12:30"),
        ("2026-11-21T10:00", 4, "2026-11-23T12:30"),
        ("2026-02-13T17:00", 4, "2026-02-14T11:30"),  # a make-up Saturday counts
        ("2026-02-14T17:30", 4, "2026-02-24T12:00"),  # then nine days of Spring Festival
        ("2026-09-30T17:00", 4, "2026-10-08T11:30"),
        ("2026-11-20T10:00", 20, "2026-11-24T11:00"),
        ("2031-09-30T17:00", 4, "2031-10-06T11:30"),  # no notice: the three statutory days and the weekend
    ],
)
def test_due_times(start, hours, due):
    assert USUAL.add(at(start), timedelta(hours=hours)) == at(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-19T11:00", 4, "2026-11-19T16:30"),  # Thursday over noon
        ("2026-11-19T08:30", 3.5, "2026-11-19T12:00"),  # the end of a period stays there
        ("2026-11-19T13:00", 4.5, "2026-11-19T18:00"),
        ("2026-11-20T11:00", 2, "2026-11-21T10:00"),  # Friday's afternoon is free, Saturday's morning is worked
        ("2026-11-21T11:00", 2, "2026-11-23T09:30"),
        ("2026-02-14T11:00", 2, "2026-02-14T14:30"),  # a make-up Saturday has the hours of a workday
    ],
)
def test_due_times_of_a_branch_with_hours_of_its_own(start, hours, due):
    assert BANK.add(at(start), timedelta(hours=hours)) == at(due)


def test_hours_may_reach_midnight():
    assert NIGHT.add(at("2026-11-24T23:00"), timedelta(hours=1)) == at("2026-11-25T00:00")  # Wednesday is free
    assert NIGHT.add(at("2026-11-24T23:00"), timedelta(hours=2)) == at("2026-11-26T01:00")
    assert NIGHT.at_work(at("2026-11-24T23:59")) and not NIGHT.at_work(at("2026-11-25T00:00"))


def test_at_work():
    assert USUAL.at_work(at("2026-11-20T08:30"))
    assert not USUAL.at_work(at("2026-11-20T18:00"))
    assert not USUAL.at_work(at("2026-11-21T10:00"))
    assert USUAL.at_work(at("2026-02-14T10:00"))
    assert BANK.at_work(at("2026-11-21T11:59")) and not BANK.at_work(at("2026-11-19T12:00"))


def test_the_nearer_layer_wins():
    """A branch's row over the one for all, that over the package, that over the statutory days."""
    friday, festival, new_year = date(2026, 11, 20), date(2026, 2, 17), date(2027, 1, 1)
    common = Days({}, {friday: DayKind.HOLIDAY, festival: DayKind.WORKDAY, new_year: DayKind.WORKDAY})
    assert [WorkingTime(SHANGHAI, common).is_workday(day) for day in (friday, festival, new_year)] == [
        False,
        True,
        True,
    ]
    own = Days({friday: DayKind.WORKDAY, new_year: DayKind.HOLIDAY}, common.common)
    assert [WorkingTime(SHANGHAI, own).is_workday(day) for day in (friday, festival, new_year)] == [True, True, False]


def test_an_announced_year_has_the_days_of_its_notice_and_no_others():
    notice = Days({}, {date(2027, 1, 1): DayKind.HOLIDAY, date(2027, 1, 9): DayKind.WORKDAY}, frozenset({2027}))
    days = [date(2027, 1, 1), date(2027, 1, 9), date(2027, 1, 10), date(2027, 5, 3)]
    assert [WorkingTime(SHANGHAI, notice).is_workday(day) for day in days] == [False, True, False, True]


calendars = st.sampled_from([USUAL, BANK, NIGHT])
minutes_of_two_years = st.integers(0, 730 * 24 * 60).map(
    lambda minute: at("2026-01-01T00:00") + timedelta(minutes=minute)
)


@given(calendars, minutes_of_two_years, st.integers(1, 60 * 30))
def test_adding_and_measuring_agree(working_time, start, minutes):
    amount = timedelta(minutes=minutes)
    due = working_time.add(start, amount)
    assert due > start
    assert working_time.between(start, due) == amount
    assert working_time.between(due, start) == timedelta()


@given(calendars, minutes_of_two_years, st.integers(1, 600), st.integers(1, 600))
def test_adding_twice_is_adding_the_sum(working_time, start, first, second):
    once = working_time.add(start, timedelta(minutes=first + second))
    assert working_time.add(working_time.add(start, timedelta(minutes=first)), timedelta(minutes=second)) == once


@given(calendars, minutes_of_two_years, st.integers(1, 600))
def test_a_deadline_is_within_working_time_or_at_its_end(working_time, start, minutes):
    due = working_time.add(start, timedelta(minutes=minutes))
    assert working_time.at_work(due - timedelta(minutes=1))
    assert working_time.is_workday((due - timedelta(minutes=1)).astimezone(SHANGHAI).date())
