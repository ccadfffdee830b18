"""Whether a message may go out now: decided in this one place, at the moment of sending.

`decide` is pure; `facts_of` reads what it needs. Who writes to us himself is always answered: a reply passes
everything but its own expiry. News of a person's own affairs (SERVICE) keep quiet hours and an explicit no. Care and
marketing also keep the frequency cap, pause after bad experience and mourning.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.clock import local, local_date
from bot.config import Settings
from bot.store.models import (
    OPEN_STATES,
    Complaint,
    Consent,
    Contact,
    Customer,
    Outbox,
    OutboxState,
    Purpose,
    Satisfaction,
)

AWAKE = timedelta(minutes=30)
"""Who wrote to us this lately is not disturbed by news of his own affairs in quiet hours."""

BAD_RATING_PAUSE = timedelta(days=30)
CAP_PERIOD = timedelta(days=7)
MEMBER_PERIOD = timedelta(minutes=1)
MEMBER_LIMIT = 25
"""Messages to one member a minute; WeCom silently drops what exceeds 30 (official page "访问频率限制")."""

_UNCAPPED = frozenset({"birthday"})
COUNTED = (OutboxState.SENDING, OutboxState.SENT, OutboxState.UNKNOWN)
_STILL_OPEN = (OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING)
_BEHIND = timedelta(seconds=1)
LATE_REPLY = "late_reply"
"""`Outbox.rule` of what follows a passive reply or comes after the deadline; its pieces keep their order."""

_PAUSABLE = frozenset({Purpose.CARE, Purpose.MARKETING})


class Reason(enum.StrEnum):
    """Why a message waits or does not go out; stored with it."""

    EXPIRED = "expired"  # came due too late
    QUIET_HOURS = "quiet_hours"  # waits until they end
    QUIET_TOO_LONG = "quiet_too_long"  # it would be too late when they end
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"  # marketing needs an explicit yes
    UNFOLLOWED = "unfollowed"
    BEREAVED = "bereaved"
    COMPLAINT_OPEN = "complaint_open"
    RATED_BADLY = "rated_badly"
    FREQUENCY_CAP = "frequency_cap"
    IN_TURN = "in_turn"  # an earlier piece of the same reply is not out yet
    MEMBER_LIMIT = "member_limit"  # the platform would drop it without a word: waits a minute
    WINDOW_SHUT = "window_shut"  # words that only go through an open window: wait for the customer to write
    WINDOW_OPEN = "window_open"  # he wrote: they follow the answer to it
    UNCONFIRMED = "unconfirmed"  # no answer of the platform; the customer was told that words may wait for him
    TOLD_BY_HAND = "told_by_hand"  # he was called meanwhile
    SETTLED = "settled"  # the task it is news of is not open any more
    READ = "read"  # he read the words in the answer to a question of his
    CLOSED = "closed"  # he has said since that it is solved, or taken the complaint back
    REOPENED = "reopened"  # he has said since that it is not solved
    ASKED_ANEW = "asked_anew"  # what it says is done he has asked for again


@dataclass(frozen=True, slots=True)
class Send:
    """It may go out now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again at `until`."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Suppress:
    """It does not go out."""

    reason: Reason

    @property
    def state(self) -> OutboxState:
        """How the outbox records it: too late is skipped, unwanted is suppressed."""
        late = self.reason in {Reason.EXPIRED, Reason.QUIET_TOO_LONG}
        return OutboxState.SKIPPED if late else OutboxState.SUPPRESSED


Decision = Send | Wait | Suppress


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the decision depends on; `following` is None for somebody we do not know in WeChat."""

    purpose: Purpose
    rule: str
    now: datetime
    zone: ZoneInfo
    quiet: tuple[str, str]
    cap: int
    urgent: bool = False
    expires_at: datetime | None = None
    following: bool | None = True
    consent: bool | None = None
    stopped: bool = False
    bereaved: bool = False
    complaint_open: bool = False
    rated_badly: bool = False
    care_this_week: int = 0
    staff_this_minute: int = 0
    earlier_due: datetime | None = None
    last_message_at: datetime | None = None
    can_be_told_by_hand: bool = False


def decide(facts: Facts) -> Decision:
    """Return whether the message goes out, waits or is dropped."""
    if facts.expires_at is not None and facts.expires_at <= facts.now:
        return Suppress(Reason.EXPIRED)
    if reason := _refusal(facts):
        return Suppress(reason)
    if facts.earlier_due is not None:
        return Wait(max(facts.earlier_due, facts.now) + _BEHIND, Reason.IN_TURN)
    if facts.staff_this_minute >= MEMBER_LIMIT:
        return Wait(facts.now + MEMBER_PERIOD, Reason.MEMBER_LIMIT)
    until = None if facts.urgent or _awake(facts) else quiet_until(facts.now, facts.quiet, facts.zone)
    if until is None:
        return Send()
    if facts.expires_at is not None and facts.expires_at <= until:
        return Suppress(Reason.QUIET_TOO_LONG)
    return Wait(until, Reason.QUIET_HOURS)


def quiet_until(now: datetime, quiet: tuple[str, str], zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours that `now` falls into end, None outside them. They may span midnight."""
    start, end = (time.fromisoformat(word) for word in quiet)
    here = local(now, zone)
    clock = here.time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if not inside:
        return None
    day = here.date() if clock < end else here.date() + timedelta(days=1)
    return datetime.combine(day, end, zone).astimezone(now.tzinfo)


def _refusal(facts: Facts) -> Reason | None:
    match facts.purpose:
        case Purpose.STAFF:
            return None
        case Purpose.REPLY:
            gone = facts.following is False and not facts.can_be_told_by_hand
            return Reason.UNFOLLOWED if gone else None
        case Purpose.SERVICE:
            return Reason.OPTED_OUT if facts.consent is False else None
        case _:
            return _care_refusal(facts)


def _care_refusal(facts: Facts) -> Reason | None:
    capped = facts.care_this_week >= facts.cap and facts.rule not in _UNCAPPED
    checks = (
        (facts.stopped or facts.consent is False, Reason.OPTED_OUT),
        (facts.purpose is Purpose.MARKETING and not facts.consent, Reason.NO_CONSENT),
        (facts.following is False, Reason.UNFOLLOWED),
        (facts.bereaved, Reason.BEREAVED),
        (facts.complaint_open, Reason.COMPLAINT_OPEN),
        (facts.rated_badly, Reason.RATED_BADLY),
        (capped, Reason.FREQUENCY_CAP),
    )
    return next((reason for applies, reason in checks if applies), None)


def _awake(facts: Facts) -> bool:
    if facts.purpose is not Purpose.SERVICE or facts.last_message_at is None:
        return False
    return timedelta() <= facts.now - facts.last_message_at <= AWAKE


def facts_of(db: Session, row: Outbox, contact: Contact | None, now: datetime, settings: Settings) -> Facts:
    """Read what the decision about a customer's message depends on; `contact` is whom it would reach in WeChat."""
    customer = row.customer or (contact.customer if contact else None)
    pausable = row.purpose in _PAUSABLE
    complained = _complaints(db, customer, contact, now) if pausable else (False, False)
    return Facts(
        purpose=row.purpose,
        rule=row.rule,
        now=now,
        zone=settings.zone,
        quiet=_quiet_hours(customer, settings),
        cap=settings.care_cap_per_week,
        urgent=row.urgent,
        expires_at=row.expires_at,
        following=contact.following if contact else None,
        consent=_consent(db, customer, row.purpose),
        stopped=_stopped(db, customer, contact),
        bereaved=_bereaved(customer, now, settings),
        complaint_open=complained[0],
        rated_badly=complained[1],
        care_this_week=_care_this_week(db, row, now) if pausable else 0,
        earlier_due=_earlier_due(db, row, now) if row.rule == LATE_REPLY else None,
        last_message_at=contact.last_message_at if contact else None,
        can_be_told_by_hand="task" in row.fallback,
    )


def _earlier_due(db: Session, row: Outbox, now: datetime) -> datetime | None:
    """Return when the last earlier piece of what this person was answered is due, None when all are out or given up."""
    earlier = select(func.max(Outbox.due_at)).where(
        Outbox.recipient == row.recipient,
        Outbox.rule == row.rule,
        Outbox.id < row.id,
        Outbox.state.in_(_STILL_OPEN),
        Outbox.reason.not_in((Reason.WINDOW_SHUT, Reason.WINDOW_OPEN)),  # had to wait for him: newer answers go first
        Outbox.created_at <= now,
    )
    return db.scalar(earlier)


def _quiet_hours(customer: Customer | None, settings: Settings) -> tuple[str, str]:
    own = (customer.quiet_from, customer.quiet_to) if customer else (None, None)
    return own[0] or settings.quiet_from, own[1] or settings.quiet_to


def _consent(db: Session, customer: Customer | None, purpose: Purpose) -> bool | None:
    if customer is None:
        return None
    return db.scalar(select(Consent.granted).where(Consent.customer_id == customer.id, Consent.purpose == purpose))


def _stopped(db: Session, customer: Customer | None, contact: Contact | None) -> bool:
    """A stop said on any of a customer's accounts holds for all of them."""
    if contact is not None and contact.care_stopped_at is not None:
        return True
    if customer is None:
        return False
    stops = select(Contact.id).where(Contact.customer_id == customer.id, Contact.care_stopped_at.is_not(None))
    return db.scalar(stops.limit(1)) is not None


def _bereaved(customer: Customer | None, now: datetime, settings: Settings) -> bool:
    if customer is None or customer.bereaved_until is None:
        return False
    return customer.bereaved_until >= local_date(now, settings.zone)


def _complaints(db: Session, customer: Customer | None, contact: Contact | None, now: datetime) -> tuple[bool, bool]:
    """Return whether one is open, and whether the last one was rated badly within 30 days."""
    mine: ColumnElement[bool]
    if customer is not None:
        mine = Complaint.customer_id == customer.id
    elif contact is not None:
        mine = Complaint.contact_id == contact.id
    else:
        return False, False
    is_open = db.scalar(select(Complaint.id).where(mine, Complaint.state.in_(OPEN_STATES)).limit(1)) is not None
    last = db.scalars(select(Complaint).where(mine).order_by(Complaint.id.desc()).limit(1)).first()
    if last is None or last.satisfaction is not Satisfaction.BAD:
        return is_open, False
    return is_open, timedelta() <= now - (last.closed_at or last.filed_at) <= BAD_RATING_PAUSE


def _care_this_week(db: Session, row: Outbox, now: datetime) -> int:
    mine = Outbox.customer_id == row.customer_id if row.customer_id is not None else Outbox.contact_id == row.contact_id
    query = select(func.count(Outbox.id)).where(
        mine,
        Outbox.id != row.id,
        Outbox.purpose.in_(_PAUSABLE),
        Outbox.state.in_(COUNTED),
        Outbox.updated_at > now - CAP_PERIOD,
        Outbox.updated_at <= now,
    )
    return db.scalar(query) or 0
