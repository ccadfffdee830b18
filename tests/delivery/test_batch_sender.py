"""What is sent together: one's trouble is not the others', and who answers first is recorded first."""

from __future__ import annotations

import threading
from collections import Counter

from sqlalchemy import select, text

from bot.channels.errors import OutcomeUnknown
from bot.delivery.sender import Order
from bot.messages import Text
from bot.store.models import DeliveryEvent, Outbox, OutboxState, Purpose
from tests.auxil.platform import official_error, wecom_error


def _states(db) -> list[OutboxState]:
    db.rollback()
    return list(db.scalars(select(Outbox.state).order_by(Outbox.id)))


def _jobs(db) -> list[int]:
    return list(db.scalars(text("SELECT id FROM procrastinate_jobs ORDER BY id")))


def test_a_round_sends_each_once_and_removes_the_jobs(db, put, rounds, platform):
    orders = put(3)
    rounds.send(orders)
    assert len({person for _, person, _ in platform.sent}) == 3
    assert _states(db) == [OutboxState.SENT] * 3
    assert _jobs(db) == []
    assert Counter(db.scalars(select(DeliveryEvent.state))) == {OutboxState.SENDING: 3, OutboxState.SENT: 3}


def test_a_row_that_is_asked_for_twice_leaves_once(put, rounds, platform):
    (order,) = put(1)
    again = Order(order.outbox_id, None)
    rounds.send([order, again])
    rounds.send([order])
    assert len(platform.sent) == 1


def test_one_that_cannot_be_read_is_put_aside_and_the_others_are_sent(db, put, rounds, platform):
    orders = put(3)
    db.get_one(Outbox, orders[1].outbox_id).part = {"type": "nonsense"}
    db.commit()
    rounds.send(orders)
    assert _states(db) == [OutboxState.SENT, OutboxState.WAITING, OutboxState.SENT]
    assert _jobs(db) == []
    assert len(platform.sent) == 2


def test_our_own_error_in_one_request_is_not_the_others(db, put, rounds, platform):
    platform.answers.append(ZeroDivisionError())
    rounds.send(put(3))
    assert Counter(_states(db)) == {OutboxState.SENDING: 1, OutboxState.SENT: 2}
    assert _jobs(db) == []


def test_different_answers_in_one_round(db, put, rounds, platform):
    platform.answers.extend([wecom_error(-1), OutcomeUnknown("x"), wecom_error(81013), None])
    rounds.send(put(4))
    assert Counter(_states(db)) == {OutboxState.WAITING: 2, OutboxState.FAILED: 1, OutboxState.SENT: 1}
    assert _jobs(db) == []


def test_an_answer_is_recorded_while_another_is_awaited(db, put, rounds, platform, sender, monkeypatch):
    orders, recorded, seen = put(2), threading.Event(), []

    def record(results, original=sender.record_sent):
        again = original(results)
        recorded.set()
        return again

    def wait_for_the_other() -> None:
        assert recorded.wait(20)
        seen.extend([Counter(_states(db)), len(_jobs(db))])

    monkeypatch.setattr(sender, "record_sent", record)
    platform.answers.append(wait_for_the_other)
    rounds.send(orders)
    assert seen == [{OutboxState.SENDING: 1, OutboxState.SENT: 1}, 1]
    assert _states(db) == [OutboxState.SENT] * 2


def test_customers_and_managers_share_a_round(db, make, put, rounds, platform):
    put(2)
    orders = put(1, to=make.open_contact(make.customer()), purpose=Purpose.SERVICE, part=Text("您好"))
    rounds.send(orders)
    assert Counter(way for way, _, _ in platform.sent) == {"wecom": 2, "kf": 1}
    assert _jobs(db) == []


def test_next_way_of_one_is_tried_in_the_same_round(db, make, clock, put, rounds, platform):
    put(1)
    template = {"template": {"id": "TPL", "fields": {}}}
    contact = make.open_contact(make.customer())
    orders = put(1, to=contact, purpose=Purpose.SERVICE, part=Text("您好"), fallback=template)

    def refuse() -> None:
        raise official_error(45015)

    def by_way(way, to, what, ask=platform.ask):
        if way == "kf":
            platform.answers.append(refuse)
        ask(way, to, what)

    platform.ask = by_way
    rounds.send(orders)
    assert sorted(way for way, _, _ in platform.sent) == ["template", "wecom"]
    assert _states(db) == [OutboxState.SENT, OutboxState.SENT]
