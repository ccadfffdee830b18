"""On which days birthdays are kept."""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lunar_python import Solar

from bot.care import birthday_dates as dates
from bot.care.birthday_dates import Birthday, date_in_lunar_year
from bot.store.models import Calendar

DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))
YEARS = st.integers(2024, 2029)  # leap sixth month in 2025, leap fifth in 2028, leap days in 2024 and 2028
LUNAR = st.builds(Birthday, st.just(Calendar.LUNAR), st.integers(1, 12), st.integers(1, 30), st.booleans())


kept_on = cache(dates.kept_on)


def _lunar(month, day, leap=False):
    return Birthday(Calendar.LUNAR, month, day, leap)


def _days_of(year):
    return (date(year, 1, 1) + timedelta(days=each) for each in range(366 if isleap(year) else 365))


@pytest.mark.parametrize(
    ("birthday", "year", "expected"),
    [
        (_lunar(1, 1), 2026, date(2026, 2, 17)),  # 春节
        (_lunar(8, 15), 2026, date(2026, 9, 25)),  # 中秋
        (_lunar(6, 1), 2025, date(2025, 6, 25)),  # 2025 has a leap sixth month
        (_lunar(6, 1, leap=True), 2025, date(2025, 7, 25)),
        (_lunar(6, 1, leap=True), 2026, date(2026, 7, 14)),  # 2026 has none: the ordinary sixth month
        (_lunar(12, 30), 2024, date(2025, 1, 28)),  # twelfth month of 29 days: kept on its last
        (_lunar(12, 30), 2023, date(2024, 2, 9)),
        (_lunar(6, 30, leap=True), 2025, date(2025, 8, 22)),  # the leap month has 29 days
    ],
)
def test_lunar_birthdays_by_the_almanac(birthday, year, expected):
    assert date_in_lunar_year(birthday, year) == expected
    assert birthday in kept_on(expected)


@given(LUNAR, YEARS)
def test_lunar_birthday_is_kept_on_exactly_one_day_of_a_lunar_year(birthday, year):
    first = date_in_lunar_year(_lunar(1, 1), year)
    following = date_in_lunar_year(_lunar(1, 1), year + 1)
    kept = [day for day in (first + timedelta(n) for n in range((following - first).days)) if birthday in kept_on(day)]
    assert kept == [date_in_lunar_year(birthday, year)]


@given(LUNAR, YEARS)
def test_lunar_birthday_falls_at_most_twice_into_a_solar_year(birthday, year):
    dates = [date_in_lunar_year(birthday, lunar) for lunar in (year - 1, year)]
    in_year = [each for each in dates if each.year == year]
    assert len(in_year) <= 2
    if len(in_year) != 1:
        assert birthday.month >= 11  # only near the end of the lunar year


@given(st.integers(1, 12), YEARS, st.data())
def test_solar_birthday_is_kept_once_a_year(month, year, data):
    birthday = Birthday(Calendar.SOLAR, month, data.draw(st.integers(1, monthrange(2024, month)[1])))
    kept = [day for day in _days_of(year) if birthday in kept_on(day)]
    leap_day = birthday[1:3] == (2, 29) and not isleap(year)
    assert kept == [date(year, 2, 28) if leap_day else date(year, month, birthday.day)]


@given(DAYS)
def test_every_day_keeps_its_own_birthdays(day):
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    kept = kept_on(day)
    assert Birthday(Calendar.SOLAR, day.month, day.day) in kept
    assert _lunar(abs(lunar.getMonth()), lunar.getDay(), leap=lunar.getMonth() < 0) in kept
