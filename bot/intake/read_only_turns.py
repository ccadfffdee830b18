"""Read-only (plain) turns, in batches: those that change nothing but the conversation.

Three messages of four only ask. They need no transaction of their own and no lock while they are worked on, so those
that wait are looked up together, answered one after the other and committed together: four round trips in all.

    look      who the persons are, and how many turns of theirs were committed
    claim     message and signature are marked as seen, the conversations are read
    answer    the handlers; one that needs more of the database than a look gives its turn up
    finish    written as done, unless a turn of the same person runs or was committed since the look
    settle    the conversations move on and the replies are kept for retries

A turn that is given up, or was overtaken, is as if it had not begun: it is done alone, in its own transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.errors import Refused
from bot.dialogue.sessions import Ended, Session
from bot.dialogue.turn import Turn
from bot.intake import inbound_log
from bot.intake.deduplication import Claim, Deduplicator
from bot.intake.inbound_job import Work
from bot.intake.pipeline import Pipeline, form_in, window_of
from bot.intake.sender_lookup import NOT_COMING, Look, look
from bot.messages import Reply, reply_to_json
from bot.store.session import NeedsTransaction, Reading, Store

log = structlog.get_logger(__name__)

Outcome = Reply | Refused | None
"""The reply, or why the delivery is refused; None: it has to be done alone."""


@dataclass(slots=True)
class _Answered:
    """A turn that was answered and waits to be committed."""

    work: Work
    turn: Turn
    reply: Reply
    before: str
    after: str
    turns: int

    def ended(self, reply: list[dict[str, Any]], number: int) -> Ended:
        """Return it as it was committed."""
        return Ended(self.work.incoming, reply, number, self.before, self.after)

    def row(self) -> inbound_log.PlainlyDone:
        """Return what is written of it."""
        turn, incoming = self.turn, self.work.incoming
        window = window_of(incoming, turn.person, turn.now)
        assert window is not None, "a plain turn is a contact's"
        return inbound_log.PlainlyDone(
            incoming, turn.now, reply_to_json(self.reply), (turn.outcome or "", turn.item), self.turns, window
        )


class PlainTurns:
    """Does plain turns together; one a process, used by few threads."""

    def __init__(self, pipeline: Pipeline, deduplicator: Deduplicator, store: Store) -> None:
        self._pipeline = pipeline
        self._deduplicator = deduplicator
        self._store = store

    def answer(self, works: Sequence[Work], outcomes: dict[int, Outcome]) -> None:
        """Write into `outcomes` by place what came of each customer's delivery; what another took is missing.

        What is in it holds also when an error ends the rest.
        """
        try:
            with self._store.at_once() as connection:
                self._answer_all(works, connection, outcomes)
        except (psycopg.Error, SQLAlchemyError) as error:
            log.warning("plain_turns_without_database", error=type(error).__name__, remedy="each is done alone now")

    def _answer_all(
        self, works: Sequence[Work], connection: psycopg.Connection[Any], outcomes: dict[int, Outcome]
    ) -> None:
        looks = look(connection, [work.incoming for work in works])
        claims = self._deduplicator.take(works)
        answered: dict[int, _Answered] = {}
        for place, (work, seen, claim) in enumerate(zip(works, looks, claims, strict=True)):
            if not work.take():
                continue
            outcomes[place] = claim.settled
            if claim.settled is None and seen is not None and (done := self._answer(connection, work, seen, claim)):
                answered[place] = done
        ready = {place: done for place, done in answered.items() if done.work.go_passive()}
        if ready:
            outcomes |= self._finish(connection, ready)

    def _answer(self, connection: psycopg.Connection[Any], work: Work, seen: Look, claim: Claim) -> _Answered | None:
        """Answer one message; None when it is no plain turn."""
        if work.behind or work.incoming.event in NOT_COMING or claim.session is None or form_in(claim.session):
            return None
        now = self._pipeline.now()
        session = Session.parse(claim.session, now)
        with structlog.contextvars.bound_contextvars(message=work.trace):
            turn = self._pipeline.turn(work, seen.person, now, Reading(connection), session)
            try:
                reply = self._pipeline.plainly(turn)
            except NeedsTransaction:
                return None
            except Exception as error:  # noqa: BLE001 - done alone it fails again, and is told and logged there
                log.warning("plain_turn_failed", error=type(error).__name__)
                return None
        after = session.dump()
        return None if form_in(after) else _Answered(work, turn, reply, claim.session, after, seen.turns)

    def _finish(self, connection: psycopg.Connection[Any], ready: dict[int, _Answered]) -> dict[int, Outcome]:
        """Commit what was answered in time; what was overtaken goes on alone."""
        rows = {place: done.row() for place, done in ready.items()}
        written: dict[int, int] = {}
        try:
            written = inbound_log.finish_plain(connection, rows)
        finally:
            for place in ready.keys() - written.keys():
                ready[place].work.go_on()
        self._pipeline.settle(*(ready[place].ended(rows[place].reply, number) for place, number in written.items()))
        for place in written:
            ready[place].work.log_done(late=False)
        return {place: ready[place].reply for place in written}
