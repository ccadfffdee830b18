"""One turn from claim to commit.

    order     one turn at a time per person, across processes (a lock of the transaction in PostgreSQL)
    replay    a message that is done already gives its stored reply
    session   the conversation as it was after the last committed message
    dispatch  handlers, in the turn's one transaction
    finish    the message's row, its effects and what is still to be sent are committed together
    settle    the session moves on and the reply is kept for retries

A handler that raises gives the customer an apology with an incident number; its effects are rolled back. A server that
is away is no such error: it is waited for, and then the message is kept and its turn done later.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import redis
import structlog
from psycopg import Connection

from bot import metrics
from bot.business_hours import Calendars
from bot.channels.replies import plan, split_parts
from bot.clock import Clock
from bot.config import Settings
from bot.delivery import outbox, spool
from bot.delivery.policy import LATE_REPLY
from bot.delivery.stalled_turns import PATIENCE
from bot.delivery.window import Trigger, opened_by
from bot.dialogue.dispatch import Dispatcher
from bot.dialogue.router import Router
from bot.dialogue.sessions import Ended, Session, Sessions
from bot.dialogue.turn import Person, Turn
from bot.intake import inbound_log, sender_lookup
from bot.intake.inbound_job import Work
from bot.messages import Card, Incoming, Kind, Part, Reply, Text, reply_from_json, reply_to_json
from bot.packs import Pack
from bot.store.models import Contact, InboundState, Manager, Outcome, Purpose
from bot.store.retry import Unavailable, steadily
from bot.store.session import NeedsTransaction, Reading, Store, Transaction

log = structlog.get_logger(__name__)

SETTLED = frozenset({InboundState.DONE.value, InboundState.PARKED.value})
"""States of a message that no turn works on any more; its stored reply is what a retry gets."""

_AFTER_REPLY = timedelta(seconds=1)
"""What follows a passive reply leaves a little later, so that it arrives after it."""


MOST_LATE, _FLOOD = 4, timedelta(minutes=1)
"""So many late answers a person gets within so long; further questions get one word for all. That is the fifth message,
the last that the platform lets through after one of his."""

_LATE_ANSWERS = (
    "SELECT count(*) FROM outbox WHERE recipient = %s AND rule = %s AND created_at > %s AND created_at <= %s"
)

_QUESTIONS = frozenset({Outcome.ANSWERED, Outcome.OFFERED, Outcome.CHOSEN, Outcome.UNKNOWN})

_TRIGGERS = {
    "subscribe": Trigger.FOLLOW,
    "scan": Trigger.SCAN,
    "click": Trigger.TAP,
    "scancode_push": Trigger.TAP,
    "scancode_waitmsg": Trigger.TAP,
}
"""What opens a customer-service window besides a message (official page "客服消息"); VIEW does not."""

AWAITED = _TRIGGERS.keys() | {"template_card_event"}
"""Events after which a person looks at his phone for an answer; a failure is told him. Other events fail silently."""


class Pipeline:
    """Runs turns; one a process, used by many threads."""

    def __init__(
        self,
        *,
        store: Store,
        client: redis.Redis,
        router: Router,
        packs: Mapping[str, Pack],
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sessions = Sessions(client)
        self._dispatcher = Dispatcher(router)
        self._packs = packs
        self._unknown_packs: set[str] = set()
        self._settings = settings
        self._clock = clock
        self._calendars = Calendars(settings.zone)

    def run(self, work: Work) -> Reply:
        """Work on a message and return its (passive) reply; never raises for what a handler did.

        A late turn's reply is in the outbox and nothing is returned to be said.

        Raises:
            Unavailable: a server is away for too long; nothing was done.
        """
        structlog.contextvars.bind_contextvars(message=work.trace)
        try:
            return steadily(partial(self._attempt, work), work.started + work.patience)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: whatever a handler raised
            return self._apologise(work, error)
        finally:
            structlog.contextvars.unbind_contextvars("message")

    def accept(self, work: Work, *, abandoned: bool) -> Reply:
        """Keep a message durably before the platform is told `success` in place of its reply.

        A worker takes it up at once when its turn was `abandoned`, later when it may still end by itself. Return the
        stored reply if it has ended meanwhile.

        Raises:
            Unavailable: PostgreSQL is away.
        """
        now = self._clock.now()
        reply = steadily(partial(self._accept, self.kept_row(work), now if abandoned else now + PATIENCE))
        return reply_from_json(reply or [])

    def _accept(self, row: Mapping[str, Any], resume_at: datetime) -> list[Any] | None:
        with self._store.transaction() as transaction:
            reply = spool.accept(transaction.raw, row, resume_at)
            transaction.commit()
        return reply

    def kept_row(self, work: Work) -> dict[str, Any]:
        """Return what is kept of a message, as plain JSON."""
        return inbound_log.accepted_row(work.incoming, self._clock.now())

    def _attempt(self, work: Work) -> Reply:
        incoming, now = work.incoming, self._clock.now()
        with self._store.transaction() as transaction:
            connection = transaction.raw
            found = sender_lookup.find(connection, incoming, now)
            if found.state in SETTLED:
                metrics.DUPLICATES.inc()
                return reply_from_json(found.reply or [])
            session, before = self._sessions.load(incoming, now, _doneness(connection, incoming))
            turn = self.turn(work, found.person, now, transaction, session)
            reply = self._dispatcher.answer(turn)
            if work.late and _is_flooding(connection, turn) and self._may_fold(turn, before):
                reply = self._folded(turn)
            try:
                return self._commit(work, turn, reply, before)
            except inbound_log.AlreadyDone:
                transaction.rollback()
                metrics.DUPLICATES.inc()
                return reply_from_json(sender_lookup.find(connection, incoming, now).reply or [])

    def _may_fold(self, turn: Turn, before: str) -> bool:
        """Tell whether a late answer may be left out: of a question or small talk, never of a form's step."""
        if turn.person.contact_id is None or form_in(before) or turn.session.form is not None:
            return False
        return turn.outcome in _QUESTIONS or self._changes_nothing(turn, before)

    def _changes_nothing(self, turn: Turn, before: str) -> bool:
        trial = replace(turn, transaction=Reading(turn.transaction.raw), session=Session.parse(before, turn.now))
        try:
            self._dispatcher.answer(trial)
        except NeedsTransaction:
            return False
        return True

    def _folded(self, turn: Turn) -> Reply:
        """Say once in place of many late answers that there were too many; return nothing more to say."""
        occasion = f"many:{int(turn.now.timestamp() // _FLOOD.total_seconds())}"
        self._enqueue(turn, Text(turn.say("late.many")), occasion, turn.now)
        return Reply()

    def now(self) -> datetime:
        """Return the time of a turn that begins."""
        return self._clock.now()

    def plainly(self, turn: Turn) -> Reply:
        """Return the whole reply of a turn that needs no transaction.

        Raises:
            NeedsTransaction: it does.
        """
        first, rest = plan(self._dispatcher.answer(turn), tappable=True)
        if rest:
            raise NeedsTransaction("outbox")
        return Reply((first,)) if first is not None else Reply()

    def turn(self, work: Work, person: Person, now: datetime, transaction: Transaction, session: Session) -> Turn:
        """Return the turn of a message."""
        pack = self._pack_of(person)
        return Turn(
            incoming=work.incoming,
            person=person,
            now=now,
            zone=self._settings.zone,
            calendars=self._calendars,
            transaction=transaction,
            session=session,
            texts=pack.texts,
            understanding=pack.at(person.branch_id),
            settings=self._settings,
            forms=self._dispatcher.forms,
            trace=work.trace,
        )

    def _commit(self, work: Work, turn: Turn, reply: Reply, before: str) -> Reply:
        after = turn.session.dump()
        passive = work.go_passive()
        first = self.queue(turn, reply, passive)
        stored = reply_to_json(first)
        staged = form_in(after) or form_in(before)
        if staged:
            self._sessions.stage(work.incoming, after)
        try:
            turn.transaction.flush()
            number = inbound_log.finish(
                turn.transaction.raw,
                work.incoming,
                turn.now,
                reply=stored,
                late=not passive,
                ended=(turn.outcome or "", turn.item),
                window=window_of(work.incoming, turn.person, work.received or turn.now),
            )
            turn.transaction.commit()
        except inbound_log.AlreadyDone:
            self._sessions.drop(work.incoming)
            raise
        self.settle(Ended(work.incoming, stored, number, before, after, staged, late=not passive))
        work.log_done(late=not passive)
        return first

    def queue(self, turn: Turn, reply: Reply, passive: bool = False) -> Reply:
        """Put what does not fit the passive reply (or all of a late one) into the outbox; return the passive part."""
        staff = turn.person.is_staff
        if passive and not (staff and reply.parts and _is_card(reply.parts[0])):
            first, rest = plan(reply, tappable=not staff)
            due = turn.now + _AFTER_REPLY
        else:
            first, rest = None, tuple(split_parts(reply))
            due = turn.now
        if not passive:
            metrics.LATE_ANSWERS.inc()
        for number, part in enumerate(rest):
            self._enqueue(turn, part, f"{turn.incoming.key}:{number}", due)
        return Reply((first,)) if first is not None else Reply()

    def _enqueue(self, turn: Turn, part: Part, occasion: str, due: datetime) -> None:
        staff, to = turn.person.is_staff, _recipient(turn)
        if to is None:  # a member of the company who is not on the staff: only a passive reply reaches him
            return
        outbox.enqueue(
            turn.db,
            to=to,
            purpose=Purpose.STAFF if staff else Purpose.REPLY,
            rule=LATE_REPLY,
            occasion=occasion,
            part=part,
            now=turn.now,
            due_at=due,
            fallback={} if staff else {"call": {"task": {}}},  # with the window shut it waits, and somebody may call
            said=turn.said,
            trace=turn.trace,
        )

    def settle(self, *ended: Ended) -> None:
        """Move Redis on after the commit; if it does not answer, the next turn does it and retries ask the database."""
        try:
            self._sessions.finish(*ended)
            for turn in ended:
                if turn.incoming.event == "unsubscribe":
                    self._sessions.forget(turn.incoming)
        except redis.RedisError as error:
            log.warning("session_not_settled", error=type(error).__name__)

    def _apologise(self, work: Work, error: Exception) -> Reply:
        incident = _incident(self._clock.now(), self._settings)
        metrics.HANDLER_ERRORS.inc()
        log.error("turn_failed", incident=incident, kind=work.incoming.kind.value, exc_info=error)
        try:
            return steadily(partial(self._record_apology, work, incident), work.started + work.patience)
        except Unavailable:
            raise  # the message is kept instead, and this is told when it can be
        except inbound_log.AlreadyDone:
            return Reply()
        except Exception as second:  # noqa: BLE001 - what cannot be recorded is still said
            log.error("apology_not_recorded", incident=incident, error=type(second).__name__)
            return self._apology(work.incoming, incident)

    def _record_apology(self, work: Work, incident: str) -> Reply:
        incoming, now = work.incoming, self._clock.now()
        reply = self._apology(incoming, incident)
        with self._store.transaction() as transaction:
            found = sender_lookup.find(transaction.raw, incoming, now)
            if found.state in SETTLED:
                return reply_from_json(found.reply or [])
            turn = self.turn(work, found.person, now, transaction, Session())
            passive = work.go_passive()
            first = self.queue(turn, reply, passive)
            stored = reply_to_json(first)
            transaction.flush()
            inbound_log.finish(
                transaction.raw,
                incoming,
                now,
                reply=stored,
                late=not passive,
                incident=incident,
                window=window_of(incoming, found.person, now),
            )
            transaction.commit()
        self.settle(Ended(incoming, stored, late=not passive))
        return first

    def _pack_of(self, person: Person) -> Pack:
        """Return the pack of the person's account; one that is not loaded is told of once, and the first stands in."""
        if (pack := self._packs.get(person.pack)) is not None:
            return pack
        if person.pack not in self._unknown_packs:
            self._unknown_packs.add(person.pack)
            remedy = "name a folder of the knowledge in the account's settings, load the people again, and restart"
            log.error("pack_unknown", pack=person.pack, account=person.account, remedy=remedy)
        return next(iter(self._packs.values()))

    def _apology(self, incoming: Incoming, incident: str) -> Reply:
        if incoming.kind is Kind.EVENT and incoming.event not in AWAITED:
            return Reply()
        texts = next(iter(self._packs.values())).texts
        return Reply.text(texts.say("apology", incident=incident, customer="您"))


def _is_flooding(connection: Connection[Any], turn: Turn) -> bool:
    """Tell whether a person has got so many late answers lately that more would bury the conversation."""
    recipient = f"contact:{turn.person.contact_id}"
    row = connection.execute(_LATE_ANSWERS, [recipient, LATE_REPLY, turn.now - _FLOOD, turn.now]).fetchone()
    return row is not None and row[0] >= MOST_LATE


def _recipient(turn: Turn) -> Manager | Contact | None:
    person = turn.person
    if person.is_staff:
        return turn.db.get(Manager, person.manager_id) if person.manager_id else None
    return turn.db.get(Contact, person.contact_id) if person.contact_id else None


def _doneness(connection: Connection[Any], incoming: Incoming) -> Callable[[str], bool]:
    return lambda key: inbound_log.is_done(connection, incoming.channel, incoming.account, key)


def window_of(incoming: Incoming, person: Person, now: datetime) -> Mapping[str, Any] | None:
    """Return the customer-service window this message opens, None for who is no contact."""
    if person.contact_id is None:
        return None
    trigger = _TRIGGERS.get(incoming.event) if incoming.kind is Kind.EVENT else Trigger.MESSAGE
    if trigger is None:
        return {"contact": person.contact_id, "opened": False, "spoke": False, "until": None, "left": None}
    if incoming.choice_id:
        trigger = Trigger.TAP
    duration, count = opened_by(trigger)
    spoke = trigger is Trigger.MESSAGE
    return {"contact": person.contact_id, "opened": True, "spoke": spoke, "until": now + duration, "left": count}


def form_in(session: str) -> bool:
    """Tell whether a stored session holds a form: only then must it move in step with the database."""
    return '"form":' in session


def _is_card(part: Part) -> bool:
    return isinstance(part, Card)


def _incident(now: datetime, settings: Settings) -> str:
    return f"E{now.astimezone(settings.zone):%m%d}-{secrets.token_hex(3).upper()}"
