"""Working time with public holidays, make-up workdays, and years the calendar does not cover."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.worktime import add_working_time, at_work, is_workday, working_time_between
from tests.conftest import SHANGHAI


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
        ("2031-10-01", True),  # a Wednesday of a year without a calendar
        ("2031-10-04", False),  # its Saturday
    ],
)
def test_workdays(day, works):
    assert is_workday(date.fromisoformat(day)) is works


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
        ("2031-10-03T17:00", 4, "2031-10-06T11:30"),
    ],
)
def test_due_times(start, hours, due):
    assert add_working_time(at(start), timedelta(hours=hours), SHANGHAI) == at(due)


def test_at_work():
    assert at_work(at("2026-11-20T08:30"), SHANGHAI)
    assert not at_work(at("2026-11-20T18:00"), SHANGHAI)
    assert not at_work(at("2026-11-21T10:00"), SHANGHAI)
    assert at_work(at("2026-02-14T10:00"), SHANGHAI)


@given(
    st.integers(0, 360 * 24 * 60).map(lambda minute: at("2026-01-01T00:00") + timedelta(minutes=minute)),
    st.integers(1, 60 * 30),
)
def test_adding_and_measuring_agree(start, minutes):
    amount = timedelta(minutes=minutes)
    due = add_working_time(start, amount, SHANGHAI)
    assert due > start
    assert working_time_between(start, due, SHANGHAI) == amount
    assert working_time_between(due, start, SHANGHAI) == timedelta()
