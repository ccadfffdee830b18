"""Send one message: decide and mark in one transaction, ask the platform, record the answer in another.

    QUEUED ─policy→ WAITING | SUPPRESSED | SKIPPED
       └─ladder→ SENDING ─platform→ SENT | WAITING (later) | QUEUED (next rung) | UNKNOWN
                 └→ HANDED_OVER | FAILED

Two workers that get the same row send it once: the row is locked while it is decided, and only QUEUED rows go on.
A worker killed while SENDING leaves the row for `bot.delivery.sweep`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.errors import OutboundError
from bot.channels.split import split_text
from bot.channels.types import Choices, Part, Text, part_from_json
from bot.clock import Clock
from bot.config import Settings
from bot.delivery import ladder, policy, records, window
from bot.delivery.handover import hand_over
from bot.delivery.ladder import Via
from bot.delivery.outbox import CARD_UPDATE
from bot.delivery.transports import Fate, Official, Outcome, Transports, attempt
from bot.store.models import Contact, Outbox, OutboxState
from bot.store.session import Store
from bot.texts import TextBook

log = structlog.get_logger(__name__)

MAX_BUSY = 3
BUSY_SECONDS = (2.0, 8.0, 32.0)
UNREACHABLE_SECONDS = 20.0
STOPPED = timedelta(minutes=10)
MINUTE = timedelta(seconds=60)
_HEAD_BYTES = 1500  # leaves room for the options within a message's 2,048
_PLATFORM_ZONE = ZoneInfo("Asia/Shanghai")  # the platform counts its days in UTC+8, whatever the business zone


@dataclass(frozen=True, slots=True)
class Try:
    """One request that is about to leave."""

    outbox_id: int
    via: Via
    contact_id: int | None
    request: Callable[[], Outcome]


class Sender:
    """Sends the outbox's rows. `jitter` returns 0…1 and spreads retries."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        book: TextBook,
        transports: Transports,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._book = book
        self._transports = transports
        self._jitter = jitter

    def deliver(self, outbox_id: int) -> None:
        """Send a queued row by the first way that works; a row in any other state is left alone."""
        while (ready := self._prepare(outbox_id)) is not None:
            outcome = attempt(ready.request)
            if not self._record(ready, outcome):
                return

    def postpone(self, outbox_id: int) -> None:
        """Put a row that our own error keeps from being sent aside for a while, so that it does not turn in a loop."""
        now = self._clock.now()
        with self._store.begin() as db:
            row = _claim(db, outbox_id)
            if row is not None:
                row.due_at = now + STOPPED
                records.move(db, row, OutboxState.WAITING, now, reason="error")

    def _prepare(self, outbox_id: int) -> Try | None:
        """Decide whether and how the row goes out; None when there is nothing to send."""
        now = self._clock.now()
        with self._store.begin() as db:
            row = _claim(db, outbox_id)
            if row is None:
                return None
            contact = ladder.reach(db, row, now)
            decision = policy.decide(policy.facts_of(db, row, contact, now, self._settings))
            match decision:
                case policy.Wait(until, reason):
                    row.due_at = until
                    records.move(db, row, OutboxState.WAITING, now, reason=reason)
                case policy.Suppress(reason):
                    records.move(db, row, decision.state, now, reason=reason)
                case policy.Send():
                    return self._take_rung(db, row, contact, now)
        return None

    def _take_rung(self, db: Session, row: Outbox, contact: Contact | None, now: datetime) -> Try | None:
        via = ladder.climb(db, row, contact, now)
        if via is Via.TASK:
            done = hand_over(db, row, contact, book=self._book, settings=self._settings, now=now)
            state = OutboxState.HANDED_OVER if done else OutboxState.FAILED
            records.move(db, row, state, now, via=Via.TASK, reason="" if done else "nobody_responsible")
            return None
        if via is None:
            records.move(db, row, OutboxState.FAILED, now, reason="no_way_left")
            return None
        records.move(db, row, OutboxState.SENDING, now, via=via)
        return Try(row.id, via, contact.id if contact else None, self._request(row, via, contact))

    def _request(self, row: Outbox, via: Via, contact: Contact | None) -> Callable[[], Outcome]:
        """Return the request with all it needs, so that no database connection is held while it runs."""
        if via is Via.WECOM:
            return self._staff_request(row)
        if contact is None or contact.openid is None:
            raise ValueError(f"outbox {row.id} has nobody to go to by {via}")
        client, openid = self._transports.official(contact.account.name), contact.openid
        if via is Via.KF:
            parts = pieces(part_from_json(row.part))
            return lambda: _send_all(client, openid, parts)
        words = row.fallback[via.value]
        if via is Via.NOTICE:
            return lambda: _sent(client.send_notice(openid, words["id"], words["fields"], words.get("page", "")))
        key = f"tx{row.id}"
        return lambda: Outcome(
            Fate.SENT,
            platform_id=str(client.send_template(openid, words["id"], words["fields"], words.get("url", ""), key)),
        )

    def _staff_request(self, row: Outbox) -> Callable[[], Outcome]:
        manager = row.manager
        if manager is None or not manager.wecom_userid:
            raise ValueError(f"outbox {row.id} has no member to go to")
        client, userid, words = self._transports.wecom(manager.wecom_account), manager.wecom_userid, row.part
        if words["type"] == CARD_UPDATE:
            return lambda: _sent(client.update_card(words["response_code"], userid, words["text"]))
        part = part_from_json(words)

        def send() -> Outcome:
            answer = client.send(userid, part)
            return Outcome(Fate.SENT, platform_id=answer.message_id, response_code=answer.response_code)

        return send

    def _record(self, ready: Try, outcome: Outcome) -> bool:
        """Record what the platform said; True when the next rung is to be tried at once."""
        now = self._clock.now()
        with self._store.begin() as db:
            row = db.get_one(Outbox, ready.outbox_id, with_for_update=True)
            if outcome.fate is Fate.SENT:
                _mark_sent(db, row, ready, outcome, now)
                return False
            if row.state is not OutboxState.SENDING:  # the sweep gave this worker up and settled the row
                records.tell(db, row, row.state, now, via=ready.via, reason=f"late:{outcome.fate}", code=outcome.code)
                return False
            _complain(row, ready.via, outcome)
            return self._after_trouble(db, row, ready, outcome, now)

    def _after_trouble(self, db: Session, row: Outbox, ready: Try, outcome: Outcome, now: datetime) -> bool:
        due = self._again_at(row, outcome.fate, now)
        if outcome.fate is Fate.UNKNOWN:
            if due is None or not records.may_repeat(db, row, ready.via, now):
                records.move(db, row, OutboxState.UNKNOWN, now, via=ready.via, reason="no_answer")
                return False
        elif outcome.fate is Fate.EXHAUSTED:
            ladder.exhaust(db, ready.via, row, ready.contact_id)
        else:
            ladder.give_back(db, ready.via, row, ready.contact_id)
        if outcome.fate is Fate.GONE:
            _mark_gone(db, ready.contact_id)
        if due is not None:
            row.due_at = due
            records.move(db, row, OutboxState.WAITING, now, via=ready.via, reason=outcome.fate, code=outcome.code)
            return False
        records.tell(db, row, OutboxState.FAILED, now, via=ready.via, reason=outcome.fate, code=outcome.code)
        row.state, row.updated_at = OutboxState.QUEUED, now
        return True

    def _again_at(self, row: Outbox, fate: Fate, now: datetime) -> datetime | None:
        """Return when to try this rung again, None when not."""
        spread = 0.5 + self._jitter()
        match fate:
            case Fate.BUSY | Fate.UNKNOWN if row.attempts < MAX_BUSY:
                row.attempts += 1
                return now + timedelta(seconds=BUSY_SECONDS[row.attempts - 1] * spread)
            case Fate.UNREACHABLE:
                return now + timedelta(seconds=UNREACHABLE_SECONDS * spread)
            case Fate.MINUTE:
                return now + MINUTE
            case Fate.TOMORROW:
                return _next_midnight(now)
            case Fate.STOPPED:
                return now + STOPPED
            case _:
                return None


def pieces(part: Part) -> list[Part]:
    """Return a part as messages the platform takes whole; the question of choices comes with the last piece."""
    match part:
        case Text(content):
            return [Text(piece) for piece in split_text(content)] or [part]
        case Choices(head, options, tail):
            *before, last = split_text(head, _HEAD_BYTES) or [head]
            return [*(Text(piece) for piece in before), Choices(last, options, tail)]
        case _:
            return [part]


def _claim(db: Session, outbox_id: int) -> Outbox | None:
    query = select(Outbox).where(Outbox.id == outbox_id, Outbox.state == OutboxState.QUEUED)
    return db.scalars(query.with_for_update(skip_locked=True)).first()


def _sent(answer: object) -> Outcome:
    return Outcome(Fate.SENT, platform_id=answer if isinstance(answer, str) else "")


def _send_all(client: Official, openid: str, parts: list[Part]) -> Outcome:
    """Send a long message in its pieces; once the first is out, trouble with a later one ends it there."""
    client.send(openid, parts[0])
    for number, part in enumerate(parts[1:], start=1):
        try:
            client.send(openid, part)
        except OutboundError as error:
            log.warning("message_cut_short", sent=number, of=len(parts), error=type(error).__name__)
            return Outcome(Fate.SENT, code="cut_short", messages=number)
    return Outcome(Fate.SENT, messages=len(parts))


def _mark_sent(db: Session, row: Outbox, ready: Try, outcome: Outcome, now: datetime) -> None:
    """Record the truth, also when the sweep had given the row up meanwhile."""
    row.platform_id = outcome.platform_id
    row.response_code = outcome.response_code
    if ready.contact_id is not None:
        for _ in range(outcome.messages - 1):  # the first was taken when the rung was chosen
            window.take_one(db, ready.contact_id, now)
    records.move(db, row, OutboxState.SENT, now, via=ready.via, code=outcome.code)


def _mark_gone(db: Session, contact_id: int | None) -> None:
    contact = db.get(Contact, contact_id) if contact_id is not None else None
    if contact is not None:
        contact.following = False


def _next_midnight(now: datetime) -> datetime:
    day = now.astimezone(_PLATFORM_ZONE).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=_PLATFORM_ZONE).astimezone(now.tzinfo)


def _complain(row: Outbox, via: Via, outcome: Outcome) -> None:
    level = log.error if outcome.fate in {Fate.STOPPED, Fate.REFUSED, Fate.TOMORROW} else log.warning
    level(
        "send_failed",
        outbox=row.id,
        rule=row.rule,
        via=via.value,
        fate=outcome.fate.value,
        code=outcome.code,
        rid=outcome.rid,
        remedy=outcome.remedy,
        trace=row.trace,
    )
