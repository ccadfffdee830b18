"""What becomes of a birthday greeting: as recorded once it was dealt with, before that as the policy would decide.

What the reason would tell of a complaint that is kept from the viewer (recusal) is left out.

The policy is asked with the same facts as at the moment of sending, so that a brief promises no greeting that is held
back. All facts are read by one statement for all customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from psycopg import Connection
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.care.birthdays import EXPIRES, RULE
from bot.care.planning_context import OPENS
from bot.clock import local_date
from bot.config import Settings
from bot.delivery import policy
from bot.delivery.policy import Facts, Reason
from bot.store.models import OPEN_STATES, Complaint, Manager, OutboxState, Purpose, Satisfaction
from bot.tickets.visibility import not_recused

AUTO, SENT, BY_HAND, TASK, HELD_BACK = "auto", "sent", "by_you", "task", "held_back"
"""It goes by itself, it went, the manager greets himself, he has a task for it, or something else keeps it back."""

_TOLD = (Reason.OPTED_OUT, Reason.COMPLAINT_OPEN, Reason.RATED_BADLY, Reason.BEREAVED, Reason.UNFOLLOWED)
"""Reasons that a brief names."""

_OPEN = ", ".join(f"'{state.value}'" for state in OPEN_STATES)
_COUNTED = ", ".join(f"'{state.value}'" for state in policy.COUNTED)
_FACTS = f"""
SELECT b.id, o.state::text, o.reason, o.due_at, k.following, k.openid IS NOT NULL,
       coalesce(k.window_until > %(at)s AND k.window_left > 0, false),
       EXISTS (SELECT FROM notice_quotas q WHERE q.contact_id = k.id AND q.template_id = %(notice)s AND q."left" > 0),
       u.quiet_from, u.quiet_to, u.bereaved_until,
       (SELECT granted FROM consents n WHERE n.customer_id = u.id AND n.purpose = '{Purpose.CARE}'),
       EXISTS (SELECT FROM contacts s WHERE s.customer_id = u.id AND s.care_stopped_at IS NOT NULL),
       EXISTS (SELECT FROM complaints c WHERE c.customer_id = u.id AND c.state IN ({_OPEN})),
       (SELECT c.satisfaction = '{Satisfaction.BAD}'
               AND coalesce(c.closed_at, c.filed_at) BETWEEN %(rated_since)s AND %(at)s
        FROM complaints c WHERE c.customer_id = u.id ORDER BY c.id DESC LIMIT 1),
       (SELECT count(*) FROM outbox w WHERE w.customer_id = u.id AND w.updated_at > %(capped_since)s
        AND w.updated_at <= %(at)s
        AND w.purpose IN ('{Purpose.CARE}', '{Purpose.MARKETING}') AND w.state IN ({_COUNTED}))
FROM unnest(%(ids)s::bigint[], %(days)s::text[]) AS b(id, day)
JOIN customers u ON u.id = b.id
LEFT JOIN LATERAL (
    SELECT * FROM contacts c WHERE c.customer_id = u.id AND c.openid IS NOT NULL
    ORDER BY c.following DESC, coalesce(c.window_until > %(at)s AND c.window_left > 0, false) DESC,
             c.last_message_at DESC NULLS LAST, c.id
    LIMIT 1
) k ON true
LEFT JOIN LATERAL (
    SELECT * FROM outbox x WHERE x.recipient = 'customer:' || u.id AND x.rule = '{RULE}'
        AND x.occasion IN (b.day, b.day || ':belated')
    ORDER BY x.id DESC LIMIT 1
) o ON true
"""  # noqa: S608 - our own words


class Foreseen(NamedTuple):
    """What becomes of a greeting: one of the words above or a `Reason`, and when it goes by itself."""

    what: str
    at: datetime | None = None


class _Row(NamedTuple):
    """One customer's facts, in the order of the statement."""

    customer_id: int
    state: str | None
    reason: str | None
    due_at: datetime | None
    following: bool | None
    known: bool
    window: bool
    notice: bool
    quiet_from: str | None
    quiet_to: str | None
    bereaved_until: date | None
    consent: bool | None
    stopped: bool
    complaint_open: bool
    rated_badly: bool | None
    care_this_week: int


def greetings(
    connection: Connection[Any], settings: Settings, birthdays: Sequence[tuple[int, date]], now: datetime
) -> Mapping[int, Foreseen]:
    """Return what becomes of the greetings of (customer id, day) by customer id."""
    if not birthdays:
        return {}
    at = max(now, datetime.combine(local_date(now, settings.zone), OPENS, settings.zone))
    found = connection.execute(
        _FACTS,
        {
            "ids": [number for number, _ in birthdays],
            "days": [str(day) for _, day in birthdays],
            "at": at,
            "notice": settings.wechat_notice_care,
            "rated_since": at - policy.BAD_RATING_PAUSE,
            "capped_since": at - policy.CAP_PERIOD,
        },
    )
    return {row[0]: _foreseen(settings, _Row._make(row), at) for row in found.fetchall()}


def as_seen_by(db: Session, viewer: Manager, found: Mapping[int, Foreseen]) -> Mapping[int, Foreseen]:
    """Return what the viewer is told: a reason that only a complaint gives which is kept from him is not named."""
    derived = {
        Reason.COMPLAINT_OPEN: Complaint.state.in_(OPEN_STATES),
        Reason.RATED_BADLY: Complaint.satisfaction == Satisfaction.BAD,
    }
    told = dict(found)
    for reason, given in derived.items():
        of = [number for number, each in found.items() if each.what == reason]
        told |= dict.fromkeys(set(of) - _seen(db, viewer, of, given), Foreseen(HELD_BACK))
    return told


def _seen(db: Session, viewer: Manager, customers: Sequence[int], given: ColumnElement[bool]) -> set[int]:
    """Return of which of these customers the viewer may see such a complaint."""
    if not customers:
        return set()
    query = select(Complaint.customer_id).where(Complaint.customer_id.in_(customers), given, not_recused(db, viewer))
    return {number for number in db.scalars(query) if number is not None}


def _foreseen(settings: Settings, row: _Row, at: datetime) -> Foreseen:
    match OutboxState(row.state) if row.state else None:
        case OutboxState.SENT | OutboxState.SENDING | OutboxState.UNKNOWN:
            return Foreseen(SENT)
        case OutboxState.HANDED_OVER:
            return Foreseen(TASK)
        case OutboxState.SUPPRESSED | OutboxState.SKIPPED:
            return Foreseen(_named(row.reason or ""))
        case OutboxState.FAILED:
            return Foreseen(BY_HAND)
    match policy.decide(_facts(settings, row, at)):
        case policy.Suppress(reason):
            return Foreseen(_named(reason))
        case policy.Wait(until) if _has_way(row):
            return Foreseen(AUTO, until)
        case _:
            return Foreseen(AUTO, max(at, row.due_at or at)) if _has_way(row) else Foreseen(BY_HAND)


def _has_way(row: _Row) -> bool:
    return row.known and ((bool(row.following) and row.window) or row.notice)


def _named(reason: str) -> str:
    return reason if reason in _TOLD else HELD_BACK


def _facts(settings: Settings, row: _Row, at: datetime) -> Facts:
    day = local_date(at, settings.zone)
    return Facts(
        purpose=Purpose.CARE,
        rule=RULE,
        now=at,
        zone=settings.zone,
        quiet=(row.quiet_from or settings.quiet_from, row.quiet_to or settings.quiet_to),
        cap=settings.care_cap_per_week,
        expires_at=datetime.combine(day, EXPIRES, settings.zone),
        following=row.following,
        consent=row.consent,
        stopped=row.stopped,
        bereaved=row.bereaved_until is not None and row.bereaved_until >= day,
        complaint_open=row.complaint_open,
        rated_badly=bool(row.rated_badly),
        care_this_week=row.care_this_week,
    )
