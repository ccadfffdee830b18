"""Reliability 7: cards that waited for a member's turn wrote an event a minute: 4,384 for 1,225 rows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from bot.delivery import outbox
from bot.delivery.policy import MEMBER_LIMIT
from bot.delivery.worker import run_worker
from bot.knowledge.texts import TextBook
from bot.messages import Text
from bot.store.models import DeliveryEvent, Outbox, OutboxState, Purpose
from tests.auxil.platform import Platform


def test_a_card_that_waits_on_for_the_same_reason_has_one_event_of_waiting(settings, store, db, make, clock):
    manager, platform = make.manager(), Platform()
    for number in range(4 * MEMBER_LIMIT):
        values = {"to": manager, "purpose": Purpose.STAFF, "rule": "news", "part": Text(str(number))}
        outbox.enqueue(db, occasion=str(number), now=clock.now(), **values)
    make.commit()
    parts = {"store": store, "clock": clock, "transports": platform, "book": TextBook(settings.tiexin_knowledge)}
    for _ in range(5):
        run_worker(settings, **parts, resume_turn=lambda _: None, once=True)
        clock.advance(timedelta(seconds=61))
    assert len(platform.sent) == 4 * MEMBER_LIMIT
    db.rollback()
    assert set(db.scalars(select(Outbox.state))) == {OutboxState.SENT}
    waited = select(DeliveryEvent.outbox_id).where(DeliveryEvent.state == OutboxState.WAITING)
    assert db.scalar(select(func.count()).select_from(waited.subquery())) == 3 * MEMBER_LIMIT
    assert db.scalar(select(func.count(DeliveryEvent.id))) == (2 * 4 + 3) * MEMBER_LIMIT
