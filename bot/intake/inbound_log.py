"""The durable log of inbound messages: one row each in `inbound`, written with the effects of its turn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.types.json import Jsonb

from bot.intake.sender_lookup import NOT_COMING
from bot.messages import Channel, Incoming, Kind, Media

_DONE = """
INSERT INTO inbound (channel, account, key, person, kind, text, reply, state, late, incident, outcome, item,
                     received_at, done_at)
VALUES (%(channel)s, %(account)s, %(key)s, %(person)s, %(kind)s, %(text)s, %(reply)s, 'done', %(late)s, %(incident)s,
        %(outcome)s, %(item)s, %(now)s, %(now)s)
ON CONFLICT (channel, account, key) DO UPDATE
SET state = 'done', reply = excluded.reply, late = true, incident = excluded.incident, done_at = excluded.done_at,
    outcome = excluded.outcome, item = excluded.item, payload = NULL, resume_at = NULL,
    person = CASE WHEN excluded.person IS NULL THEN NULL ELSE inbound.person END
WHERE inbound.state = 'accepted'
RETURNING pg_current_xact_id()::text::bigint
"""

_IS_DONE = """
SELECT 1 FROM inbound WHERE channel = %s AND account = %s AND key = %s AND state = 'done' AND incident IS NULL
"""

_DONE_AND_WINDOW = (
    """
WITH opened AS (
    UPDATE contacts
    SET turns = turns + 1,
        last_message_at = CASE WHEN %(spoke)s THEN %(now)s ELSE last_message_at END,
        window_until = CASE
            WHEN NOT %(opened)s OR NOT %(spoke)s AND window_left > 0 AND window_until > %(until)s
            THEN window_until ELSE %(until)s END,
        window_left = CASE
            WHEN NOT %(opened)s OR NOT %(spoke)s AND window_left > 0 AND window_until > %(until)s
            THEN window_left ELSE %(left)s END
    WHERE id = %(contact)s
)
"""
    + _DONE
)
"""The same, with the rule of `bot.delivery.window` for the customer-service window, in one round trip.

The count of the contact's turns tells a plain turn that it was overtaken (`bot.intake.read_only_turns`).
"""


class AlreadyDone(Exception):
    """Another process finished this message meanwhile; nothing of this turn may stay."""


def _row(incoming: Incoming, now: datetime) -> dict[str, Any]:
    """Return the columns of the message's row; who has left is to be forgotten, so a report on him names nobody."""
    return {
        "channel": incoming.channel.value,
        "account": incoming.account,
        "key": incoming.key,
        "person": None if incoming.event in NOT_COMING else incoming.person,
        "kind": incoming.event or incoming.kind.value,
        "text": incoming.text or None,
        "now": now,
    }


_WORDS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)
_DONE_PLAIN = "SELECT tiexin_finish_plain(%s::jsonb), pg_current_xact_id()::text::bigint"


class PlainlyDone(NamedTuple):
    """A turn that changed nothing but the conversation."""

    incoming: Incoming
    now: datetime
    reply: list[dict[str, Any]]
    ended: tuple[str, str]
    turns: int  # of the contact's, when he was looked up
    window: Mapping[str, Any]


def finish_plain(connection: Connection[Any], turns: Mapping[int, PlainlyDone]) -> dict[int, int]:
    """Write turns as done in one round trip; return the commit's number for those that nothing came between."""
    rows = [
        _row(done.incoming, done.now)
        | {"place": place, "reply": done.reply, "turns": done.turns, **done.window}
        | {"outcome": done.ended[0] or None, "item": done.ended[1] or None}
        for place, done in turns.items()
    ]
    return dict(connection.execute(_DONE_PLAIN, [_WORDS.encode(rows)]).fetchall())


def finish(
    connection: Connection[Any],
    incoming: Incoming,
    now: datetime,
    *,
    reply: list[dict[str, Any]],
    late: bool,
    incident: str | None = None,
    ended: tuple[str, str] = ("", ""),
    window: Mapping[str, Any] | None = None,
) -> int:
    """Write the message as done, and the customer-service window it opened, in one round trip.

    Return the number of the commit to come: it is drawn while the person's turn is his own, so it grows for each.

    `ended` is how a question ended and the item id or topic it came to, empty for what was no question.

    Raises:
        AlreadyDone: its row says done already.
    """
    row = _row(incoming, now) | {"reply": Jsonb(reply), "late": late, "incident": incident}
    row |= {"outcome": ended[0] or None, "item": ended[1] or None}
    statement = _DONE if window is None else _DONE_AND_WINDOW
    found = connection.execute(statement, {**row, **(window or {})}).fetchone()
    if found is None:
        raise AlreadyDone(incoming.key)
    return int(found[0])


def accepted_row(incoming: Incoming, now: datetime) -> dict[str, Any]:
    """Return the row of a message that is kept to be worked on, as plain JSON (`bot.delivery.spool`)."""
    row = _row(incoming, now) | {"person": incoming.person, "payload": to_json(incoming)}
    row["received_at"] = row.pop("now").isoformat()
    return row


def is_done(connection: Connection[Any], channel: str, account: str, key: str) -> bool:
    """Return whether the message's effects are committed; one that ended in an apology had none."""
    return connection.execute(_IS_DONE, [channel, account, key]).fetchone() is not None


def to_json(incoming: Incoming) -> dict[str, Any]:
    """Return the message as plain JSON."""
    media = incoming.media
    return {
        "channel": incoming.channel.value,
        "account": incoming.account,
        "key": incoming.key,
        "person": incoming.person,
        "to": incoming.to,
        "created": incoming.created.isoformat(),
        "kind": incoming.kind.value,
        "text": incoming.text,
        "event": incoming.event,
        "event_key": incoming.event_key,
        "choice_id": incoming.choice_id,
        "media": media and {"kind": media.kind.value, "media_id": media.media_id, "detail": dict(media.detail)},
        "data": json.loads(json.dumps(dict(incoming.data), default=str)),
    }


def from_json(data: Mapping[str, Any]) -> Incoming:
    """Return the message that `to_json` wrote."""
    media = data["media"]
    return Incoming(
        channel=Channel(data["channel"]),
        account=data["account"],
        key=data["key"],
        person=data["person"],
        to=data["to"],
        created=datetime.fromisoformat(data["created"]),
        kind=Kind(data["kind"]),
        text=data["text"],
        event=data["event"],
        event_key=data["event_key"],
        choice_id=data["choice_id"],
        media=Media(Kind(media["kind"]), media["media_id"], media["detail"]) if media else None,
        data=data["data"],
    )
