"""Reports of the platform and answers to notices."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.delivery import outbox
from bot.messages import Text
from bot.store.models import DeliveryEvent, NoticeQuota, Outbox, OutboxState, Purpose


@pytest.fixture
def sent(db, people, clock):
    """A template message on its way."""
    number = outbox.enqueue(
        db, to=people.contact, purpose=Purpose.SERVICE, rule="x", occasion="1", part=Text("好"), now=clock.now()
    )
    row = db.get(Outbox, number)
    row.state, row.via, row.platform_id = OutboxState.SENT, "template", "4711"
    db.commit()
    return row


def left(db):
    db.rollback()
    return dict(db.execute(select(NoticeQuota.template_id, NoticeQuota.left)).all())


def test_arrival_is_recorded(phone, sent, db):
    assert phone.event("templatesendjobfinish", MsgID="4711", Status="success") == ""
    assert "delivered" in set(db.scalars(select(DeliveryEvent.reason)))


def test_failure_goes_on(phone, sent, db):
    phone.event("templatesendjobfinish", MsgID="4711", Status="failed:user block")
    assert "failed:user block" in set(db.scalars(select(DeliveryEvent.reason)))
    assert db.get(Outbox, sent.id, populate_existing=True).state is OutboxState.QUEUED


def test_notices_are_counted_and_withdrawn(phone, db):
    accept = {"TemplateId": "T1", "SubscribeStatusString": "accept"}
    reject = {"TemplateId": "T2", "SubscribeStatusString": "reject"}
    phone.event("subscribe_msg_popup_event", List=[accept, reject])
    phone.event("subscribe_msg_popup_event", List=[accept])
    assert left(db) == {"T1": 2}
    phone.event("subscribe_msg_change_event", List=[{"TemplateId": "T1", "SubscribeStatusString": "reject"}])
    assert left(db).get("T1", 0) == 0


def test_notice_reports(phone, sent, db):
    sent.via = "notice"
    db.commit()
    phone.event("subscribe_msg_sent_event", List=[{"MsgID": "4711", "ErrorCode": "0", "ErrorStatus": "success"}])
    assert "delivered" in set(db.scalars(select(DeliveryEvent.reason)))
