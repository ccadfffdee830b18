"""Our own errors and lost connections inside a round: they touch one message, and nothing is lost or done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from bot import metrics
from bot.delivery import route_selection
from bot.delivery import sender as sending
from bot.delivery.sender import Order
from bot.delivery.sweep import sweep
from bot.messages import Text
from bot.store.models import Contact, DeliveryEvent, Outbox, OutboxState, Purpose
from bot.store.session import Store
from tests.auxil.platform import official_error, wecom_error

_BREAK = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
_LONG = "长" * 1500  # three pieces


@pytest.fixture
def three(make, put) -> list[Order]:
    """A message to a manager and one to each of two customers with an open window, with a job each."""
    put(1)
    _customer(make, put)
    return _customer(make, put)


def _customer(make, put, words: str = "您好", **values: Any) -> list[Order]:
    to = make.open_contact(make.customer(), left=20)
    return put(1, to=to, **({"purpose": Purpose.SERVICE, "part": Text(words)} | values))


def _break(store: Store) -> None:
    """Let every connection of the store break."""
    with psycopg.connect(store.database_url, autocommit=True) as connection:
        connection.execute(_BREAK, [connection.info.backend_pid])


def _states(db) -> list[OutboxState]:
    db.rollback()
    return list(db.scalars(select(Outbox.state).order_by(Outbox.id)))


def _jobs(db) -> list[str]:
    return list(db.scalars(text("SELECT status::text FROM procrastinate_jobs ORDER BY id")))


def _events(db) -> Counter[tuple[str, str]]:
    return Counter((event.state.value, event.reason) for event in db.scalars(select(DeliveryEvent)))


def _failing(monkeypatch, where: object, name: str, when: Callable[[int], bool], first: bool = True) -> None:
    """Let the calls of `where.name` that `when` names by their number lose the database, before or after the work."""
    original, calls = getattr(where, name), []

    def fail(*args: Any, **named: Any) -> Any:
        calls.append(args)
        number = len(calls)
        result = original(*args, **named) if not (first and when(number)) else None
        if when(number):
            raise psycopg.OperationalError("deadlock detected")
        return result

    monkeypatch.setattr(where, name, fail)


def _lose_answer(monkeypatch, name: str, number: int) -> None:
    """Let the `number`th `with` of the store that changes something raise after it was committed."""
    original, calls = getattr(Store, name), []

    @contextmanager
    def lost(store: Store) -> Iterator[Any]:
        with original(store) as given:
            yield given
        calls.append(1)
        if len(calls) == number:
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Store, name, lost)


# -- preparing ------------------------------------------------------------------------------------------------------


def _nonsense(row: Outbox, contact: Contact, monkeypatch, platform) -> None:
    row.part = {"type": "nonsense"}


def _no_transport(row: Outbox, contact: Contact, monkeypatch, platform) -> None:
    contact.account.name = "closed"
    monkeypatch.setattr(platform, "official", lambda account: {"official": platform}[account])


def _malformed_fallback(row: Outbox, contact: Contact, monkeypatch, platform) -> None:
    contact.window_left = 0
    row.fallback = {"template": {"id": "TPL"}}


def _no_hand_over(row: Outbox, contact: Contact, monkeypatch, platform) -> None:
    contact.window_left = 0
    row.fallback = {"task": {"title": "转告", "text": "请转告客户"}}
    monkeypatch.setattr(sending, "hand_over", lambda *_, **__: {}["nobody"])


@pytest.mark.parametrize("poison", [_nonsense, _no_transport, _malformed_fallback, _no_hand_over])
def test_row_that_cannot_be_prepared_takes_nobody_with_it(db, make, put, rounds, platform, monkeypatch, poison):
    make.account()
    put(1)
    _customer(make, put)
    contact = make.open_contact(make.customer(), account_id=make.account(name="second").id)
    bad = put(1, to=contact, purpose=Purpose.SERVICE, part=Text("您好"))[-1]
    orders = _customer(make, put)
    poison(db.get_one(Outbox, bad.outbox_id), contact, monkeypatch, platform)
    db.commit()
    assert rounds.send(orders) == set()
    assert _states(db) == [OutboxState.SENT, OutboxState.SENT, OutboxState.WAITING, OutboxState.SENT]
    assert [way for way, _, _ in platform.sent].count("kf") == len(platform.sent) - 1 == 2
    assert _jobs(db) == []


@pytest.mark.parametrize("row", [1, 2])
@pytest.mark.parametrize("place", ["prepare_one", "reach", "climb", "move"])
def test_connection_that_breaks_while_preparing_loses_nobody(
    db, store, three, rounds, platform, sender, monkeypatch, row, place
):
    where = {"prepare_one": sender, "move": sending.transitions}.get(place, route_selection)
    original, calls = getattr(where, place), []

    def breaking(*args: Any, **values: Any) -> Any:
        calls.append(args)
        if len(calls) == row:
            _break(store)
        return original(*args, **values)

    monkeypatch.setattr(where, place, breaking)
    assert rounds.send(three) == set()
    assert len(calls) == 3  # one more
    assert _states(db) == [OutboxState.SENT] * 3
    assert Counter(way for way, _, _ in platform.asked) == {"wecom": 1, "kf": 2}
    assert _jobs(db) == []


def test_connection_that_breaks_before_the_staffs_messages_are_marked(db, put, rounds, platform, monkeypatch):
    orders = put(3)
    _failing(monkeypatch, sending.transitions, "take", lambda number: number == 1)
    rounds.send(orders)
    assert _states(db) == [OutboxState.SENT] * 3
    assert len(platform.asked) == 3


def test_commit_whose_answer_was_lost_is_known_and_the_message_leaves(db, make, put, rounds, platform, monkeypatch):
    orders = _customer(make, put)
    _lose_answer(monkeypatch, "begin", 1)
    rounds.send(orders)
    assert _states(db) == [OutboxState.SENT]
    assert len(platform.asked) == 1
    assert set(db.scalars(select(Contact.window_left))) == {19}


def test_staffs_message_that_became_due_late_is_not_taken_for_a_customers(db, put, sender, platform):
    (order,) = put(1)
    assert sender.prepare_one(order) == []
    assert _states(db) == [OutboxState.QUEUED]


def test_staffs_messages_whose_marking_was_not_answered_leave_after_the_sweep(
    db, put, rounds, platform, clock, monkeypatch
):
    orders = put(3)
    _lose_answer(monkeypatch, "at_once", 1)
    assert rounds.send(orders) == set()
    assert (_states(db), _jobs(db)) == ([OutboxState.SENDING] * 3, ["failed"] * 3)
    sweep(db, clock.now())
    db.commit()
    rounds.send([Order(order.outbox_id) for order in orders])
    assert _states(db) == [OutboxState.SENT] * 3
    assert len(platform.asked) == 3


def test_steps_taken_together_are_taken_all_or_none(db, put, store, clock):
    orders = put(2)
    steps = [sending.transitions.Step(order.outbox_id, OutboxState.SENDING) for order in orders]
    steps[1] = steps[1]._replace(reason=None)
    with pytest.raises(psycopg.IntegrityError), store.at_once() as connection:
        sending.transitions.take(connection, steps, clock.now())
    assert _states(db) == [OutboxState.QUEUED] * 2


# -- jobs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "remove"), [(-1, "done_with"), (81013, "not_leaving")])
def test_lost_connection_while_jobs_are_removed_is_tried_again(
    db, put, rounds, platform, sender, monkeypatch, code, remove
):
    platform.answers.append(wecom_error(code))
    _failing(monkeypatch, sender, remove, lambda number: number == 1)
    assert rounds.send(put(2)) == set()
    assert _jobs(db) == []


@pytest.mark.parametrize(("code", "remove"), [(-1, "done_with"), (81013, "not_leaving")])
def test_jobs_that_cannot_be_removed_are_told_and_the_others_sent(
    db, put, rounds, platform, sender, monkeypatch, code, remove
):
    orders = put(3)
    platform.answers.append(wecom_error(code))
    _failing(monkeypatch, sender, remove, lambda number: True)
    (left,) = rounds.send(orders)
    assert _states(db).count(OutboxState.SENT) == 2
    assert list(db.scalars(text("SELECT id FROM procrastinate_jobs"))) == [left.job_id]


def test_row_that_cannot_even_be_put_aside_takes_nobody_with_it(db, three, rounds, platform, sender, monkeypatch):
    db.get_one(Outbox, three[1].outbox_id).part = {"type": "nonsense"}
    db.commit()
    _failing(monkeypatch, sender, "postpone", lambda number: True)
    platform.answers.append(ZeroDivisionError())
    assert rounds.send(three) == set()
    assert Counter(_states(db)) == {OutboxState.QUEUED: 1, OutboxState.SENDING: 1, OutboxState.SENT: 1}


# -- recording ------------------------------------------------------------------------------------------------------


def _counted() -> float:
    return metrics.SENDS.labels(via="kf", result="sent")._value.get()


@pytest.mark.parametrize("number", [3, 4])
def test_pieces_are_recorded_and_counted_once(db, make, put, rounds, platform, monkeypatch, number):
    _customer(make, put, _LONG)
    orders = _customer(make, put, _LONG)
    before = _counted()
    _lose_answer(monkeypatch, "begin", number)  # 1 and 2 prepare
    rounds.send(orders)
    assert _events(db) == {("sending", ""): 2, ("sent", ""): 2}
    assert set(db.scalars(select(Contact.window_left))) == {17}
    assert (len(platform.asked), _counted() - before) == (6, 2)
    assert _jobs(db) == []


def test_what_was_recorded_together_is_not_recorded_again(db, make, put, rounds, platform, sender, monkeypatch):
    _customer(make, put)
    orders = _customer(make, put)
    before = _counted()
    _failing(monkeypatch, sender, "record_sent", lambda number: number == 1, first=False)
    rounds.send(orders)
    assert _events(db) == {("sending", ""): 2, ("sent", ""): 2}
    assert _counted() - before == 2


def test_trouble_is_recorded_once_and_is_not_taken_for_late(db, make, put, rounds, platform, monkeypatch):
    orders = _customer(make, put, fallback={"template": {"id": "TPL", "fields": {}}})
    platform.answers.append(official_error(45015))
    _lose_answer(monkeypatch, "begin", 2)  # 1 prepares
    rounds.send(orders)
    assert _events(db) == {("sending", ""): 2, ("failed", "exhausted"): 1, ("sent", ""): 1}
    assert _states(db) == [OutboxState.SENT]
    assert _jobs(db) == []


def test_trouble_of_one_is_not_recorded_twice_for_the_trouble_of_another(
    db, make, put, rounds, platform, sender, monkeypatch
):
    _customer(make, put)
    orders = _customer(make, put)
    platform.answers.extend([official_error(-1), official_error(-1)])
    _failing(monkeypatch, sender, "record_trouble", lambda number: number == 2)
    rounds.send(orders)
    assert _events(db) == {("sending", ""): 2, ("waiting", "busy"): 2}
    assert _states(db) == [OutboxState.WAITING] * 2
