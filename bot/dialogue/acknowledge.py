"""The five-second contract: claim a message, work on it, answer the platform in time.

The work runs in a thread of its own. Past the deadline the message is kept durably, the platform is told `success`,
and the reply arrives as a customer-service message. A retry that meets a running first attempt waits for its turn
and then gets the stored reply; one that meets a finished one gets it from Redis at once.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as DeadlinePassed
from functools import partial
from typing import cast

import redis
import structlog

from bot import metrics
from bot.channels.errors import Refused
from bot.channels.types import Incoming, Reply, reply_from_json
from bot.dialogue import keys
from bot.dialogue.exchange import ask
from bot.dialogue.lanes import Lanes
from bot.dialogue.pipeline import Pipeline, Work

log = structlog.get_logger(__name__)

_RUNNING = b"-"
_CLAIM_SECONDS = 120
_KEEP_SECONDS = 0.4
"""How long keeping a late message may take: past the deadline of 4.2 s the platform's five are nearly over."""
_LINE = 3
"""Messages of one person that may wait for his turn with the platform; further ones are kept and answered after."""
_KEEPERS = 4
"""Threads that keep late messages; never more than the connections the database's pool has beyond the turns'."""


class Acknowledger:
    """Answers deliveries of messages; one a process."""

    def __init__(
        self, pipeline: Pipeline, client: redis.Redis, *, deadline: float, window_seconds: int, threads: int
    ) -> None:
        self._pipeline = pipeline
        self._redis = client
        self._deadline = deadline
        self._signature_seconds = 2 * window_seconds
        self._turns: Lanes[Reply] = Lanes(threads, "turn")
        self._keepers = ThreadPoolExecutor(_KEEPERS, thread_name_prefix="keep")

    def answer(self, incoming: Incoming, signature: str, started: float) -> Reply:
        """Return what to answer now; empty: the platform is told it was received and the reply follows.

        Raises:
            Refused: the signature was used before for another message.
        """
        stored = self._claim(incoming, signature)
        if stored is not None:
            metrics.DUPLICATES.inc()
            return stored
        work = Work(incoming)
        person = (incoming.channel, incoming.account, incoming.person)
        future, before = self._turns.submit(person, partial(self._pipeline.run, work))
        left = self._deadline - (time.monotonic() - started) if before <= _LINE else 0.0
        try:
            return future.result(timeout=max(0.0, left))
        except DeadlinePassed:
            return self._late(work, future)

    def _late(self, work: Work, future: Future[Reply]) -> Reply:
        if not work.go_late():
            # The turn commits its passive reply this moment. Should the platform cut first, its retry finds it.
            return future.result()
        kept = self._keepers.submit(self._pipeline.accept, work.incoming)
        try:
            kept.result(timeout=_KEEP_SECONDS)
        except DeadlinePassed:
            log.error("late_message_not_kept_in_time", message=work.trace, remedy="the database is slow; see its log")
        except Exception as error:  # noqa: BLE001 - no database: the running turn is all there is
            log.error("late_message_not_kept", message=work.trace, error=type(error).__name__)
        return Reply()

    def _claim(self, incoming: Incoming, signature: str) -> Reply | None:
        """Mark signature and message as seen; return the stored reply of a finished message.

        Without Redis every delivery goes on: the database alone stops duplicates then, only less cheaply.
        """
        name = keys.message(incoming)
        try:
            owner, held = cast(
                list[bytes | None],
                ask(
                    self._redis,
                    ("SET", keys.signature(signature), name, "NX", "GET", "EX", self._signature_seconds),
                    ("SET", name, _RUNNING, "NX", "GET", "EX", _CLAIM_SECONDS),
                ),
            )
        except redis.RedisError as error:
            log.warning("claim_without_redis", error=type(error).__name__)
            return None
        if owner is not None and owner.decode() != name:
            raise Refused(403, "replay")
        if held is None:
            return None
        metrics.RETRIES.inc()
        return None if held == _RUNNING else reply_from_json(json.loads(held)["reply"])

    def close(self) -> None:
        """Let the running turns end."""
        self._turns.close()
        self._keepers.shutdown(wait=True)
