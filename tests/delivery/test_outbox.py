"""Enqueue: once per occasion, the job in the caller's transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from bot.delivery import outbox
from bot.messages import Text
from bot.store.models import Outbox, OutboxState, Purpose


def _jobs(db):
    return db.execute(text("SELECT task_name, lock, args, priority FROM procrastinate_jobs ORDER BY id")).all()


def _put(db, clock, to, **values):
    defaults = {"purpose": Purpose.SERVICE, "rule": "news", "occasion": "1", "part": Text("您好"), "now": clock.now()}
    return outbox.enqueue(db, to=to, **(defaults | values))


def test_due_message_is_queued_with_its_job(make, db, clock):
    customer = make.customer()
    outbox_id = _put(db, clock, customer)
    row = db.get(Outbox, outbox_id)
    assert (row.state, row.recipient, row.customer_id) == (OutboxState.QUEUED, f"customer:{customer.id}", customer.id)
    assert _jobs(db) == [("deliver", f"customer:{customer.id}", {"outbox_id": outbox_id}, 5)]


def test_later_message_waits_without_a_job(make, db, clock):
    outbox_id = _put(db, clock, make.customer(), due_at=clock.now() + timedelta(seconds=1))
    assert db.get(Outbox, outbox_id).state is OutboxState.WAITING
    assert _jobs(db) == []


def test_same_occasion_is_stored_once(make, db, clock):
    customer = make.customer()
    assert _put(db, clock, customer) is not None
    assert _put(db, clock, customer, part=Text("又一次")) is None
    assert _put(db, clock, customer, occasion="2") is not None
    assert len(_jobs(db)) == 2


def test_rolled_back_transaction_leaves_neither_row_nor_job(make, db, clock):
    customer = make.customer()
    make.commit()
    _put(db, clock, customer)
    db.rollback()
    assert _jobs(db) == []
    assert db.scalars(select(Outbox)).all() == []


def test_replies_and_staff_are_urgent_unless_told(make, db, clock):
    contact, manager = make.contact(make.customer()), make.manager()
    urgent = {
        _put(db, clock, contact, purpose=Purpose.REPLY): True,
        _put(db, clock, manager, purpose=Purpose.STAFF): True,
        _put(db, clock, manager, purpose=Purpose.STAFF, occasion="brief", urgent=False): False,
        _put(db, clock, contact, purpose=Purpose.CARE, occasion="2"): False,
    }
    assert {row.id: row.urgent for row in db.scalars(select(Outbox))} == urgent


def test_contact_keeps_its_customer(make, db, clock):
    customer = make.customer()
    contact = make.contact(customer)
    row = db.get(Outbox, _put(db, clock, contact))
    assert (row.contact_id, row.customer_id, row.recipient) == (contact.id, customer.id, f"contact:{contact.id}")


def test_card_update_is_a_row_of_its_own(make, db, clock):
    manager = make.manager()
    first = outbox.enqueue_card_update(
        db, to=manager, response_code="CODE", text="王芳已接单", occasion="c1:taken", now=clock.now()
    )
    row = db.get(Outbox, first)
    assert row.part == {"type": "card_update", "response_code": "CODE", "text": "王芳已接单"}
    assert row.expires_at == clock.now() + timedelta(hours=72)
