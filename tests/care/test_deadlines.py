"""Overdue complaints: owner, superior and customer are told once for each due time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.care import deadlines
from bot.store.models import ComplaintEvent, ComplaintState, Outbox


@pytest.fixture
def overdue(make, clock):
    supervisor = make.supervisor(name="张主管")
    owner = make.manager(name="李红", supervisor_id=supervisor.id)
    complaint = make.complaint(make.contact(make.customer(manager=owner)), due_at=clock.now() + timedelta(hours=1))
    make.commit()
    clock.advance(timedelta(hours=1, seconds=1))
    return complaint


def _told(db):
    rows = db.scalars(select(Outbox).order_by(Outbox.id))
    return [(row.manager.name if row.manager else "customer", row.rule) for row in rows]


def test_owner_superior_and_customer_are_told_once(overdue, desk, db, clock):
    assert [deadlines.tick(desk, db, clock.now()) for _ in range(3)] == [1, 0, 0]
    assert _told(db) == [
        ("李红", "manager.complaint.overdue"),
        ("张主管", "complaint_card"),
        ("customer", "complaint_late"),
    ]
    assert [event.kind for event in overdue.events] == ["overdue"]
    assert overdue.escalation == 1


def test_new_due_time_is_watched_again(overdue, desk, db, clock):
    deadlines.tick(desk, db, clock.now())
    overdue.due_at = clock.now() + timedelta(hours=2)
    db.flush()
    assert deadlines.tick(desk, db, clock.now()) == 0
    clock.advance(timedelta(hours=3))
    assert deadlines.tick(desk, db, clock.now()) == 1


@pytest.mark.parametrize("state", [ComplaintState.ANSWERED, ComplaintState.CLOSED])
def test_answered_in_time_is_not_overdue(overdue, desk, db, clock, state):
    overdue.state = state
    db.flush()
    assert deadlines.tick(desk, db, clock.now()) == 0


def test_two_schedulers_at_once_tell_it_once(overdue, desk, db, store, clock):
    start = threading.Barrier(2, timeout=10)

    def tick():
        start.wait()
        with store.begin() as session:
            deadlines.tick(desk, session, clock.now())

    threads = [threading.Thread(target=tick) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(db.scalars(select(ComplaintEvent)).all()) == 1
    assert len(_told(db)) == 3
