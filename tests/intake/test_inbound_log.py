"""A message's one row, and the window it opens."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import Connection
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.delivery import spool, window
from bot.delivery.window import Trigger
from bot.intake import inbound_log
from bot.messages import Channel, Incoming, Kind, Media
from bot.store.models import Contact, Inbound, InboundState
from tests.auxil import window_rule
from tests.auxil.factories import Factory
from tests.auxil.turns import incoming

REPLY = [{"type": "text", "content": "好"}]


def _accept(db: Session, message: Incoming, clock: ManualClock) -> None:
    spool.accept(_raw(db), inbound_log.accepted_row(message, clock.now()), clock.now())


def _raw(db: Session) -> Connection[Any]:
    return db.connection().connection.driver_connection  # type: ignore[return-value]


def _row(db: Session) -> Inbound:
    db.expire_all()
    return db.execute(select(Inbound)).scalar_one()


_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)
_MESSAGES = st.builds(
    Incoming,
    channel=st.sampled_from(Channel),
    account=st.just("official"),
    key=st.just("m:1"),
    person=st.just("oWang"),
    to=_TEXT,
    created=st.datetimes(timezones=st.just(UTC)),
    kind=st.sampled_from(Kind),
    text=_TEXT,
    event=_TEXT,
    event_key=_TEXT,
    choice_id=_TEXT,
    media=st.none() | st.builds(Media, st.sampled_from(Kind), _TEXT, st.dictionaries(_TEXT, _TEXT, max_size=3)),
    data=st.dictionaries(
        _TEXT, st.recursive(_TEXT, lambda inner: st.lists(inner, max_size=2), max_leaves=4), max_size=3
    ),
)


@given(_MESSAGES)
def test_a_kept_message_comes_back_as_it_was(message: Incoming) -> None:
    assert inbound_log.from_json(inbound_log.to_json(message)) == message


def test_the_database_gives_it_back_too(db: Session, clock: ManualClock) -> None:
    place = Media(Kind.LOCATION, "", {"label": "城东路1号", "latitude": "30.27"})
    message = incoming("", kind=Kind.LOCATION, media=place, data={"List": [{"TemplateId": "T"}], "Odd": "\u2028😀"})
    _accept(db, message, clock)
    assert inbound_log.from_json(_row(db).payload or {}) == message


def test_a_message_is_finished_once(db: Session, clock: ManualClock) -> None:
    inbound_log.finish(_raw(db), incoming("你好"), clock.now(), reply=REPLY, late=False)
    with pytest.raises(inbound_log.AlreadyDone):
        inbound_log.finish(_raw(db), incoming("你好"), clock.now(), reply=[], late=True)
    row = _row(db)
    assert (row.state, row.reply, row.late, row.text, row.person) == (InboundState.DONE, REPLY, False, "你好", "oWang")


def test_an_accepted_message_is_finished_and_keeps_no_payload(db: Session, clock: ManualClock) -> None:
    _accept(db, incoming("你好"), clock)
    _accept(db, incoming("你好"), clock)
    assert not inbound_log.is_done(_raw(db), "official", "official", "m:1")
    clock.advance(timedelta(minutes=1))
    inbound_log.finish(_raw(db), incoming("你好"), clock.now(), reply=REPLY, late=True)
    row = _row(db)
    assert (row.state, row.payload, row.late, row.done_at) == (InboundState.DONE, None, True, clock.now())
    assert inbound_log.is_done(_raw(db), "official", "official", "m:1")


def test_accepting_what_is_done_changes_nothing(db: Session, clock: ManualClock) -> None:
    inbound_log.finish(_raw(db), incoming("你好"), clock.now(), reply=REPLY, late=False)
    _accept(db, incoming("你好"), clock)
    assert (_row(db).state, _row(db).payload) == (InboundState.DONE, None)


def test_a_message_that_ended_in_an_apology_had_no_effects(db: Session, clock: ManualClock) -> None:
    inbound_log.finish(_raw(db), incoming("你好"), clock.now(), reply=REPLY, late=False, incident="E1121-ABCDEF")
    assert not inbound_log.is_done(_raw(db), "official", "official", "m:1")


def test_the_same_key_on_another_account_is_another_message(db: Session, clock: ManualClock) -> None:
    for changes in ({}, {"account": "tianhe"}, {"channel": Channel.WECOM}):
        inbound_log.finish(_raw(db), incoming("你好", **changes), clock.now(), reply=REPLY, late=False)
    assert len(db.scalars(select(Inbound)).all()) == 3


def test_who_has_left_is_named_only_until_it_is_done(db: Session, clock: ManualClock) -> None:
    leaving = incoming(kind=Kind.EVENT, event="unsubscribe", key="e:1")
    _accept(db, leaving, clock)
    assert _row(db).person == "oWang"
    inbound_log.finish(_raw(db), leaving, clock.now(), reply=[], late=True)
    assert _row(db).person is None


def test_what_was_forgotten_meanwhile_stays_forgotten(db: Session, clock: ManualClock) -> None:
    _accept(db, incoming("你好"), clock)
    _row(db).person = None
    db.flush()
    inbound_log.finish(_raw(db), incoming("你好"), clock.now(), reply=REPLY, late=True)
    assert _row(db).person is None


Finish = Callable[[Session, Incoming, datetime, dict[str, Any]], object]


def _alone(db: Session, message: Incoming, now: datetime, window: dict[str, Any]) -> None:
    inbound_log.finish(_raw(db), message, now, reply=REPLY, late=False, window=window)


def _plainly(db: Session, message: Incoming, now: datetime, window: dict[str, Any]) -> None:
    done = inbound_log.PlainlyDone(message, now, REPLY, ("", ""), 0, window)
    assert list(inbound_log.finish_plain(_raw(db), {5: done})) == [5]


@pytest.mark.parametrize("finish", [_alone, _plainly])
def test_the_window_moves_as_the_delivery_says(
    db: Session, make: Factory, clock: ManualClock, subtests: Any, finish: Finish
) -> None:
    """The statements spell out what `window_rule.after` decides, in the round trip that finishes the message."""
    now = clock.now()
    cases = itertools.product(Trigger, (0, 2, 5), (None, -5, 0, 1, 5, 60 * 47))
    for number, (trigger, left, minutes) in enumerate(cases):
        with subtests.test(f"{trigger} with {left} left for {minutes} minutes"):
            until = None if minutes is None else now + timedelta(minutes=minutes)
            contact = make.contact(window_until=until, window_left=left)
            duration, count = window.opened_by(trigger)
            spoke = trigger is Trigger.MESSAGE
            opened = {"contact": contact.id, "opened": True, "spoke": spoke, "until": now + duration, "left": count}
            finish(db, incoming("你好", key=f"m:{number}", person=contact.openid), now, opened)
            db.expire_all()
            found = db.get_one(Contact, contact.id)
            assert (found.window_until, found.window_left) == window_rule.after(until, left, trigger, now)
            assert (found.last_message_at, found.turns) == (now if spoke else None, 1)


@pytest.mark.parametrize("finish", [_alone, _plainly])
def test_what_opens_no_window_leaves_it(db: Session, make: Factory, clock: ManualClock, finish: Finish) -> None:
    now = clock.now()
    contact = make.contact(window_until=now + timedelta(minutes=5), window_left=2)
    shut = {"contact": contact.id, "opened": False, "spoke": False, "until": None, "left": None}
    finish(db, incoming(kind=Kind.EVENT, event="view", person=contact.openid), now, shut)
    db.expire_all()
    found = db.get_one(Contact, contact.id)
    assert (found.window_until, found.window_left, found.turns) == (now + timedelta(minutes=5), 2, 1)
    assert found.last_message_at is None
