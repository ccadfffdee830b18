"""Put many messages into the outbox by a few statements: what a plan has for a whole day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from bot.delivery import jobs
from bot.delivery.outbox import Fallback, To, ids_of, job_for
from bot.messages import Part, part_to_json
from bot.store.models import OutboxState, Purpose
from bot.store.session import driver

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to one person; `refused` says why it is only recorded as skipped, empty when it is to go out.

    Due now (or earlier) it is queued with its job, otherwise it waits for the sweep.
    """

    to: To
    purpose: Purpose
    rule: str
    occasion: str
    part: Part
    due_at: datetime
    expires_at: datetime | None = None
    fallback: Fallback = field(default_factory=Fallback)
    refused: str = ""


_PUT = """
WITH put AS (
    INSERT INTO outbox (recipient, contact_id, customer_id, manager_id, purpose, rule, occasion, part, fallback, state,
                        due_at, expires_at, urgent, trace, created_at, updated_at,
                        attempts, via, reason, platform_id, response_code)
    SELECT recipient, contact_id, customer_id, manager_id, purpose, rule, occasion, part, fallback, state,
           due_at, expires_at, false, '', %(now)s, %(now)s, 0, '', reason, '', ''
    FROM jsonb_to_recordset(%(rows)s) AS planned(
        place int, recipient text, contact_id bigint, customer_id bigint, manager_id bigint, purpose text, rule text,
        occasion text, part jsonb, fallback jsonb, state text, due_at timestamptz, expires_at timestamptz, reason text)
    ORDER BY place
    ON CONFLICT DO NOTHING RETURNING id, recipient, purpose, state, reason
), told AS (
    INSERT INTO delivery_events (outbox_id, at, state, via, code, reason)
    SELECT id, %(now)s, state, '', '', reason FROM put WHERE state = 'skipped'
)
SELECT id, recipient, purpose FROM put WHERE state = 'queued' ORDER BY id
"""


def put(db: Session, planned: Sequence[Planned], now: datetime) -> None:
    """Do for each what `outbox.enqueue` does for one: nothing where its (recipient, rule, occasion) is there already.

    None of them is urgent: quiet hours hold.
    """
    db.flush()
    for start in range(0, len(planned), _AT_ONCE):
        rows = [_row(each, now) | {"place": place} for place, each in enumerate(planned[start : start + _AT_ONCE])]
        queued = driver(db).execute(_PUT, {"rows": Jsonb(rows), "now": now}).fetchall()
        jobs.defer_many(db, [job_for(number, to, Purpose(purpose)) for number, to, purpose in queued])


def _row(planned: Planned, now: datetime) -> dict[str, Any]:
    due = OutboxState.QUEUED if planned.due_at <= now else OutboxState.WAITING
    return {
        **ids_of(planned.to),
        "purpose": planned.purpose,
        "rule": planned.rule,
        "occasion": planned.occasion,
        "part": part_to_json(planned.part),
        "fallback": dict(planned.fallback),
        "state": OutboxState.SKIPPED if planned.refused else due,
        "due_at": planned.due_at.isoformat(),
        "expires_at": planned.expires_at.isoformat() if planned.expires_at else None,
        "reason": planned.refused,
    }
