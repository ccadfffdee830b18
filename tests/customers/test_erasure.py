"""Unfollowing: nothing in the database leads from the pseudonym to the person any more."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from bot import customers
from bot.delivery import outbox
from bot.messages import Card, Text
from bot.store.models import (
    Complaint,
    ComplaintEvent,
    Inbound,
    InboundState,
    NoticeQuota,
    Outbox,
    OutboxState,
    Purpose,
    Task,
)
from bot.tickets import tasks

OPENID = "oTx1SecretOpenId00000000001"
PHONE = "13812345678"


@pytest.fixture
def contact(db, make, clock):
    customer = make.customer(name="王建国", honorific="总", phone=PHONE)
    contact = make.open_contact(customer, openid=OPENID)
    complaint = make.complaint(contact, what=f"我是王建国，电话{PHONE}，宽带坏了", phone=PHONE, place="幸福路1号")
    complaint.events.append(ComplaintEvent(at=clock.now(), kind="added", actor="customer", text=f"王总说打{PHONE}"))
    db.add(
        Inbound(
            channel="official",
            account="official",
            key=f"e:{OPENID}:1:click:ab",
            person=OPENID,
            kind="click",
            text=f"打{PHONE}",
            reply=[{"type": "text", "content": "王总好"}],
            state=InboundState.DONE,
            received_at=clock.now(),
        )
    )
    db.add(NoticeQuota(contact_id=contact.id, template_id="T", left=1))
    for to, occasion in ((contact, "a"), (customer, "b")):
        outbox.enqueue(
            db, to=to, purpose=Purpose.CARE, rule="x", occasion=occasion, part=Text("王总好"), now=clock.now()
        )
    outbox.enqueue(
        db,
        to=customer.manager,
        purpose=Purpose.STAFF,
        rule="complaint_card",
        occasion=f"{complaint.number}:1",
        part=Card("complaint-1-1", complaint.number, f"王建国{PHONE}", (("客户", "王总"),)),
        now=clock.now(),
    )
    for rule, about in (("talk", None), ("complaint", complaint)):
        tasks.add(
            db,
            manager=customer.manager,
            rule=rule,
            occasion="1",
            title="王总",
            text=f"王建国{PHONE}",
            due_at=clock.now(),
            now=clock.now(),
            customer=customer,
            contact=contact,
            complaint=about,
        )
    db.flush()
    return contact


def test_everything_that_names_him_is_gone(db, contact, clock):
    customer_id = contact.customer_id
    customers.unfollowed(db, contact, clock.now())
    db.flush()
    complaint = db.scalars(select(Complaint)).one()
    assert (complaint.customer_id, complaint.phone, complaint.contact_id) == (None, "", contact.id)
    assert complaint.number.startswith("TS")
    assert complaint.what == f"我是{contact.pseudonym}，电话〔号码〕，宽带坏了"
    assert complaint.events[0].text == f"{contact.pseudonym}说打〔号码〕"
    assert (contact.openid, contact.customer_id, contact.following) == (None, None, False)
    assert db.scalars(select(NoticeQuota)).all() == []
    row = db.scalars(select(Inbound)).one()
    assert (row.person, row.text, row.reply) == (None, None, None)
    for table in ("contacts", "inbound", "complaints", "complaint_events", "outbox", "audit_log"):
        content = "\n".join(db.scalars(text(f"SELECT row_to_json(t)::text FROM {table} t")))
        assert OPENID not in content
        assert PHONE not in content
        if table != "outbox":  # the other messages to the customer himself go with his file
            assert "王建国" not in content
    cards = db.scalars(text("SELECT part::text FROM outbox WHERE rule = 'complaint_card'")).one()
    assert "王" not in cards
    assert customer_id not in {task.customer_id for task in db.scalars(select(Task)) if task.complaint_id}
    assert all(task.contact_id is None for task in db.scalars(select(Task)) if task.customer_id)


def test_what_waits_for_him_is_cancelled(db, contact, clock):
    customers.unfollowed(db, contact, clock.now())
    db.flush()
    rows = db.scalars(select(Outbox).where(Outbox.manager_id.is_(None))).all()
    assert {(row.state, row.reason) for row in rows} == {(OutboxState.SKIPPED, "unfollowed")}
    assert not any(row.contact_id and row.customer_id for row in rows)


def test_a_customer_who_follows_elsewhere_still_gets_his_messages(db, make, contact, clock):
    make.contact(contact.customer)
    customers.unfollowed(db, contact, clock.now())
    db.flush()
    states = dict(db.execute(select(Outbox.occasion, Outbox.state).where(Outbox.manager_id.is_(None))).all())
    assert states == {"a": OutboxState.SKIPPED, "b": OutboxState.QUEUED}


def test_twice_is_once(db, contact, clock):
    customers.unfollowed(db, contact, clock.now())
    customers.unfollowed(db, contact, clock.now())
    db.flush()
    assert db.scalar(text("SELECT count(*) FROM audit_log WHERE action = 'contact.erased'")) == 1
