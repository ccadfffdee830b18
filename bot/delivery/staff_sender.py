"""Messages to the staff: read and decided in two statements, however many; they go by WeCom or not at all.

Nearly all that leaves goes to managers, and hardly anything has to be known for it: whether the member can be reached
and how much he got in the last minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from bot.config import Settings
from bot.delivery import policy
from bot.delivery.outbox import CARD_UPDATE
from bot.delivery.route_selection import Via
from bot.delivery.transitions import Step
from bot.delivery.transports import Fate, Outcome, Wecom
from bot.messages import part_from_json, said_anew
from bot.moments import Say, reworded
from bot.store.models import OutboxState, Purpose

_READ = f"""
    SELECT o.id, o.rule, o.part, o.urgent, o.expires_at, m.wecom_account,
           CASE WHEN m.active THEN m.wecom_userid END,
           (SELECT count(*) FROM outbox other WHERE other.manager_id = o.manager_id
              AND other.state IN ({", ".join(f"'{state}'" for state in policy.COUNTED)})
              AND other.updated_at > %(since)s AND other.updated_at <= %(now)s),
           EXISTS (SELECT FROM delivery_events event
                   WHERE event.outbox_id = o.id AND event.state = 'failed' AND event.via = 'wecom'),
           o.created_at, o.fallback->'said'
    FROM outbox o LEFT JOIN managers m ON m.id = o.manager_id
    WHERE o.id = ANY(%(ids)s) AND o.state = 'queued' AND o.purpose = 'staff' ORDER BY o.id
"""  # noqa: S608 - our own words


class Message(NamedTuple):
    """A queued message to a member; `userid` is None for one who cannot be reached."""

    id: int
    rule: str
    part: dict[str, Any]
    urgent: bool
    expires_at: datetime | None
    account: str | None
    userid: str | None
    this_minute: int
    refused: bool
    made_at: datetime
    said: list[list[str]] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with a message: the step, and the request that follows it, if it goes out."""

    step: Step
    request: Callable[[], Outcome] | None = None


def read(connection: psycopg.Connection[Any], ids: Sequence[int], now: datetime) -> list[Message]:
    """Return those of the rows that are queued messages to the staff."""
    rows = connection.execute(_READ, {"ids": list(ids), "since": now - policy.MEMBER_PERIOD, "now": now})
    return [Message(*row) for row in rows]


def plan(message: Message, client: Callable[[str], Wecom], now: datetime, settings: Settings, say: Say) -> Plan:
    """Decide whether a message goes out; its step holds only while the row is still queued.

    `say` words the moments it names as they are now.
    """
    decision = policy.decide(_facts(message, now, settings))
    match decision:
        case policy.Wait(until, reason):
            return Plan(_step(message, OutboxState.WAITING, reason=reason, due_at=until, waits_on=True))
        case policy.Suppress(reason):
            return Plan(_step(message, decision.state, reason=reason))
        case policy.Send():
            if message.userid is None or message.account is None or message.refused:
                return Plan(_step(message, OutboxState.FAILED, reason="no_way_left"))
            words = reworded(message.said or (), message.made_at, now, settings.zone, say)
            request = _request(client(message.account), message.userid, message.part, words)
            return Plan(_step(message, OutboxState.SENDING, via=Via.WECOM), request)


def _step(message: Message, state: OutboxState, **values: Any) -> Step:
    return Step(message.id, state, before=OutboxState.QUEUED, **values)


def _facts(message: Message, now: datetime, settings: Settings) -> policy.Facts:
    return policy.Facts(
        purpose=Purpose.STAFF,
        rule=message.rule,
        now=now,
        zone=settings.zone,
        quiet=(settings.quiet_from, settings.quiet_to),
        cap=settings.care_cap_per_week,
        urgent=message.urgent,
        expires_at=message.expires_at,
        staff_this_minute=message.this_minute,
    )


def _request(client: Wecom, userid: str, words: dict[str, Any], anew: Callable[[str], str]) -> Callable[[], Outcome]:
    if words["type"] == CARD_UPDATE:

        def change() -> Outcome:
            client.update_card(words["response_code"], userid, words["text"])
            return Outcome(Fate.SENT)

        return change
    part = said_anew(part_from_json(words), anew)

    def send() -> Outcome:
        answer = client.send(userid, part)
        return Outcome(Fate.SENT, platform_id=answer.message_id, response_code=answer.response_code)

    return send
