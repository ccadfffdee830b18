"""Messages the platform believes we have: when the process that worked on one died, a worker finishes its turn."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.delivery import jobs

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=30)
"""How long the process that accepted a message may go on alone; its turn holds the person's lock all the while."""

_STALE = text("""
    SELECT id, channel || ':' || account || ':' || person FROM inbound
    WHERE state = 'accepted' AND received_at <= :before AND person IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs job
        WHERE job.status IN ('todo', 'doing') AND job.task_name = 'resume_turn'
          AND (job.args->>'inbound_id')::bigint = inbound.id)
    ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED
""")


def resume(db: Session, now: datetime) -> int:
    """Queue the turns that nobody has finished; return how many."""
    stale = db.execute(_STALE, {"before": now - PATIENCE}).all()
    for inbound_id, person in stale:
        jobs.resume_turn(db, inbound_id, person)
    if stale:
        log.warning("turns_resumed", count=len(stale), remedy="a web process died; see its log")
    return len(stale)
