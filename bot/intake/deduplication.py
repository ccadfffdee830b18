"""Deduplication (idempotency): each message is worked on once, each signature serves one message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import redis
import structlog

from bot import metrics
from bot.channels.errors import Refused
from bot.intake.inbound_job import Work
from bot.intake.sender_lookup import NOT_COMING
from bot.messages import Reply, reply_from_json
from bot.store import redis_keys
from bot.store.redis_pipeline import Command, ask

log = structlog.get_logger(__name__)

_RUNNING = b"-"
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Claim:
    """What was known of a delivery, and of its person's conversation."""

    settled: Reply | Refused | None = None  # the stored reply of a finished message, or why the delivery is refused
    session: str | None = None  # None: read it under the person's lock


class Deduplicator:
    """Mark messages and signatures as seen; one a process."""

    def __init__(self, client: redis.Redis, *, window_seconds: int) -> None:
        self._redis = client
        self._signature_seconds = 2 * window_seconds

    def take(self, works: Sequence[Work]) -> list[Claim]:
        """Claim deliveries, read the conversations and whether older messages were kept, in one round trip.

        Without Redis every delivery goes on: the database alone stops duplicates then, only less cheaply.
        """
        commands: list[Command] = []
        sessions: list[str] = []
        for work in works:
            incoming, name = work.incoming, redis_keys.message(work.incoming)
            commands.append(
                ("SET", redis_keys.signature(work.signature), name, "NX", "GET", "EX", self._signature_seconds)
            )
            commands.append(("SET", name, _RUNNING, "NX", "GET", "EX", _SECONDS))
            session = redis_keys.session(incoming.channel, incoming.account, incoming.person)
            sessions += (
                session,
                redis_keys.staged(session),
                redis_keys.kept(incoming.channel, incoming.account, incoming.person),
            )
        try:
            *found, stored = ask(self._redis, *commands, ("MGET", *sessions))
        except redis.RedisError as error:
            log.warning("claim_without_redis", error=type(error).__name__)
            return [Claim()] * len(works)
        for work, kept in zip(works, stored[2::3], strict=True):
            waits = kept is not None and kept.decode() != work.incoming.key
            work.behind = waits and work.incoming.event not in NOT_COMING  # who leaves is forgotten at once
        pairs = zip(found[::2], found[1::2], stored[::3], stored[1::3], strict=True)
        return [self._claim(work, *pair) for work, pair in zip(works, pairs, strict=True)]

    def _claim(
        self, work: Work, owner: bytes | None, held: bytes | None, session: bytes | None, pending: bytes | None
    ) -> Claim:
        if owner is not None and owner.decode() != redis_keys.message(work.incoming):
            return Claim(Refused(403, "replay"))
        work.claimed = True
        if held is None:
            return Claim(None, None if pending is not None else (session or b"").decode())
        metrics.RETRIES.inc()
        if held == _RUNNING:
            return Claim()
        metrics.DUPLICATES.inc()
        return Claim(reply_from_json(json.loads(held)["reply"]))
