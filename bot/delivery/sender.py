"""Send one message: decide and mark in one transaction, ask the platform, record the answer in another.

    QUEUED ─policy→ WAITING | SUPPRESSED | SKIPPED
       └─ladder→ SENDING ─platform→ SENT | WAITING (later) | QUEUED (next rung) | UNKNOWN
                 └→ HANDED_OVER | FAILED

Two workers that get the same row send it once: only a QUEUED row goes on, and the step to SENDING is one statement.
A worker killed while SENDING leaves the row for `bot.delivery.sweep`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.errors import OutboundError
from bot.channels.split import split_text
from bot.channels.types import Choices, Part, Text, part_from_json
from bot.clock import Clock
from bot.config import Settings
from bot.delivery import ladder, policy, records, staff, window
from bot.delivery.handover import hand_over
from bot.delivery.ladder import Via
from bot.delivery.records import Step
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


class Order(NamedTuple):
    """A row to be sent, and the job that asked for it: it is removed with the step that ends it."""

    outbox_id: int
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """One request that is about to leave."""

    order: Order
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
        again = [Order(outbox_id)]
        while tries := self.prepare(again):
            again = self.record([(ready, attempt(ready.request)) for ready in tries])

    def done_with(self, orders: Sequence[Order]) -> None:
        """Remove the jobs of orders that no step has ended with their jobs."""
        with self._store.at_once() as connection:
            records.remove_jobs(connection, [order.job_id for order in orders if order.job_id is not None])

    def postpone(self, outbox_id: int) -> None:
        """Put a row that our own error keeps from being sent aside for a while, so that it does not turn in a loop."""
        now = self._clock.now()
        with self._store.begin() as db:
            row = _claim(db, outbox_id)
            if row is not None:
                row.due_at = now + STOPPED
                records.move(db, row, OutboxState.WAITING, now, reason="error")

    def prepare(self, orders: Sequence[Order]) -> list[Try]:
        """Decide whether and how the rows go out and mark those that do; rows in any other state are left alone."""
        now = self._clock.now()
        asked = {order.outbox_id: order for order in orders}
        with self._store.at_once() as connection:
            messages = staff.read(connection, list(asked), now)
            plans = [staff.plan(message, self._transports.wecom, now, self._settings) for message in messages]
            taken = records.take(connection, [plan.step for plan in plans], now)
        tries = [
            Try(asked[plan.step.outbox_id], Via.WECOM, None, plan.request)
            for plan in plans
            if plan.request is not None and plan.step.outbox_id in taken
        ]
        others = asked.keys() - {message.id for message in messages}
        return tries + [ready for key in sorted(others) if (ready := self._prepare_one(asked[key], now)) is not None]

    def _prepare_one(self, order: Order, now: datetime) -> Try | None:
        """Decide about a customer's message; None when there is nothing to send."""
        with self._store.begin() as db:
            row = _claim(db, order.outbox_id)
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
                    return self._take_rung(db, order, row, contact, now)
        return None

    def _take_rung(self, db: Session, order: Order, row: Outbox, contact: Contact | None, now: datetime) -> Try | None:
        via = ladder.climb(db, row, contact, now)
        if via is Via.TASK:
            done = hand_over(db, row, contact, book=self._book, settings=self._settings, now=now)
            state = OutboxState.HANDED_OVER if done else OutboxState.FAILED
            records.move(db, row, state, now, via=Via.TASK, reason="" if done else "nobody_responsible")
            return None
        if via is None:
            records.move(db, row, OutboxState.FAILED, now, reason="no_way_left")
            return None
        request = self._request(row, via, contact)
        records.move(db, row, OutboxState.SENDING, now, via=via)
        return Try(order, via, contact.id if contact else None, request)

    def _request(self, row: Outbox, via: Via, contact: Contact | None) -> Callable[[], Outcome]:
        """Return the request with all it needs, so that no database connection is held while it runs."""
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

    def record(self, results: Sequence[tuple[Try, Outcome]]) -> list[Order]:
        """Record what the platform said; return the orders whose next rung is to be tried at once."""
        now = self._clock.now()
        sent = [(ready, outcome) for ready, outcome in results if outcome.fate is Fate.SENT]
        if sent:
            with self._store.at_once() as connection:
                records.take(connection, [_sent_step(ready, outcome) for ready, outcome in sent], now)
        for ready, outcome in sent:
            self._count_pieces(ready, outcome, now)
        troubled = [(ready, outcome) for ready, outcome in results if outcome.fate is not Fate.SENT]
        return [ready.order for ready, outcome in troubled if self._record_trouble(ready, outcome, now)]

    def _count_pieces(self, ready: Try, outcome: Outcome, now: datetime) -> None:
        """Use up the window's messages beyond the first, which was taken when the rung was chosen."""
        if ready.contact_id is not None and outcome.messages > 1:
            with self._store.begin() as db:
                for _ in range(outcome.messages - 1):
                    window.take_one(db, ready.contact_id, now)

    def _record_trouble(self, ready: Try, outcome: Outcome, now: datetime) -> bool:
        """Record why it did not go out; True when the next rung is to be tried at once."""
        with self._store.begin() as db:
            row = db.get_one(Outbox, ready.order.outbox_id, with_for_update=True)
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


def _sent_step(ready: Try, outcome: Outcome) -> Step:
    """Return the step that tells the truth, also when the sweep had given the row up meanwhile."""
    return Step(
        ready.order.outbox_id,
        OutboxState.SENT,
        via=ready.via,
        code=outcome.code,
        platform_id=outcome.platform_id,
        response_code=outcome.response_code,
        job_id=ready.order.job_id,
    )


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
