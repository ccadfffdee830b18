"""Issue 8, the manager's truth: a complaint nobody took was silent until its time had passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.care import deadlines
from bot.store.models import ComplaintState
from tests.care.conftest import SHANGHAI, desk, plan, rows

__all__ = ["desk", "plan", "rows"]

FILED = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
DUE = datetime(2026, 11, 20, 13, 0, tzinfo=SHANGHAI)


@pytest.fixture
def complaint(make):
    """Filed at nine, to be answered by one."""
    contact = make.contact(make.customer(name="王磊", honorific="总", manager=make.manager(name="李红")))
    return make.complaint(contact, number="TS20261120-0001", filed_at=FILED, due_at=DUE)


def _every_ten_minutes(plan, until: datetime) -> None:
    moment = FILED
    while moment <= until:
        plan(deadlines.remind, moment)
        moment += timedelta(minutes=10)


def test_who_has_not_taken_it_is_reminded_once_when_half_its_time_is_over(complaint, plan, rows):
    _every_ten_minutes(plan, FILED + timedelta(minutes=110))
    assert rows("complaint_due_soon") == []
    _every_ten_minutes(plan, DUE)
    (row,) = rows("complaint_due_soon")
    assert row.manager_id == complaint.owner_id
    assert "TS20261120-0001" in row.part["content"]
    assert "还有2小时0分" in row.part["content"]


@pytest.mark.parametrize("state", [ComplaintState.TAKEN, ComplaintState.ANSWERED, ComplaintState.CLOSED])
def test_what_somebody_has_in_hand_needs_no_reminder(complaint, plan, rows, db, state):
    complaint.state = state
    db.flush()
    _every_ten_minutes(plan, DUE)
    assert rows("complaint_due_soon") == []


def test_a_new_due_time_is_reminded_of_again(complaint, plan, rows, db):
    _every_ten_minutes(plan, DUE)
    complaint.state, complaint.due_at = ComplaintState.REOPENED, DUE + timedelta(hours=4)
    db.flush()
    _every_ten_minutes(plan, DUE + timedelta(hours=4))
    assert len(rows("complaint_due_soon")) == 2


def test_nobody_is_reminded_while_the_branch_rests(complaint, plan, rows, db):
    complaint.due_at = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
    db.flush()
    plan(deadlines.remind, datetime(2026, 11, 21, 10, 0, tzinfo=SHANGHAI))
    assert rows("complaint_due_soon") == []
    plan(deadlines.remind, datetime(2026, 11, 23, 8, 30, tzinfo=SHANGHAI))
    assert len(rows("complaint_due_soon")) == 1


def test_the_share_is_a_setting(complaint, plan, rows, desk):
    other = replace(desk, settings=desk.settings.model_copy(update={"complaint_nudge_percent": 75}))
    plan(lambda _, context: deadlines.remind(other, context), FILED + timedelta(minutes=170))
    assert rows("complaint_due_soon") == []
    plan(lambda _, context: deadlines.remind(other, context), FILED + timedelta(minutes=180))
    assert len(rows("complaint_due_soon")) == 1
