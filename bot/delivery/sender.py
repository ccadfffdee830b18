"""Send one message: decide and mark in one transaction, ask the platform, record the answer in another.

    QUEUED ─policy→ WAITING | SUPPRESSED | SKIPPED
       └─ladder→ SENDING ─platform→ SENT | WAITING (later) | QUEUED (next rung) | UNKNOWN
                 └→ WAITING (for the customer to write) | HANDED_OVER | FAILED

Two workers that get the same row send it once: only a QUEUED row goes on, and the step to SENDING is one statement.
A worker killed while SENDING leaves the row for `bot.delivery.sweep`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.business_hours import Calendars
from bot.channels.errors import OutboundError
from bot.clock import Clock
from bot.config import Settings
from bot.delivery import authored, policy, route_selection, staff_sender, transitions, window
from bot.delivery.manual_task import hand_over
from bot.delivery.route_selection import Via
from bot.delivery.transitions import Step
from bot.delivery.transports import Fate, Official, Outcome, Transports
from bot.delivery.wording import current, pieces
from bot.knowledge.texts import TextBook
from bot.messages import Part
from bot.store.models import Contact, DeliveryEvent, Outbox, OutboxState, Purpose
from bot.store.session import LOST, Store, driver

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

MAX_BUSY = 3
BUSY_SECONDS = (2.0, 8.0, 32.0)
UNREACHABLE_SECONDS = 20.0
STOPPED = timedelta(minutes=10)
MINUTE = timedelta(seconds=60)
FIRST_BACK_OFF = timedelta(seconds=2)
DATABASE_AWAY = "database_away"
"""Why a row waits whose transaction met a transient error of the database (`bot.store.session.is_passing`)."""
WINDOW_OVER = "45015"
"""The platform's code for a window whose time is over; 45047 says that its messages are used up."""
_PLATFORM_ZONE = ZoneInfo("Asia/Shanghai")  # the platform counts its days in UTC+8, whatever the business zone


class Order(NamedTuple):
    """A row to be sent, and the job that asked for it: it is removed with the step that ends it."""

    outbox_id: int
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """One request that is about to leave; `waited`: a manager's words that had to wait for the customer."""

    order: Order
    via: Via
    contact_id: int | None
    request: Callable[[], Outcome]
    waited: bool = False


class Sender:
    """The steps of sending the outbox's rows, which `bot.delivery.batch_sender` takes.

    `jitter` is 0…1 and spreads retries.

    Each step may be repeated after an error: what it did before is found done.
    """

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
        self._calendars = Calendars(settings.zone)
        self._book = book
        self._transports = transports
        self._jitter = jitter

    def done_with(self, orders: Sequence[Order]) -> None:
        """Remove the jobs of orders that no step has ended with their jobs."""
        with self._store.at_once() as connection:
            transitions.remove_jobs(connection, _jobs_of(orders))

    def not_leaving(self, orders: Sequence[Order]) -> None:
        """Remove the jobs of orders that have no request to make.

        A row that is SENDING all the same was marked by another worker, which has a job of its own, or by us with the
        answer lost: then the sweep settles it as soon as it finds our job failed.
        """
        with self._store.at_once() as connection:
            transitions.remove_idle_jobs(connection, _jobs_of(orders))

    def postpone(self, outbox_id: int, *, passing: bool = False) -> None:
        """Put a row that our own error keeps from being sent aside for a while, so that it does not turn in a loop.

        After a `passing` error of the database for seconds, twice as long each time up to a minute; else ten minutes.
        """
        now = self._clock.now()
        with self._store.begin() as db:
            row = _claim(db, outbox_id)
            if row is None:
                return
            if passing:
                tries = transitions.count(db, row, reason=DATABASE_AWAY)
                row.due_at = now + min(FIRST_BACK_OFF * 2**tries, MINUTE)
            else:
                row.due_at = now + STOPPED
            transitions.move(db, row, OutboxState.WAITING, now, reason=DATABASE_AWAY if passing else "error")

    def prepare_staff(self, orders: Sequence[Order]) -> list[Try | Order]:
        """Decide about all that goes to the staff and mark what leaves, together.

        Return the requests, and the orders that are no queued messages to the staff: see `prepare_one`. When it
        raises, nothing was marked, or the answer was lost: see `not_leaving`.
        """
        now = self._clock.now()
        asked = {order.outbox_id: order for order in orders}
        with self._store.at_once() as connection:
            messages = staff_sender.read(connection, list(asked), now)
            wecom, say = self._transports.wecom, self._say
            plans = [staff_sender.plan(message, wecom, now, self._settings, say) for message in messages]
            taken = transitions.take(connection, [plan.step for plan in plans], now)
        tries: list[Try | Order] = [
            Try(asked[plan.step.outbox_id], Via.WECOM, None, plan.request)
            for plan in plans
            if plan.request is not None and plan.step.outbox_id in taken
        ]
        others = asked.keys() - {message.id for message in messages}
        return tries + [asked[key] for key in sorted(others)]

    def prepare_one(self, order: Order) -> list[Try]:
        """Decide about a customer's message and mark it if it leaves; a row in any other state is left alone.

        Return its request, nothing when there is none to make. When it raises, nothing was marked, or the database
        could not be asked any more whether it was: see `not_leaving`.
        """
        now = self._clock.now()
        ready = self._settled(lambda db: self._decide(db, order, now))
        return [ready] if ready is not None else []

    def _settled(self, work: Callable[[Session], Result]) -> Result:
        """Run one transaction and return what `work` made in it, also when only the answer to its commit was lost."""
        told: int | None = None
        try:
            with self._store.begin() as db:
                result = work(db)
                db.flush()
                told = transitions.last_told(db)
        except LOST:
            event_id = told
            if event_id is None or not twice(lambda: self._is_told(event_id)):
                raise
        return result

    def _is_told(self, event_id: int) -> bool:
        with self._store.begin() as db:
            return db.get(DeliveryEvent, event_id) is not None

    def _decide(self, db: Session, order: Order, now: datetime) -> Try | None:
        row = _claim(db, order.outbox_id)
        if row is None or row.purpose is Purpose.STAFF:  # it became due after the staff's was read: the sweep sees it
            return None
        if reason := authored.over(db, row):
            authored.drop(db, row, reason, now)
            return None
        contact = route_selection.reach(db, row, now)
        decision = policy.decide(policy.facts_of(db, row, contact, now, self._settings))
        match decision:
            case policy.Wait(_, policy.Reason.QUIET_HOURS) if contact and authored.waits_for_him(row, contact, now):
                authored.hold(db, row, contact, now)
            case policy.Wait(until, reason):
                row.due_at = until
                transitions.move(db, row, OutboxState.WAITING, now, reason=reason, waits_on=True)
                authored.tell(db, row, authored.News.QUIET, now)
            case policy.Suppress(reason):
                transitions.move(db, row, decision.state, now, reason=reason)
                authored.tell(db, row, authored.News.REFUSED, now)
            case policy.Send():
                return self._take_rung(db, order, row, contact, now)
        return None

    def _take_rung(self, db: Session, order: Order, row: Outbox, contact: Contact | None, now: datetime) -> Try | None:
        via = route_selection.climb(db, row, contact, now)
        match via:
            case None:
                transitions.move(db, row, OutboxState.FAILED, now, reason="no_way_left")
                authored.tell(db, row, authored.News.REFUSED, now)
            case Via.TASK:
                done = self._hand_over(db, row, contact, now)
                state = OutboxState.HANDED_OVER if done else OutboxState.FAILED
                transitions.move(db, row, state, now, via=Via.TASK, reason="" if done else "nobody_responsible")
            case Via.WINDOW:
                assert contact is not None, "a rung of those who can be reached in WeChat"
                if authored.hold(db, row, contact, now) and "task" in row.fallback:
                    self._hand_over(db, row, contact, now)
            case _:
                request, waited = self._request(row, via, contact, now), authored.waited(db, row)
                transitions.move(db, row, OutboxState.SENDING, now, via=via)
                return Try(order, via, contact.id if contact else None, request, waited)
        return None

    def _hand_over(self, db: Session, row: Outbox, contact: Contact | None, now: datetime) -> bool:
        return hand_over(db, row, contact, book=self._book, settings=self._settings, calendars=self._calendars, now=now)

    def _say(self, key: str, **values: object) -> str:
        """Say how a moment is called, which is the same in every pack."""
        return self._book.of(self._settings.tiexin_pack).say(key, **values)

    def _request(self, row: Outbox, via: Via, contact: Contact | None, now: datetime) -> Callable[[], Outcome]:
        """Return the request with all it needs: it runs without a connection, and what it lacks is known before it."""
        if contact is None or contact.openid is None:
            raise ValueError(f"outbox {row.id} has nobody to go to by {via}")
        client, openid = self._transports.official(contact.account.name), contact.openid
        if via is Via.KF:
            parts = pieces(current(row, now, self._settings.zone, self._say))
            return lambda: _send_all(client, openid, parts)
        words = row.fallback[via.value]
        template_id, fields = words["id"], words["fields"]
        if via is Via.NOTICE:
            page = words.get("page", "")
            return lambda: _sent(client.send_notice(openid, template_id, fields, page))
        url, key = words.get("url", ""), f"tx{row.id}"
        return lambda: Outcome(Fate.SENT, platform_id=str(client.send_template(openid, template_id, fields, url, key)))

    def record_sent(self, results: Sequence[tuple[Try, Outcome]]) -> list[Order]:
        """Record messages that are out and remove their jobs; no order is left to be tried."""
        now = self._clock.now()
        short = [_sent_step(ready, outcome) for ready, outcome in results if outcome.messages == 1]
        if short:
            with self._store.at_once() as connection:
                transitions.take(connection, short, now)
        for ready, outcome in results:
            if outcome.messages > 1:
                self._record_pieces(ready, outcome, now)
            if ready.waited:
                with self._store.begin() as db:
                    authored.arrived(db, ready.order.outbox_id, now)
        return []

    def _record_pieces(self, ready: Try, outcome: Outcome, now: datetime) -> None:
        """Record a message in several pieces; they use up the window beyond the first, taken with the rung, once."""
        with self._store.begin() as db:
            if transitions.take(driver(db), [_sent_step(ready, outcome)], now) and ready.contact_id is not None:
                for _ in range(outcome.messages - 1):
                    window.take_one(db, ready.contact_id, now)

    def record_trouble(self, ready: Try, outcome: Outcome) -> list[Order]:
        """Record why a message did not go out; return its order when the next rung is to be tried at once."""
        now = self._clock.now()
        again = self._settled(lambda db: self._trouble(db, ready, outcome, now))
        return [ready.order] if again else []

    def _trouble(self, db: Session, ready: Try, outcome: Outcome, now: datetime) -> bool:
        row = db.get_one(Outbox, ready.order.outbox_id, with_for_update=True)
        if row.state is not OutboxState.SENDING:  # the sweep gave this worker up and settled the row
            transitions.tell(db, row, row.state, now, via=ready.via, reason=f"late:{outcome.fate}", code=outcome.code)
            return False
        _complain(row, ready.via, outcome)
        return self._after_trouble(db, row, ready, outcome, now)

    def _after_trouble(self, db: Session, row: Outbox, ready: Try, outcome: Outcome, now: datetime) -> bool:
        due = self._again_at(row, outcome.fate, now)
        if outcome.fate is Fate.UNKNOWN:
            if due is None or not transitions.may_repeat(db, row, ready.via, now):
                authored.unconfirmed(db, row, now, via=ready.via, reason="no_answer")
                return False
        elif outcome.fate is Fate.EXHAUSTED:
            over_at = now if outcome.code == WINDOW_OVER else None
            route_selection.exhaust(db, ready.via, row, ready.contact_id, over_at=over_at)
        else:
            route_selection.give_back(db, ready.via, row, ready.contact_id)
        if outcome.fate is Fate.GONE:
            _mark_gone(db, ready.contact_id)
        if due is not None:
            row.due_at = due
            transitions.move(db, row, OutboxState.WAITING, now, via=ready.via, reason=outcome.fate, code=outcome.code)
            authored.tell_of_delay(db, row, due, now, tomorrow=outcome.fate is Fate.TOMORROW)
            return False
        transitions.tell(db, row, OutboxState.FAILED, now, via=ready.via, reason=outcome.fate, code=outcome.code)
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


def twice(work: Callable[[], Result]) -> Result:
    """Return what `work` returns; when it lost the database, it is done once more on another connection."""
    try:
        return work()
    except LOST:
        return work()


def _jobs_of(orders: Sequence[Order]) -> list[int]:
    return [order.job_id for order in orders if order.job_id is not None]


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
