"""Return visits: on the third day, once for each closing, late, too late, not for what was taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.care import return_visits
from bot.channels.template_fields import template_data
from bot.store.models import ComplaintEvent, ComplaintState, OutboxState, Purpose

ZONE = ZoneInfo("Asia/Shanghai")


def _at(day, hour=10, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def closed(make):
    """Make a complaint closed on Tuesday the 17th at noon, with the events it went through."""

    def build(*kinds, contact=None, **values):
        contact = contact or make.contact(make.customer(name="王磊", honorific="总"))
        complaint = make.complaint(contact, **({"state": ComplaintState.CLOSED, "closed_at": _at(17, 12)} | values))
        for kind in kinds or ("solved",):
            complaint.events.append(ComplaintEvent(at=_at(17, 12), kind=kind, actor="customer"))
        make.db.flush()
        return complaint

    return build


def test_third_day_asks_with_three_answers(closed, plan, rows):
    complaint = closed()
    for _ in range(2):
        plan(return_visits.plan, _at(20))
    (row,) = rows("return_visit")
    assert (row.contact_id, row.occasion, row.state) == (complaint.contact_id, complaint.number, OutboxState.QUEUED)
    assert row.purpose is Purpose.SERVICE
    assert [option[0] for option in row.part["options"]] == [
        f"rv:{complaint.id}:good",
        f"rv:{complaint.id}:fair",
        f"rv:{complaint.id}:bad",
    ]
    assert [option[1] for option in row.part["options"]] == ["满意", "一般", "不满意"]
    assert "王总" in row.part["head"]
    assert complaint.number in row.part["head"]


@pytest.mark.parametrize("moment", [_at(17, 0), _at(17, 23, 59)])
def test_day_is_the_business_day_of_the_closing(closed, plan, rows, moment):
    closed(closed_at=moment)
    plan(return_visits.plan, _at(19))
    plan(return_visits.plan, _at(23))
    assert rows("return_visit") == []
    plan(return_visits.plan, _at(20))
    assert len(rows("return_visit")) == 1


@pytest.mark.parametrize(
    ("kinds", "values"),
    [
        (("withdrawn",), {}),
        (("solved",), {"state": ComplaintState.REOPENED}),
        (("solved", "not_solved", "withdrawn"), {}),
    ],
)
def test_nothing_is_asked_about_what_is_open_or_taken_back(closed, plan, rows, kinds, values):
    closed(*kinds, **values)
    plan(return_visits.plan, _at(20))
    assert rows("return_visit") == []


def test_closing_after_a_reopening_is_asked_about_again(closed, plan, rows, db):
    complaint = closed()
    plan(return_visits.plan, _at(20))
    complaint.events.append(ComplaintEvent(at=_at(20, 12), kind="not_solved", actor="customer"))
    complaint.closed_at = _at(22)
    db.flush()
    plan(return_visits.plan, _at(25))
    assert [row.occasion for row in rows("return_visit")] == [complaint.number, f"{complaint.number}:2"]


@pytest.mark.parametrize(("late", "reason"), [(1, ""), (7, ""), (8, "too_late")])
def test_late_visits_use_late_words_and_older_ones_are_skipped(closed, plan, rows, late, reason):
    closed()
    plan(return_visits.plan, _at(20), _at(20) + timedelta(days=late))
    (row,) = rows("return_visit")
    assert row.reason == reason
    assert (row.state is OutboxState.SKIPPED) == bool(reason)
    assert ("三天" in row.part["head"]) == bool(reason)


def test_who_left_is_not_visited(closed, make, plan, rows):
    closed(contact=make.contact(openid=None, following=False))
    plan(return_visits.plan, _at(20))
    assert [(row.state, row.reason) for row in rows("return_visit")] == [(OutboxState.SKIPPED, "unfollowed")]


def test_shut_window_has_a_template_and_words_for_a_call(closed, plan, rows):
    complaint = closed()
    plan(return_visits.plan, _at(20))
    fallback = rows("return_visit")[0].fallback
    fields = template_data(fallback["template"]["fields"])
    assert fields["phrase3"] == {"value": "请您评价"}
    assert complaint.number in fallback["task"]["text"]


def test_stranger_without_a_file_is_asked_too(closed, make, plan, rows):
    closed(contact=make.contact())
    plan(return_visits.plan, _at(20))
    assert rows("return_visit")[0].part["head"].startswith("您好")
