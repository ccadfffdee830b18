"""Finish events and notices: what the platform tells later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.delivery import outbox, receipts
from bot.delivery.receipts import NoticeAnswer, NoticeChange
from bot.messages import Text
from bot.store.models import DeliveryEvent, NoticeQuota, Outbox, OutboxState, Purpose

TEMPLATE = {"id": "TPL_STATE", "fields": {"thing2": "宽带"}}
BY_HAND = {"title": "转告", "text": "请转告客户"}


@pytest.fixture
def sent(make, db, clock, deliver):
    """A template message the platform has accepted."""
    outbox_id = outbox.enqueue(
        db,
        to=make.contact(make.customer()),
        purpose=Purpose.SERVICE,
        rule="news",
        occasion="1",
        part=Text("您好"),
        now=clock.now(),
        fallback={"template": TEMPLATE, "task": BY_HAND},
    )
    make.commit()
    deliver(outbox_id)
    return db.get_one(Outbox, outbox_id, populate_existing=True)


def _events(db, row):
    query = select(DeliveryEvent).where(DeliveryEvent.outbox_id == row.id).order_by(DeliveryEvent.id)
    return [(event.state.value, event.reason) for event in db.scalars(query)]


def test_success_is_recorded_without_changing_when_it_was_sent(sent, db, clock):
    at = sent.updated_at
    clock.advance(timedelta(seconds=3))
    assert receipts.finished(db, sent.platform_id, "success", clock.now())
    db.flush()
    assert _events(db, sent)[-1] == ("sent", "delivered")
    assert (sent.state, sent.updated_at) == (OutboxState.SENT, at)


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed", "failed:freq limit"])
def test_failure_goes_on_to_the_next_rung(sent, db, clock, deliver, make, status):
    assert receipts.finished(db, sent.platform_id, status, clock.now())
    make.commit()
    deliver(sent.id)
    db.expire_all()
    assert sent.state is OutboxState.HANDED_OVER
    assert ("failed", status) in _events(db, sent)


def test_failure_told_twice_counts_once(sent, db, clock):
    for _ in range(2):
        assert receipts.finished(db, sent.platform_id, "failed:user block", clock.now())
        db.flush()
    assert [state for state, _ in _events(db, sent)].count("failed") == 1


def test_event_that_overtakes_its_message_is_looked_at_again(db, clock):
    assert not receipts.finished(db, "unknown-id", "success", clock.now())
    jobs = db.execute(text("SELECT task_name, args FROM procrastinate_jobs")).all()
    assert jobs == [("finish", {"platform_id": "unknown-id", "status": "success"})]


def test_each_acceptance_allows_one_notice_and_a_withdrawal_voids_them(make, db, clock):
    contact = make.contact()

    def changed(answer):
        receipts.notice_changed(db, contact.id, [NoticeChange("SUB", answer)], clock.now())
        return db.scalar(select(NoticeQuota.left).where(NoticeQuota.contact_id == contact.id))

    accepted, declined, withdrawn = NoticeAnswer.ACCEPTED, NoticeAnswer.DECLINED, NoticeAnswer.WITHDRAWN
    answers = (declined, accepted, accepted, declined, withdrawn, accepted)
    assert [changed(answer) for answer in answers] == [None, 1, 2, 2, 0, 1]
