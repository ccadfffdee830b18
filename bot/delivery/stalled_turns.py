"""Messages the platform believes we have: when nobody finishes the turn of one, a worker does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.delivery import jobs
from bot.delivery.spool import Spool

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=30)
"""How long the process that accepted a message may go on alone; its turn holds the person's lock all the while."""

_STALE = text("""
    SELECT id, channel || ':' || account || ':' || person FROM inbound
    WHERE resume_at <= :now AND person IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs job
        WHERE job.status IN ('todo', 'doing') AND job.task_name = 'resume_turn'
          AND (job.args->>'inbound_id')::bigint = inbound.id)
    ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED
""")


def parked(connection: Connection[Any]) -> int:
    """Return how many messages are left to people because their turns died (`bot.intake.resume`)."""
    row = connection.execute("SELECT count(*) FROM inbound WHERE state = 'parked'").fetchone()
    return int(row[0]) if row is not None else 0


def resume(spool: Spool, db: Session, now: datetime) -> int:
    """Move what was kept in Redis into the database and queue the turns that nobody has finished; return how many.

    While Redis is away none is queued: without their conversations they could not be done.
    """
    if not spool.drain(db, now):
        return 0
    stale = db.execute(_STALE, {"now": now}).all()
    for inbound_id, person in stale:
        jobs.resume_turn(db, inbound_id, person)
    if stale:
        log.warning("turns_resumed", count=len(stale), remedy="a server was away or a web process died; see the logs")
    return len(stale)
