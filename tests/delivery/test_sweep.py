"""The sweep: what came due, what lost its job, what a killed worker left."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.delivery import jobs, outbox
from bot.delivery.sweep import sweep
from bot.messages import Text
from bot.store.models import DeliveryEvent, Outbox, OutboxState, Purpose


class _Killed(BaseException):
    """The worker dies here: nothing below the test catches it."""


def _put(db, clock, to, occasion="1", **values):
    defaults = {"purpose": Purpose.SERVICE, "rule": "news", "part": Text("您好"), "now": clock.now()}
    return outbox.enqueue(db, to=to, occasion=occasion, **(defaults | values))


def _jobs(db, status="todo"):
    query = text("SELECT task_name, args FROM procrastinate_jobs WHERE status = :status ORDER BY id")
    return [(name, args) for name, args in db.execute(query, {"status": status})]


def _set_jobs(db, status, worker=None):
    statement = "UPDATE procrastinate_jobs SET status = CAST(:status AS procrastinate_job_status), worker_id = :worker"
    db.execute(text(statement), {"status": status, "worker": worker})


def _worker(db, silent_seconds):
    query = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => :s)) RETURNING id"
    return db.scalar(text(query), {"s": silent_seconds})


def _state(db, outbox_id):
    row = db.get_one(Outbox, outbox_id, populate_existing=True)
    return row.state, row.reason


def test_waiting_row_is_queued_when_the_clock_reaches_it(make, db, clock):
    later = _put(db, clock, make.customer(), due_at=clock.now() + timedelta(hours=1))
    assert sweep(db, clock.now()) == 0
    clock.advance(timedelta(hours=1))
    assert sweep(db, clock.now()) == 1
    assert _state(db, later)[0] is OutboxState.QUEUED
    assert _jobs(db) == [("deliver", {"outbox_id": later})]
    assert sweep(db, clock.now()) == 0


def test_a_job_without_a_row_hides_nothing(make, db, clock):
    lost = _put(db, clock, make.customer())
    _set_jobs(db, "failed")
    jobs.defer(db, jobs.Task.DELIVER, {})
    assert sweep(db, clock.now()) == 1
    assert ("deliver", {"outbox_id": lost}) in _jobs(db)


def test_waiting_row_past_its_expiry_is_skipped_with_a_reason(make, db, clock):
    hour = timedelta(hours=1)
    row = _put(db, clock, make.customer(), due_at=clock.now() + hour, expires_at=clock.now() + 2 * hour)
    clock.advance(2 * hour)
    sweep(db, clock.now())
    assert _state(db, row) == (OutboxState.SKIPPED, "expired")
    assert db.scalars(select(DeliveryEvent.reason)).all() == ["expired"]
    assert _jobs(db) == []


def test_queued_row_without_a_job_gets_one(make, db, clock):
    row = _put(db, clock, make.customer())
    _set_jobs(db, "failed")
    assert sweep(db, clock.now()) == 1
    assert _jobs(db) == [("deliver", {"outbox_id": row})]
    assert sweep(db, clock.now()) == 0


@pytest.mark.parametrize("silent", [16, None])
def test_job_of_a_dead_worker_runs_again(make, db, clock, silent):
    row = _put(db, clock, make.customer())
    _set_jobs(db, "doing", _worker(db, silent) if silent else None)
    sweep(db, clock.now())
    assert _jobs(db) == [("deliver", {"outbox_id": row})]
    assert _state(db, row)[0] is OutboxState.QUEUED


def test_job_of_a_living_worker_is_left_alone_however_far_the_clock_jumps(make, db, clock):
    row = _put(db, clock, make.customer())
    _set_jobs(db, "doing", _worker(db, 1))
    db.get_one(Outbox, row).state = OutboxState.SENDING
    clock.advance(timedelta(days=30))
    assert sweep(db, clock.now()) == 0
    assert _state(db, row)[0] is OutboxState.SENDING


@pytest.mark.parametrize(
    ("kind", "expected", "requests"), [("kf", OutboxState.UNKNOWN, 1), ("wecom", OutboxState.SENT, 2)]
)
def test_kill_while_the_request_runs_is_recorded_once(make, db, clock, deliver, platform, kind, expected, requests):
    to = make.manager() if kind == "wecom" else make.open_contact(make.customer())
    row = _put(db, clock, to, purpose=Purpose.STAFF if kind == "wecom" else Purpose.SERVICE)
    make.commit()

    def killed():
        raise _Killed

    platform.answers.append(killed)
    with pytest.raises(_Killed):
        deliver(row)
    for _ in range(3):
        sweep(db, clock.now())
        db.commit()
        deliver(row)
    assert _state(db, row)[0] is expected
    assert len(platform.asked) == requests
    events = Counter(db.scalars(select(DeliveryEvent.state).where(DeliveryEvent.outbox_id == row)))
    assert events[expected] == 1


def test_repeat_is_given_up_when_the_platform_has_forgotten_the_key(make, db, clock, deliver, platform):
    row = _put(db, clock, make.manager(), purpose=Purpose.STAFF)
    make.commit()

    def killed():
        raise _Killed

    platform.answers.append(killed)
    with pytest.raises(_Killed):
        deliver(row)
    clock.advance(timedelta(minutes=30))
    sweep(db, clock.now())
    assert _state(db, row) == (OutboxState.UNKNOWN, "worker_died")


def test_many_greetings_share_jobs_and_replies_do_not(make, db, clock):
    later = clock.now() + timedelta(minutes=1)
    contact = make.contact()
    for number in range(60):
        _put(db, clock, contact, str(number), purpose=Purpose.CARE, due_at=later)
    _put(db, clock, contact, "reply", purpose=Purpose.REPLY, due_at=later)
    assert sweep(db, later) == 61
    names = Counter(name for name, _ in _jobs(db))
    assert names == {"deliver": 1, "deliver_batch": 2}
    assert sweep(db, later) == 0


def test_only_one_process_sweeps_at_a_time(make, db, clock, store):
    _put(db, clock, make.customer(), due_at=clock.now() + timedelta(seconds=1))
    make.commit()
    clock.advance(timedelta(seconds=1))
    with store.begin() as other:
        assert sweep(other, clock.now()) == 1
        assert sweep(db, clock.now()) == 0
    db.rollback()
    assert sweep(db, clock.now()) == 0
    assert len(_jobs(db)) == 1
