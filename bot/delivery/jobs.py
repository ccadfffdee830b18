"""The job queue's contract: names of the jobs and how one is deferred inside the caller's transaction.

Business time never enters here: `scheduled_at` stays empty, a job is always due at once. What waits, waits in the
outbox and becomes a job when the sweep finds it due by the injected clock.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session


class Task(enum.StrEnum):
    """The jobs there are."""

    DELIVER = "deliver"  # outbox_id
    DELIVER_BATCH = "deliver_batch"  # outbox_ids
    RESUME_TURN = "resume_turn"  # inbound_id
    FINISH = "finish"  # platform_id, status: a finish event that came before its message was recorded


class Queue(enum.StrEnum):
    """The queues, so that a worker can be given one of them."""

    DELIVERY = "delivery"
    TURNS = "turns"


class Job(NamedTuple):
    """One job to defer; jobs with the same `lock` run one at a time in the order they were deferred."""

    task: Task
    args: Mapping[str, object]
    lock: str | None = None
    priority: int = 0


_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY(SELECT ROW(j.queue, j.task, j.priority, j.lock, NULL, j.args, NULL)"
    "::procrastinate_job_to_defer_v1 FROM jsonb_to_recordset(CAST(:jobs AS jsonb)) AS j("
    "queue varchar, task varchar, priority integer, lock text, args jsonb)))"
)


DEFER_ROW = (
    "procrastinate_defer_jobs_v1(ARRAY[ROW(%(job_queue)s, %(job_task)s, %(job_priority)s, %(job_lock)s, NULL,"
    " jsonb_build_object('outbox_id', id), NULL)::procrastinate_job_to_defer_v1])"
)
"""SQL that defers the job of a row just inserted, `id` being its id; the parameters are `row_job`'s."""


def row_job(job: Job) -> dict[str, object]:
    """Return the parameters of `DEFER_ROW`; the job's `args` are made by the database."""
    return {"job_queue": Queue.DELIVERY, "job_task": job.task, "job_priority": job.priority, "job_lock": job.lock}


def defer(db: Session, task: Task, args: Mapping[str, object], *, lock: str | None = None, priority: int = 0) -> int:
    """Defer one job in the session's own transaction and return its id."""
    return defer_many(db, [Job(task, args, lock, priority)])[0]


def defer_many(db: Session, jobs: Sequence[Job]) -> list[int]:
    """Defer jobs in one statement of the session's own transaction; they run only if it commits."""
    if not jobs:
        return []
    ids: list[int] = db.execute(_DEFER, {"jobs": json.dumps([_row(job) for job in jobs])}).scalar_one()
    return ids


def resume_turn(db: Session, inbound_id: int, lock: str) -> int:
    """Let a worker finish the turn of an incoming message whose platform was already told `success`."""
    return defer(db, Task.RESUME_TURN, {"inbound_id": inbound_id}, lock=lock, priority=10)


def _row(job: Job) -> dict[str, object]:
    queue = Queue.TURNS if job.task is Task.RESUME_TURN else Queue.DELIVERY
    return {"queue": queue, "task": job.task, "priority": job.priority, "lock": job.lock, "args": dict(job.args)}
