"""Who is talking: one query a turn, plain SQL because every message pays for it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from bot.channels.types import Channel, Incoming
from bot.dialogue.turn import Person

_ORDER = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"

_CONTACT = """
SELECT a.id, a.name, a.branch_id, a.pack, c.id, c.customer_id, coalesce(u.name, ''), coalesce(u.honorific, ''),
       coalesce(u.level, ''), m.id, coalesce(m.name, ''), false, b.placeholders, i.state, i.reply
FROM accounts a
JOIN branches b ON b.id = a.branch_id
LEFT JOIN contacts c ON c.account_id = a.id AND c.openid = %(person)s
LEFT JOIN customers u ON u.id = c.customer_id
LEFT JOIN managers m ON m.id = coalesce(u.manager_id, c.manager_id)
LEFT JOIN inbound i ON i.channel = a.channel AND i.account = a.name AND i.key = %(key)s
WHERE a.channel = 'official' AND a.name = %(account)s
"""

_STAFF = """
SELECT a.id, a.name, coalesce(m.branch_id, a.branch_id), a.pack, NULL, NULL, coalesce(m.name, ''), '', '',
       m.id, coalesce(m.name, ''), true, b.placeholders, i.state, i.reply
FROM accounts a
LEFT JOIN managers m ON m.wecom_account = a.name AND m.wecom_userid = %(person)s AND m.active
JOIN branches b ON b.id = coalesce(m.branch_id, a.branch_id)
LEFT JOIN inbound i ON i.channel = a.channel AND i.account = a.name AND i.key = %(key)s
WHERE a.channel = 'wecom' AND a.name = %(account)s
"""

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


def find(connection: Connection[Any], incoming: Incoming, now: datetime) -> Found:
    """Take the person's turn (wait until no other turn of his runs) and return who he is.

    The lock belongs to the transaction, so a process that dies gives it back. Both statements travel together.

    Raises:
        AccountMissing: no such account.
    """
    values = {"person": incoming.person, "account": incoming.account, "key": incoming.key}
    query = _STAFF if incoming.channel is Channel.WECOM else _CONTACT
    with connection.pipeline():
        connection.execute(_ORDER, [f"{incoming.channel}:{incoming.account}:{incoming.person}"])
        row = connection.execute(query, values).fetchone()
    if row is None:
        raise AccountMissing(f"{incoming.channel}:{incoming.account}")
    *facts, placeholders, state, reply = row
    person = Person(*facts, {name: str(value) for name, value in placeholders.items()})  # type: ignore[call-arg]
    if not person.is_staff and person.contact_id is None:
        person = replace(person, contact_id=_add_contact(connection, person.account_id, incoming, now))
    return Found(person, state, reply)


def _add_contact(connection: Connection[Any], account_id: int, incoming: Incoming, now: datetime) -> int:
    pseudonym = f"客户-{secrets.token_hex(4).upper()}"
    row = connection.execute(_NEW_CONTACT, [account_id, incoming.person, pseudonym, now]).fetchone()
    assert row is not None
    return int(row[0])
