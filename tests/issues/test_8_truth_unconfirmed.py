"""Issue 8, the manager's truth: an answer nobody confirmed stood open for ever and paused all care."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.care import confirmations, return_visits
from bot.delivery import policy
from bot.store.models import Complaint, ComplaintState, Outbox, OutboxState, Purpose
from tests.care.conftest import SHANGHAI, desk, plan, rows
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff
from tests.handlers.talk import read_by

__all__ = ["clock", "desk", "pack", "people", "phone", "pipeline", "plan", "rows", "staff"]

NUMBER = "TS20261120-0001"


def _at(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=SHANGHAI)


@pytest.fixture
def answered(make, people, staff, db):
    """Friday the 20th: 王芳 answers 王总's complaint; he never taps."""
    make.complaint(people.contact, number=NUMBER)
    make.commit()
    staff("wangfang").says(f"回复 {NUMBER} 师傅已经上门换了光猫")
    return people.contact


@pytest.fixture
def state(db):
    def read() -> Complaint:
        db.rollback()
        db.expire_all()
        return db.scalars(select(Complaint).where(Complaint.number == NUMBER)).one()

    return read


@pytest.fixture
def passes(desk, db, clock):
    """Let days of November come, at ten and at eleven."""

    def until(last: int) -> None:
        for day in range(21, last + 1):
            for hour in (3, 10, 11):
                clock.set(_at(day, hour))
                confirmations.tick(desk, db, clock.now())
                db.commit()

    return until


def test_asked_once_more_after_three_workdays_then_closed_with_a_word_to_both(answered, state, passes, store, people):
    customer, manager = f"contact:{answered.id}", f"manager:{people.manager.id}"
    passes(24)
    assert "还没收到您的回音" not in read_by(store, customer)
    passes(25)  # Monday to Wednesday
    assert read_by(store, customer).count("还没收到您的回音") == 1
    assert state().state is ComplaintState.ANSWERED
    passes(30)
    assert state().state is ComplaintState.CLOSED
    assert [event.kind for event in state().events][-2:] == ["confirm_asked", "closed_by_rule"]
    assert read_by(store, customer).count("先为您办结了") == 1
    assert read_by(store, manager).count("已按规则办结") == 1


def test_it_can_still_be_opened_again(answered, state, passes, phone):
    passes(30)
    phone.says("没解决")
    phone.says("是的，重新打开")
    assert state().state is ComplaintState.REOPENED


def test_care_does_not_pause_any_more(answered, passes, db, clock, settings, people):
    row = Outbox(purpose=Purpose.CARE, rule="birthday", customer_id=people.customer.id, fallback={}, urgent=False)
    row.customer = people.customer
    held = policy.facts_of(db, row, people.contact, _at(24), settings)
    assert held.complaint_open
    passes(30)
    assert not policy.facts_of(db, row, people.contact, clock.now(), settings).complaint_open


def test_an_answer_again_begins_anew(answered, state, passes, staff, clock):
    passes(25)
    staff("wangfang").says(f"回复 {NUMBER} 又去看了一次，信号正常")
    assert state().confirm_asked_at is None


def test_who_let_it_be_closed_is_not_asked_again_how_content_he_is(answered, passes, plan, rows):
    passes(30)
    for day in range(1, 8):
        plan(return_visits.plan, datetime(2026, 12, day, 10, tzinfo=SHANGHAI))
    assert rows("return_visit") == []


def test_an_unanswered_visit_ends_by_rule(answered, state, phone, plan, rows, store, people):
    phone.says("解决了")
    plan(return_visits.plan, _at(23))
    (row,) = rows("return_visit")
    row.state, row.updated_at = OutboxState.SENT, _at(23)
    for day in range(24, 31):
        plan(return_visits.plan, _at(day))
    assert "visit_ended" not in [event.kind for event in state().events]
    for day in range(1, 5):
        plan(return_visits.plan, datetime(2026, 12, day, 10, tzinfo=SHANGHAI))
    assert [event.kind for event in state().events].count("visit_ended") == 1
    assert read_by(store, f"manager:{people.manager.id}").count("这次回访已按规则结束") == 1


def test_nothing_due_locks_nothing(answered, desk, db, clock):
    assert confirmations.tick(desk, db, clock.now() + timedelta(hours=1)) == 0
