"""The worker on the real queue: drains, keeps order, survives our own errors, stops when asked."""

from __future__ import annotations

import threading
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select, text

from bot.delivery import jobs, outbox
from bot.delivery.sender import Sender
from bot.delivery.worker import run_worker
from bot.messages import Text
from bot.store.models import Outbox, OutboxState, Purpose
from bot.store.session import Store
from tests.auxil.platform import wecom_error


@pytest.fixture
def drain(settings, store, clock, platform, book):
    """Run a worker until nothing is due; return the turns it resumed."""
    resumed: list[int] = []

    def run(**values):
        parts = {"store": store, "clock": clock, "transports": platform, "book": book, "resume_turn": resumed.append}
        run_worker(settings, **(parts | {"once": True} | values))
        return resumed

    return run


def _put(db, clock, to, occasion, **values):
    defaults = {"purpose": Purpose.SERVICE, "rule": "news", "part": Text(occasion), "now": clock.now()}
    return outbox.enqueue(db, to=to, occasion=occasion, **(defaults | values))


def _states(db):
    db.rollback()
    return list(db.scalars(select(Outbox.state).order_by(Outbox.id)))


def test_drain_sends_what_is_due_in_each_persons_order(make, db, clock, drain, platform):
    people = [make.open_contact(make.customer()) for _ in range(3)]
    for number in range(4):
        for person in people:
            _put(db, clock, person, f"{number}")
    later = _put(db, clock, people[0], "later", due_at=clock.now() + timedelta(hours=1))
    make.commit()
    drain()
    for person in people:
        assert [part.content for _, to, part in platform.sent if to == person.openid] == ["0", "1", "2", "3"]
    db.rollback()
    assert db.get_one(Outbox, later).state is OutboxState.WAITING


def test_drain_also_does_what_became_due_and_what_it_caused(make, db, clock, drain, platform):
    customer = make.customer()
    due = clock.now() + timedelta(hours=1)
    _put(db, clock, customer, "birthday", purpose=Purpose.CARE, rule="birthday", due_at=due)
    make.commit()
    clock.set(due)
    drain()
    assert _states(db) == [OutboxState.HANDED_OVER, OutboxState.SENT]
    assert [way for way, _, _ in platform.sent] == ["wecom"]


def test_greetings_in_batches_are_all_sent(make, db, clock, drain, platform):
    due = clock.now() + timedelta(hours=1)
    for _ in range(55):
        _put(db, clock, make.open_contact(), "1", purpose=Purpose.CARE, due_at=due)
    make.commit()
    clock.set(due)
    drain()
    assert len(platform.sent) == 55


def test_turn_is_resumed(db, drain):
    jobs.resume_turn(db, 7, "official:o1")
    db.commit()
    assert drain() == [7]


def test_our_own_error_puts_the_row_aside_and_the_rest_is_sent(make, db, clock, drain, platform):
    broken = make.open_contact(make.customer())
    first = _put(db, clock, broken, "1")
    db.get_one(Outbox, first).part = {"type": "nonsense"}
    _put(db, clock, make.open_contact(make.customer()), "1")
    make.commit()
    drain()
    assert _states(db) == [OutboxState.WAITING, OutboxState.SENT]


def test_finish_event_that_overtook_its_message_is_recorded(make, db, clock, drain):
    fallback = {"template": {"id": "TPL", "fields": {}}}
    outbox_id = _put(db, clock, make.contact(make.customer()), "1", fallback=fallback)
    make.commit()
    drain()
    jobs.defer(db, jobs.Task.FINISH, {"platform_id": f"tm-tx{outbox_id}", "status": "success"})
    db.commit()
    drain()
    reasons = db.execute(text("SELECT reason FROM delivery_events ORDER BY id")).scalars().all()
    assert reasons == ["", "", "delivered"]


def test_finish_event_without_its_message_is_kept_for_another_look(db, drain):
    jobs.defer(db, jobs.Task.FINISH, {"platform_id": "tm-unknown", "status": "success"})
    db.commit()
    drain()
    waiting = db.execute(text("SELECT status::text, scheduled_at > now() FROM procrastinate_jobs")).all()
    assert waiting == [("todo", True)]


def test_running_worker_sends_at_once_and_stops_when_asked(make, db, clock, drain, platform):
    stop, got = threading.Event(), threading.Event()
    worker = threading.Thread(target=lambda: drain(once=False, stop=stop))
    worker.start()
    platform.answers.append(got.set)
    _put(db, clock, make.open_contact(make.customer()), "1")
    make.commit()
    assert got.wait(20)
    stop.set()
    worker.join(20)
    assert not worker.is_alive()
    assert _states(db) == [OutboxState.SENT]


@pytest.mark.parametrize("times", [1, 2, 100])
def test_round_that_lost_the_database_does_not_hold_back_the_next_message(
    make, db, clock, drain, platform, monkeypatch, times
):
    """A message was recorded and its job removed; another's could not be removed: its lock must not stay taken."""
    refused, other = make.manager(), make.manager()
    stop, got, lost = threading.Event(), threading.Event(), []

    def ask(way, to, what, original=platform.ask):
        if what.content == "refused":
            raise wecom_error(-1)
        original(way, to, what)
        if what.content == "next":
            got.set()

    def done_with(sender, orders, original=Sender.done_with):
        if len(lost) < times:
            lost.append(orders)
            raise psycopg.OperationalError("sorry, too many clients already")
        original(sender, orders)

    monkeypatch.setattr(platform, "ask", ask)
    monkeypatch.setattr(Sender, "done_with", done_with)
    _put(db, clock, refused, "refused", purpose=Purpose.STAFF)
    _put(db, clock, other, "1", purpose=Purpose.STAFF)
    make.commit()
    worker = threading.Thread(target=lambda: drain(once=False, stop=stop))
    worker.start()
    _put(db, clock, refused, "next", purpose=Purpose.STAFF)
    make.commit()
    assert got.wait(20)
    stop.set()
    worker.join(20)
    assert lost
    assert _states(db) == [OutboxState.WAITING, OutboxState.SENT, OutboxState.SENT]
    assert db.scalars(text("SELECT status FROM procrastinate_jobs")).all() == []


def test_worker_that_lost_the_database_goes_on_when_it_is_back(make, db, clock, drain, platform, settings):
    stop, got = threading.Event(), [threading.Event(), threading.Event()]
    own = Store(settings.database_url)
    worker = threading.Thread(target=lambda: drain(once=False, stop=stop, store=own))
    worker.start()
    platform.answers.extend(each.set for each in got)
    first, second = (make.open_contact(make.customer()) for _ in got)
    _put(db, clock, first, "1")
    make.commit()
    assert got[0].wait(20)
    its = "pid <> pg_backend_pid() AND datname = current_database() AND query ILIKE '%procrastinate%'"
    db.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {its}"))
    _put(db, clock, second, "1")
    make.commit()
    assert got[1].wait(20)
    stop.set()
    worker.join(20)
    own.close()
    assert not worker.is_alive()
    assert [to for _, to, _ in platform.sent] == [first.openid, second.openid]
