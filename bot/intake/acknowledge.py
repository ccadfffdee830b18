"""The five-second contract: claim a message, work on it, answer the platform in time.

Messages are first tried as plain turns, those that wait together; what needs a transaction is done alone, in a thread
of its own. Past the deadline, and when a server is away for too long, the message is kept durably, the platform is told
`success`, and the reply arrives as a customer-service message. Kept means committed in PostgreSQL or, while that is
away, in Redis' append-only file; what neither keeps is not acknowledged, so that the platform delivers it again. A
retry that meets a running first attempt waits for its turn and then gets the stored reply; one that meets a finished
one gets it from Redis.

A person's messages keep their order: while one that was kept is not done, the next is kept behind it, and nothing of
his begins before the message that failed has been kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import redis
import structlog

from bot import metrics
from bot.delivery.spool import Spool
from bot.intake.batcher import Batcher
from bot.intake.deduplication import Deduplicator
from bot.intake.inbound_job import Work
from bot.intake.person_queue import PersonQueues
from bot.intake.pipeline import Pipeline
from bot.intake.promise import Overdue, Promise
from bot.intake.read_only_turns import Outcome, PlainTurns
from bot.messages import Channel, Incoming, Reply
from bot.store.retry import Unavailable

log = structlog.get_logger(__name__)

_KEEP_SECONDS = 0.3
"""How long PostgreSQL may take to keep a message; after it Redis is asked."""
_LAST_SECONDS = 4.85
"""After so long of the platform's five seconds a message that is not kept is not acknowledged any more."""
_AWAY_SECONDS = 0.5
"""So long a reply is waited for while the servers are known to be away. A message that waits its full time then holds a
thread to no avail, and the next ones would find none."""
_COMMIT_SECONDS = 0.05
"""How often is looked whether a commit that meets the deadline came to nothing."""
_LINE = 3
"""Messages of one person that may wait for his turn with the platform; further ones are kept and answered after."""
_KEEPERS = 4
"""Threads that keep late messages; the database's pool has a connection for each beyond the turns'."""
_SOON_SECONDS = 0.5
"""What has not begun after so long together with others is done alone."""


class NotKept(Exception):
    """Neither PostgreSQL nor Redis has the message: it must not be acknowledged."""


class Behind(Exception):
    """An older message of the person was kept and is not done: this one has its turn after it."""


@dataclass(slots=True)
class _Job:
    """A delivery and the reply that is waited for."""

    work: Work
    person: Hashable
    reply: Promise[Reply] = field(default_factory=Promise)
    _gone: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_last(self) -> bool:
        """Tell whether both are through with it now: the turn, which failed, and the request, which keeps it."""
        with self._lock:
            self._gone += 1
            return self._gone > 1


class Acknowledger:
    """Answers deliveries of messages; one a process."""

    def __init__(
        self,
        pipeline: Pipeline,
        plain: PlainTurns,
        deduplicator: Deduplicator,
        spool: Spool,
        *,
        deadline: float,
        threads: int,
    ) -> None:
        self._pipeline = pipeline
        self._plain = plain
        self._deduplicator = deduplicator
        self._spool = spool
        self._deadline = deadline
        self._queues: PersonQueues[_Job] = PersonQueues()
        self._together: Batcher[_Job] = Batcher(self._do_together, name="plain")
        self._alone = ThreadPoolExecutor(threads, thread_name_prefix="turn")
        self._keepers = ThreadPoolExecutor(_KEEPERS, thread_name_prefix="keep")
        self._away = threading.Event()  # a circuit breaker: open until a turn ends well

    def answer(self, incoming: Incoming, signature: str, started: float) -> Reply:
        """Return what to answer now; empty: the platform is told it was received and the reply follows.

        Raises:
            Refused: the signature was used before for another message.
            NotKept: nothing keeps the message, so the platform may not be told that it was received.
        """
        job = _Job(Work(incoming, signature=signature), (incoming.channel, incoming.account, incoming.person))
        try:
            return self._answer(job, started)
        finally:
            if job.is_last() and (after := self._queues.leave(job.person)) is not None:
                self._begin(after)

    def _answer(self, job: _Job, started: float) -> Reply:
        incoming, before = job.work.incoming, self._queues.enter(job.person, job)
        together = before == 0 and incoming.channel is Channel.OFFICIAL
        if together:
            self._together.put(job)
        elif before == 0:
            self._begin(job)
        deadline = min(self._deadline, _AWAY_SECONDS) if self._away.is_set() else self._deadline
        left = deadline - (time.monotonic() - started) if before <= _LINE else 0.0
        try:
            if together and left > _SOON_SECONDS:
                return self._soon(job, left)
            return job.reply.wait(left)
        except Overdue:
            return self._late(job, started + _LAST_SECONDS)
        except Unavailable:
            return self._keep(job.work, started + _LAST_SECONDS, abandoned=True)
        except Behind:
            return self._keep_behind(job.work, started + _LAST_SECONDS)

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
        """Do a turn in its own transaction, and then what waits behind it in its queue."""
        after: _Job | None = job
        while after is not None:
            after = self._end(after, self._run(after.work))

    def _run(self, work: Work) -> Reply | BaseException:
        try:
            settled = None if work.claimed else self._deduplicator.take([work])[0].settled
            if settled is None and work.behind:
                return Behind()
            return settled if settled is not None else self._pipeline.run(work)
        except BaseException as error:  # noqa: BLE001 - it is raised where the reply is awaited
            return error

    def _end(self, job: _Job, outcome: Reply | BaseException) -> _Job | None:
        """Give the reply to who waits for it; return the person's next message, once this one is done or kept."""
        if isinstance(outcome, Unavailable | Behind):
            if isinstance(outcome, Unavailable):
                self._away.set()
            job.reply.fail(outcome)
            if not job.is_last():
                return None  # the request keeps it and goes on
            self._spool.hold(self._pipeline.kept_row(job.work))
            return self._queues.leave(job.person)
        after = self._queues.leave(job.person)
        if isinstance(outcome, BaseException):
            job.reply.fail(outcome)
        else:
            if self._away.is_set():
                self._away.clear()
            job.reply.keep(outcome)
        return after

    def _late(self, job: _Job, until: float) -> Reply:
        """Keep a message whose turn goes on, unless it commits its passive reply this moment.

        Should the platform cut before that commit is through, its retry finds the reply.
        """
        while not job.work.go_late():
            try:
                return job.reply.wait(_COMMIT_SECONDS)
            except Overdue:  # it may have been overtaken and go on alone: then it can go late after all
                if time.monotonic() > until:
                    raise NotKept from None
            except Unavailable:
                return self._keep(job.work, until, abandoned=True)
            except Behind:
                return self._keep_behind(job.work, until)
        return self._keep(job.work, until, abandoned=False)

    def _keep_behind(self, work: Work, until: float) -> Reply:
        """Keep a message after an older one, which may be in Redis: there first, so that their order is kept."""
        if self._put(work, until):
            return Reply()
        return self._keep(work, until, abandoned=True)

    def _keep(self, work: Work, until: float, *, abandoned: bool) -> Reply:
        """Keep a message in PostgreSQL, or in Redis while that is away; return what to answer.

        Raises:
            NotKept: neither has it.
        """
        try:
            kept = self._keepers.submit(self._pipeline.accept, work, abandoned=abandoned)
            reply = kept.result(timeout=_KEEP_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message is not known to be there
            self._away.set()
            log.warning("message_not_kept_in_database", message=work.trace, error=type(error).__name__)
            self._keep_in_redis(work, until)
            return Reply()
        metrics.KEPT.labels("database").inc()
        if abandoned and not reply.parts:
            self._spool.hold(self._pipeline.kept_row(work))
        return reply

    def _keep_in_redis(self, work: Work, until: float) -> None:
        if not self._put(work, until):
            metrics.KEPT.labels("nowhere").inc()
            log.error(
                "message_not_kept", message=work.trace, remedy="PostgreSQL and Redis are away; the platform asks again"
            )
            raise NotKept

    def _put(self, work: Work, until: float) -> bool:
        """Put a message into Redis; return whether it is kept there."""
        try:
            kept = self._spool.put(self._pipeline.kept_row(work), until - time.monotonic())
        except redis.RedisError as error:
            log.warning("message_not_kept_in_redis", message=work.trace, error=type(error).__name__)
            return False
        if kept:
            metrics.KEPT.labels("redis").inc()
        return kept

    def close(self) -> None:
        """Let the running turns end."""
        self._together.close()
        self._alone.shutdown(wait=True)
        self._keepers.shutdown(wait=True)
