"""The window by trigger, and what uses it up; its statements are held against the rule in `test_ledger`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import window
from bot.delivery.window import Trigger
from tests.auxil import window_rule

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DAYS_2 = timedelta(hours=48)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("trigger", "duration", "messages"),
    [
        (Trigger.MESSAGE, DAYS_2, 5),
        (Trigger.TAP, MINUTE, 3),
        (Trigger.SCAN, MINUTE, 3),
        (Trigger.FOLLOW, MINUTE, 3),
    ],
)
def test_trigger_opens_window_of_the_platforms_size(trigger, duration, messages):
    assert window.opened_by(trigger) == (duration, messages)


@pytest.mark.parametrize(
    ("until", "left", "trigger", "expected"),
    [
        (None, 0, Trigger.TAP, (NOW + MINUTE, 3)),
        (NOW + timedelta(hours=40), 1, Trigger.TAP, (NOW + timedelta(hours=40), 1)),
        (NOW + timedelta(hours=40), 0, Trigger.TAP, (NOW + MINUTE, 3)),
        (NOW - timedelta(seconds=1), 5, Trigger.SCAN, (NOW + MINUTE, 3)),
        (NOW + timedelta(seconds=20), 1, Trigger.FOLLOW, (NOW + MINUTE, 3)),
        (NOW + timedelta(hours=40), 1, Trigger.MESSAGE, (NOW + DAYS_2, 5)),
    ],
)
def test_smaller_window_never_shrinks_a_larger_open_one(until, left, trigger, expected):
    assert window_rule.after(until, left, trigger, NOW) == expected


@given(st.one_of(st.none(), st.integers(-10_000, 48 * 3600)), st.integers(0, 5), st.sampled_from(list(Trigger)))
def test_a_trigger_never_closes_what_was_open(seconds, left, trigger):
    until = None if seconds is None else NOW + timedelta(seconds=seconds)
    ends, count = window_rule.after(until, left, trigger, NOW)
    assert window.is_open(ends, count, NOW)
    if window.is_open(until, left, NOW):
        assert ends >= until


def test_take_one_stops_at_zero(make, db):
    contact = make.contact(window_until=NOW + DAYS_2, window_left=2)
    assert [window.take_one(db, contact.id, NOW) for _ in range(3)] == [True, True, False]
    window.give_back(db, contact.id)
    assert window.take_one(db, contact.id, NOW)


def test_take_one_refuses_a_window_that_has_shut(make, db):
    contact = make.contact(window_until=NOW, window_left=5)
    assert not window.take_one(db, contact.id, NOW)


def test_platform_saying_no_empties_the_window(make, db):
    contact = make.contact(window_until=NOW + DAYS_2, window_left=5)
    window.shut(db, contact.id)
    assert not window.take_one(db, contact.id, NOW)
