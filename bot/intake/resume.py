"""Finishing the turns of kept messages, with a bound: a message whose turn dies twice is parked (a dead letter).

Each try is counted and committed before it begins, so one that takes its process along is counted too. A server that is
away costs no try.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import structlog
from psycopg.types.json import Jsonb

from bot import metrics
from bot.clock import Clock
from bot.dialogue.sessions import Ended, Session
from bot.dialogue.turn import Person, Turn
from bot.intake import inbound_log, sender_lookup
from bot.intake.inbound_job import Work
from bot.intake.pipeline import AWAITED, Pipeline, window_of
from bot.messages import Channel, Incoming, Kind, Reply, reply_from_json
from bot.service import alarms
from bot.service.context import Office
from bot.store.retry import Unavailable, steadily
from bot.store.session import LOST, Store, Transaction
from bot.tickets.sla import Clockwork

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 2
"""Tries of workers that may die; the next one parks the message instead."""
AGAIN = timedelta(seconds=2)
"""After so long a turn is tried again that met a server away."""
_GIVE_BACK_SECONDS = 10.0

_BEGIN = """
UPDATE inbound SET attempts = attempts + 1
WHERE id = %s AND state = 'accepted' AND payload IS NOT NULL AND NOT EXISTS (
    SELECT FROM inbound older
    WHERE older.person = inbound.person AND older.channel = inbound.channel AND older.account = inbound.account
      AND older.state = 'accepted' AND older.payload IS NOT NULL
      AND (older.received_at, older.id) < (inbound.received_at, inbound.id))
RETURNING payload, received_at, attempts
"""
"""While an older message of the person waits, this one does: it is looked at again as soon as that is done."""
_GIVE_BACK = """
UPDATE inbound SET attempts = greatest(attempts - 1, 0), resume_at = %s WHERE id = %s AND state = 'accepted'
"""
_OWED = """
UPDATE inbound SET resume_at = NULL WHERE id = %s AND state = 'done' AND resume_at IS NOT NULL
RETURNING channel, account, key, person, received_at, reply
"""
_PARK = """
UPDATE inbound SET state = 'parked', reply = '[]', resume_at = NULL, done_at = %s, payload = %s WHERE id = %s
"""


class _Begun(NamedTuple):
    payload: dict[str, Any]
    received: datetime
    attempts: int


class Resumption:
    """What a worker does with a message that was kept; one a process."""

    def __init__(self, pipeline: Pipeline, store: Store, clock: Clock) -> None:
        self._pipeline = pipeline
        self._store = store
        self._clock = clock

    def resume(self, inbound_id: int) -> None:
        """Finish the turn of a kept message, its reply goes to the outbox; or send a stored reply nobody got."""
        begun = self._begin(inbound_id)
        if begun is None:
            self._send_owed(inbound_id)
        elif begun.attempts > MOST_ATTEMPTS:
            self._park(inbound_id, begun)
        else:
            self._run(inbound_id, begun)

    def _begin(self, inbound_id: int) -> _Begun | None:
        with self._store.transaction() as transaction:
            row = transaction.raw.execute(_BEGIN, [inbound_id]).fetchone()
            transaction.commit()
        return _Begun(*row) if row is not None else None

    def _run(self, inbound_id: int, begun: _Begun) -> None:
        work = Work(inbound_log.from_json(begun.payload), late=True, received=begun.received, patience=0.0)
        try:
            self._pipeline.run(work)
        except Unavailable as error:
            log.warning("turn_waits_for_servers", message=work.trace, error=str(error))
            steadily(partial(self._give_back, inbound_id), time.monotonic() + _GIVE_BACK_SECONDS)

    def _give_back(self, inbound_id: int) -> None:
        with self._store.transaction() as transaction:
            transaction.raw.execute(_GIVE_BACK, [self._clock.now() + AGAIN, inbound_id])
            transaction.commit()

    def _send_owed(self, inbound_id: int) -> None:
        """Send a reply that was stored for the platform as the connection broke; the platform got `success` instead."""
        now = self._clock.now()
        with self._store.transaction() as transaction:
            row = transaction.raw.execute(_OWED, [inbound_id]).fetchone()
            if row is None or row[3] is None:
                return
            *names, received, reply = row
            channel, account, key, person = names
            incoming = Incoming(Channel(channel), account, key, person, "", received, Kind.UNKNOWN)
            self._say(transaction, incoming, now, lambda turn: reply_from_json(reply))
            transaction.commit()
        self._pipeline.settle(Ended(incoming, reply, late=True))

    def _park(self, inbound_id: int, begun: _Begun) -> None:
        """Leave a message to people, once: an urgent task with its words, an alarm, and an honest word to the person.

        Its words are not looked at again by anything.
        """
        incoming, now = inbound_log.from_json(begun.payload), self._clock.now()
        try:
            with self._store.transaction() as transaction:
                quiet = replace(incoming, text="", media=None)
                person = self._say(transaction, quiet, now, lambda turn: _told_parked(turn, incoming))
                window = window_of(incoming, person, begun.received)
                inbound_log.finish(transaction.raw, incoming, now, reply=[], late=True, window=window)
                transaction.raw.execute(_PARK, [now, Jsonb(begun.payload), inbound_id])
                transaction.commit()
        except LOST:
            raise  # nothing was done; it is tried again
        except inbound_log.AlreadyDone:
            return
        except Exception as error:
            log.exception("parked_untold", inbound=inbound_id, error=type(error).__name__, remedy="see its row")
            with self._store.transaction() as transaction:
                transaction.raw.execute(_PARK, [now, Jsonb(begun.payload), inbound_id])
                transaction.commit()
        self._pipeline.settle(Ended(incoming, [], late=True))
        metrics.PARKED.inc()
        log.error(
            "message_parked", inbound=inbound_id, remedy="its turn died twice; see the task made of it and the logs"
        )

    def _say(
        self, transaction: Transaction, incoming: Incoming, now: datetime, words: Callable[[Turn], Reply]
    ) -> Person:
        """Send somebody words late; return who he is."""
        found = sender_lookup.find(transaction.raw, incoming, now)
        work = Work(incoming, late=True)
        turn = self._pipeline.turn(work, found.person, now, transaction, Session())
        self._pipeline.queue(turn, words(turn))
        transaction.flush()
        return found.person


def _told_parked(turn: Turn, incoming: Incoming) -> Reply:
    """Give the words of a parked message to people; return what its sender is told."""
    if turn.person.is_staff:
        return Reply.text(turn.say("parked.staff"))
    if turn.person.contact_id is None or (incoming.kind is Kind.EVENT and incoming.event not in AWAITED):
        return Reply()
    clockwork = Clockwork(turn.settings.complaint_reply_hours, turn.working_time)
    office = Office(turn.transaction, turn.say, turn.now, clockwork, title=str, trace=turn.trace)
    asked = alarms.parked(office, turn.person.contact_id, incoming.text, occasion=incoming.key)
    return Reply.text(turn.say("parked.told", keeper=asked.manager.name, due=office.when(asked.due_at)))
