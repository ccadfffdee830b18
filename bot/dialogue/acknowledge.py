"""The five-second contract: claim a message, work on it, answer the platform in time.

Messages are first tried as plain turns, those that wait together; what needs a transaction is done alone, in a thread
of its own. Past the deadline the message is kept durably, the platform is told `success`, and the reply arrives as a
customer-service message. A retry that meets a running first attempt waits for its turn and then gets the stored reply;
one that meets a finished one gets it from Redis.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from bot.channels.types import Channel, Incoming, Reply
from bot.dialogue.batches import Batches
from bot.dialogue.claims import Claims
from bot.dialogue.lanes import Lanes
from bot.dialogue.pipeline import Pipeline
from bot.dialogue.plain import Outcome, PlainTurns
from bot.dialogue.promise import Overdue, Promise
from bot.dialogue.work import Work

log = structlog.get_logger(__name__)

_KEEP_SECONDS = 0.4
"""How long keeping a late message may take: past the deadline of 4.2 s the platform's five are nearly over."""
_COMMIT_SECONDS = 0.05
"""How often is looked whether a commit that meets the deadline came to nothing."""
_LINE = 3
"""Messages of one person that may wait for his turn with the platform; further ones are kept and answered after."""
_KEEPERS = 4
"""Threads that keep late messages; the database's pool has a connection for each beyond the turns'."""
_SOON_SECONDS = 0.5
"""What has not begun after so long together with others is done alone."""


@dataclass(slots=True)
class _Job:
    """A delivery and the reply that is waited for."""

    work: Work
    lane: Hashable
    reply: Promise[Reply] = field(default_factory=Promise)


class Acknowledger:
    """Answers deliveries of messages; one a process."""

    def __init__(self, pipeline: Pipeline, plain: PlainTurns, claims: Claims, *, deadline: float, threads: int) -> None:
        self._pipeline = pipeline
        self._plain = plain
        self._claims = claims
        self._deadline = deadline
        self._lanes: Lanes[_Job] = Lanes()
        self._together: Batches[_Job] = Batches(self._do_together, name="plain")
        self._alone = ThreadPoolExecutor(threads, thread_name_prefix="turn")
        self._keepers = ThreadPoolExecutor(_KEEPERS, thread_name_prefix="keep")

    def answer(self, incoming: Incoming, signature: str, started: float) -> Reply:
        """Return what to answer now; empty: the platform is told it was received and the reply follows.

        Raises:
            Refused: the signature was used before for another message.
        """
        job = _Job(Work(incoming, signature=signature), (incoming.channel, incoming.account, incoming.person))
        before = self._lanes.enter(job.lane, job)
        together = before == 0 and incoming.channel is Channel.OFFICIAL
        if together:
            self._together.put(job)
        elif before == 0:
            self._begin(job)
        left = self._deadline - (time.monotonic() - started) if before <= _LINE else 0.0
        try:
            if together and left > _SOON_SECONDS:
                return self._soon(job, left)
            return job.reply.wait(left)
        except Overdue:
            return self._late(job)

    def _soon(self, job: _Job, left: float) -> Reply:
        """Wait for the reply; what does not get its turn together with others is done alone."""
        try:
            return job.reply.wait(_SOON_SECONDS)
        except Overdue:
            if job.work.take():
                self._together.relieve()
                self._begin(job)
        return job.reply.wait(left - _SOON_SECONDS)

    def _do_together(self, jobs: Sequence[_Job]) -> None:
        outcomes: dict[int, Outcome] = {}
        try:
            self._plain.answer([job.work for job in jobs], outcomes)
        except Exception as error:
            log.error("plain_turns_failed", exc_info=error, remedy="each is done alone now; report the traceback")
        outcomes |= {place: None for place, job in enumerate(jobs) if place not in outcomes and job.work.take()}
        for place, outcome in outcomes.items():
            after = jobs[place] if outcome is None else self._end(jobs[place], outcome)
            if after is not None:
                self._begin(after)

    def _begin(self, job: _Job) -> None:
        """Do a turn alone, in a thread of its own if one can be had."""
        try:
            self._alone.submit(self._do_alone, job)
        except RuntimeError:
            self._do_alone(job)

    def _do_alone(self, job: _Job) -> None:
        """Do a turn in its own transaction, and then what waits behind it in its lane."""
        after: _Job | None = job
        while after is not None:
            after = self._end(after, self._run(after.work))

    def _run(self, work: Work) -> Reply | BaseException:
        try:
            settled = None if work.claimed else self._claims.take([work])[0].settled
            return settled if settled is not None else self._pipeline.run(work)
        except BaseException as error:  # noqa: BLE001 - it is raised where the reply is awaited
            return error

    def _end(self, job: _Job, outcome: Reply | BaseException) -> _Job | None:
        """Give the reply to who waits for it; return the person's next message."""
        after = self._lanes.leave(job.lane)
        if isinstance(outcome, BaseException):
            job.reply.fail(outcome)
        else:
            job.reply.keep(outcome)
        return after

    def _late(self, job: _Job) -> Reply:
        work = job.work
        while not work.go_late():
            # The turn commits its passive reply this moment. Should the platform cut first, its retry finds it.
            try:
                return job.reply.wait(_COMMIT_SECONDS)
            except Overdue:  # it may have been overtaken and go on alone: then it can go late after all
                continue
        kept = self._keepers.submit(self._pipeline.accept, work.incoming)
        try:
            kept.result(timeout=_KEEP_SECONDS)
        except TimeoutError:
            log.error("late_message_not_kept_in_time", message=work.trace, remedy="the database is slow; see its log")
        except Exception as error:  # noqa: BLE001 - no database: the running turn is all there is
            log.error("late_message_not_kept", message=work.trace, error=type(error).__name__)
        return Reply()

    def close(self) -> None:
        """Let the running turns end."""
        self._together.close()
        self._alone.shutdown(wait=True)
        self._keepers.shutdown(wait=True)
