"""A durable buffer (spool) in Redis for messages that came while PostgreSQL was away.

What is in it is in Redis' append-only file before the platform is told `success`. The scheduler moves it into
`inbound` as soon as PostgreSQL answers; the unique key there makes a message that is moved twice one message.

A mark beside it names the last message of a person that was kept, here or in PostgreSQL, and is not done: what he says
after it is kept behind it, so that it is not answered first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import redis
import structlog
from psycopg import Connection
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from bot.store import redis_keys
from bot.store.session import driver

log = structlog.get_logger(__name__)

KEY = "tiexin:spool"
MARK_SECONDS = 24 * 3600
"""So long a mark holds that nothing takes away; the next message, kept behind it, does so when it is done."""
_BATCH = 500
_LOCK = 7_418_228  # any fixed number: whoever empties the spool holds it

_INSERT = """
INSERT INTO inbound (channel, account, key, person, kind, text, payload, state, late, received_at, resume_at)
VALUES (%(channel)s, %(account)s, %(key)s, %(person)s, %(kind)s, %(text)s, %(payload)s, 'accepted', true,
        %(received_at)s, %(resume_at)s)
ON CONFLICT (channel, account, key) DO NOTHING
"""

_ACCEPT = f"""
WITH put AS ({_INSERT} RETURNING id)
SELECT reply FROM inbound
WHERE channel = %(channel)s AND account = %(account)s AND key = %(key)s AND state <> 'accepted'
  AND NOT EXISTS (SELECT FROM put)
"""  # noqa: S608 - our own words

_FOUND = """
FROM inbound i JOIN unnest(%(channels)s::text[], %(accounts)s::text[], %(keys)s::text[]) AS y(channel, account, key)
  ON i.channel = y.channel AND i.account = y.account AND i.key = y.key
"""
_OWED = "i.state = 'done' AND NOT i.late AND jsonb_array_length(i.reply) > 0"
"""The turn was committed as its connection broke, so the platform got `success` in place of the stored reply."""

_SETTLED = f"SELECT i.key {_FOUND} WHERE NOT ({_OWED})"
_OWE = f"""
UPDATE inbound SET resume_at = %(now)s, late = true WHERE id IN (SELECT i.id {_FOUND} WHERE {_OWED})
"""  # noqa: S608 - our own words


def _mark_of(row: Mapping[str, Any]) -> str:
    return redis_keys.kept(row["channel"], row["account"], row["person"])


def accept(connection: Connection[Any], row: Mapping[str, Any], resume_at: datetime) -> list[Any] | None:
    """Keep a message in the database; a worker takes it up at `resume_at` if nobody has finished it by then.

    Return the stored reply when it was finished already, None otherwise.
    """
    found = connection.execute(_ACCEPT, {**row, "payload": Jsonb(row["payload"]), "resume_at": resume_at}).fetchone()
    return found[0] or [] if found is not None else None


class Spool:
    """The buffer; the client's timeout bounds how long `put` may take."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def put(self, row: Mapping[str, Any], seconds: float) -> bool:
        """Keep a message (`bot.intake.inbound_log.accepted_row`); return whether it is in the append-only file.

        That is waited for so long. Servers before 7.2 cannot be asked; they write the file before they answer and force
        it to the disk as `appendfsync` says. What is not known to be kept is taken out again.

        Raises:
            redis.RedisError: the server is away.
        """
        entry = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        pipe = self._redis.pipeline(transaction=False)
        pipe.rpush(KEY, entry)
        pipe.set(_mark_of(row), row["key"], ex=MARK_SECONDS)
        pipe.execute_command("WAITAOF", 1, 0, max(1, int(seconds * 1000)))  # type: ignore[no-untyped-call]
        pushed, _, forced = pipe.execute(raise_on_error=False)
        if isinstance(pushed, Exception):
            raise pushed
        kept = self._is_forced(forced)
        if not kept:
            self._redis.lrem(KEY, -1, entry)
            self._redis.delete(_mark_of(row))
        return kept

    def hold(self, row: Mapping[str, Any]) -> None:
        """Mark that a message was kept in PostgreSQL and is not done; without Redis the next one is not held up."""
        try:
            self._redis.set(_mark_of(row), row["key"], ex=MARK_SECONDS)
        except redis.RedisError as error:
            log.warning("kept_message_not_marked", error=type(error).__name__)

    def _is_forced(self, answer: Any) -> bool:
        if isinstance(answer, redis.ResponseError) and "unknown command" in str(answer).lower():
            return bool(self._redis.info("persistence").get("aof_enabled"))
        if isinstance(answer, Exception):
            log.error("spool_not_durable", error=str(answer), remedy="set `appendonly yes` in Redis; see app.py doctor")
            return False
        return bool(answer[0])

    def depth(self) -> int:
        """Return how many messages wait in it."""
        return int(self._redis.llen(KEY))

    def close(self) -> None:
        """Close its connections."""
        self._redis.close()

    def forget(self, channel: str, account: str, person: str) -> None:
        """Take out what a person who left had said: he is not to be answered any more, and it is not to be kept.

        Raises:
            redis.RedisError: the server is away.
        """
        entries: Sequence[bytes] = self._redis.lrange(KEY, 0, -1)  # type: ignore[assignment]
        for entry in entries:
            row = json.loads(entry)
            if (row["channel"], row["account"], row["person"]) == (channel, account, person):
                self._redis.lrem(KEY, 1, entry)  # type: ignore[arg-type]

    def drain(self, db: Session, now: datetime) -> bool:
        """Move what waits into the database, oldest first; return whether Redis answers.

        An entry is removed when it is looked at again after the transaction that moved it: a crash in between moves it
        once more, to no effect.
        """
        try:
            entries: Sequence[bytes] = self._redis.lrange(KEY, 0, _BATCH - 1)  # type: ignore[assignment]
            if entries:
                self._move(driver(db), entries, now)
        except redis.RedisError as error:
            log.warning("spool_without_redis", error=type(error).__name__)
            return False
        return True

    def _move(self, connection: Connection[Any], entries: Sequence[bytes], now: datetime) -> None:
        taken = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK]).fetchone()
        if taken is None or not taken[0]:
            return
        rows = [json.loads(entry) for entry in entries]
        names = {"channels": [row["channel"] for row in rows], "accounts": [row["account"] for row in rows]}
        names["keys"] = [row["key"] for row in rows]
        settled = {key for (key,) in connection.execute(_SETTLED, names)}
        pipe = self._redis.pipeline(transaction=False)
        for entry, row in zip(entries, rows, strict=True):
            if row["key"] in settled:
                pipe.lrem(KEY, 1, entry)  # type: ignore[arg-type]
        pipe.execute()
        connection.execute(_OWE, {**names, "now": now})
        new = [{**row, "payload": Jsonb(row["payload"]), "resume_at": now} for row in rows if row["key"] not in settled]
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, new)
        if new:
            log.warning("spool_moved", count=len(new), remedy="none: PostgreSQL was away and is back")
