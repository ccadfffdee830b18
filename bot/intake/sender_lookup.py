"""Sender lookup: who is talking, by one query a turn, plain SQL because every message pays for it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from bot.dialogue.turn import Person
from bot.messages import Channel, Incoming

_TURN = {
    Channel.OFFICIAL: "SELECT * FROM tiexin_customer_turn(%s, %s, %s)",
    Channel.WECOM: "SELECT * FROM tiexin_staff_turn(%s, %s, %s)",
}
"""Functions of the database: they take the person's lock and then look him up, in one round trip."""

_LOOK = "SELECT * FROM tiexin_customers_look(%s, %s)"

NOT_COMING = frozenset(
    {"unsubscribe", "templatesendjobfinish", "masssendjobfinish", "subscribe_msg_sent_event", "user_info_modified"}
    | {"user_authorization_revoke", "user_authorization_cancellation"}
)
"""Events that make nobody a contact: a person who has left and been forgotten stays so."""

_NEW_CONTACT = """
INSERT INTO contacts (account_id, openid, pseudonym, following, window_left, created_at)
VALUES (%s, %s, %s, true, 0, %s)
ON CONFLICT (account_id, openid) DO UPDATE SET openid = excluded.openid
RETURNING id
"""


class AccountMissing(Exception):
    """The account of the message has no row: the branch was not set up (see `app.py doctor`)."""


class Found(NamedTuple):
    """The person and what the database knows of this very message."""

    person: Person
    state: str | None  # InboundState of this message, None when it is new
    reply: list[Any] | None


class Look(NamedTuple):
    """A contact as he was found without his lock; `turns` tells later whether another turn of his came between."""

    person: Person
    turns: int


def look(connection: Connection[Any], incomings: Sequence[Incoming]) -> list[Look | None]:
    """Return who writes each message to an Official Account, in one round trip; None: he is no contact yet."""
    found: list[Look | None] = [None] * len(incomings)
    asked = [[each.account for each in incomings], [each.person for each in incomings]]
    for place, *facts, placeholders, turns in connection.execute(_LOOK, asked):
        found[place - 1] = Look(_person(facts, placeholders), turns)
    return found


def find(connection: Connection[Any], incoming: Incoming, now: datetime) -> Found:
    """Take the person's turn (wait until no other turn of his runs) and return who he is.

    The lock belongs to the transaction, so a process that dies gives it back.

    Raises:
        AccountMissing: no such account.
    """
    row = connection.execute(_TURN[incoming.channel], [incoming.account, incoming.person, incoming.key]).fetchone()
    if row is None:
        raise AccountMissing(f"{incoming.channel}:{incoming.account}")
    *facts, placeholders, state, reply = row
    person = _person(facts, placeholders)
    if not person.is_staff and person.contact_id is None and incoming.event not in NOT_COMING:
        person = replace(person, contact_id=_add_contact(connection, person.account_id, incoming, now))
    return Found(person, state, reply)


def _person(facts: list[Any], placeholders: dict[str, Any]) -> Person:
    return Person(*facts, {name: str(value) for name, value in placeholders.items()})  # type: ignore[call-arg]


def _add_contact(connection: Connection[Any], account_id: int, incoming: Incoming, now: datetime) -> int:
    pseudonym = f"客户-{secrets.token_hex(4).upper()}"
    row = connection.execute(_NEW_CONTACT, [account_id, incoming.person, pseudonym, now]).fetchone()
    assert row is not None
    return int(row[0])
