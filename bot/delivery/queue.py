"""The job queue as a worker sees it: one connection, several jobs a look, nothing asked twice.

Procrastinate's own connector asks the server four times for each statement (is it alive, begin, do, commit) and takes
one job a look. Here each statement is its own transaction on one connection: when that breaks, everything of this
worker breaks, and it starts anew under another number, so no job stays in the name of a worker that forgot it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import psycopg
from procrastinate.connector import BaseAsyncConnector, Notify
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from bot.delivery.jobs import Task
from bot.store.session import CONNECT_SECONDS

GATHER_SECONDS = 0.2
"""After it was woken a worker is not woken again for so long: under load it finds several jobs at a look."""
_ALIVE_SECONDS = 30.0

_FETCH = """
    WITH RECURSIVE taken AS (
      SELECT 1 AS number, job.* FROM procrastinate_fetch_job_v2(%(queues)s::varchar[], %(worker_id)s) job
      UNION ALL
      SELECT number + 1, job.*
      FROM taken, LATERAL procrastinate_fetch_job_v2(%(queues)s::varchar[], %(worker_id)s + 0 * number) job
      WHERE taken.id IS NOT NULL AND number < %(wanted)s)
    SELECT id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name, attempts, worker_id
    FROM taken WHERE id IS NOT NULL ORDER BY number
"""
"""The queue's own function, called until it finds nothing: each call sees what the ones before it took.

`0 * number` ties a call to the row before it; otherwise the planner may call first and throw the job away after.
"""

_REMOVE = "DELETE FROM procrastinate_jobs WHERE id = ANY(%(ids)s) AND status IN ('todo', 'doing')"
_END = """
    UPDATE procrastinate_jobs
    SET status = %(status)s, abort_requested = false, attempts = attempts + (status = 'doing')::integer
    WHERE id = ANY(%(ids)s) AND status IN ('todo', 'doing')
"""
"""What the queue's own function does, for several jobs, of which some may be gone: a round removes its own."""


class Connector(BaseAsyncConnector):
    """The queue's statements on one connection, and the notices of new jobs on another."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._held: psycopg.AsyncConnection[DictRow] | None = None

    async def open_async(self, pool: object = None) -> None:
        """Connect."""
        del pool
        self._held = await _connect(self._url)

    async def close_async(self) -> None:
        """Close the connection."""
        if self._held is not None:
            await self._held.close()
            self._held = None

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        """Run a statement."""
        async with self._run(query, arguments):
            pass

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        """Return the only row."""
        async with self._run(query, arguments) as cursor:
            row = await cursor.fetchone()
        if row is None:
            raise ConnectorException("the queue gave no row")
        return row

    async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        """Return all rows."""
        async with self._run(query, arguments) as cursor:
            return await cursor.fetchall()

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Tell of new jobs: at once after a quiet time, then together what came within `GATHER_SECONDS`."""
        names = [sql.Identifier(channel) for channel in channels]
        while True:
            async with await _connect(self._url) as connection:
                with suppress(psycopg.OperationalError):  # this connection alone broke: the next one hears again
                    for name in names:
                        await connection.execute(sql.SQL("LISTEN {}").format(name))
                    await self._tell(connection, on_notification)

    async def _tell(self, connection: psycopg.AsyncConnection[DictRow], on_notification: Notify) -> None:
        while True:
            heard = False
            async for notice in connection.notifies(timeout=_ALIVE_SECONDS, stop_after=1):
                await on_notification(channel=notice.channel, payload=notice.payload)
                heard = True
            if heard:
                await asyncio.sleep(GATHER_SECONDS)
            else:
                await connection.execute("SELECT 1")

    @asynccontextmanager
    async def _run(self, query: str, arguments: dict[str, Any]) -> AsyncIterator[psycopg.AsyncCursor[DictRow]]:
        if self._held is None:
            raise ConnectorException("not connected")
        try:
            yield await self._held.execute(query.encode(), arguments)
        except psycopg.Error as error:
            raise ConnectorException from error


async def _connect(url: str) -> psycopg.AsyncConnection[DictRow]:
    try:
        return await psycopg.AsyncConnection.connect(
            url, autocommit=True, row_factory=dict_row, prepare_threshold=3, connect_timeout=CONNECT_SECONDS
        )
    except psycopg.Error as error:
        raise ConnectorException from error


class Jobs(JobManager):
    """Takes as many jobs a look as there is room for; `room` is how many run at once.

    The deliveries of a look go together: the first is handed out, and who runs it asks for its `companions`. However
    many jobs a round delivers, it costs the worker's loop one.
    """

    def __init__(self, connector: Connector, room: int) -> None:
        super().__init__(connector)
        self._room = room
        self._taken: deque[Job] = deque()
        self._companions: dict[int | None, list[Job]] = {}
        self._running = 0
        self._emptied = False  # the last look found all there was, and nothing has happened since
        self._heard = False
        self._removed: set[int | None] = set()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Return the next job, None when there is none."""
        if not self._taken and not self._emptied:
            await self._look(queues, worker_id)
        self._emptied = self._emptied and bool(self._taken)
        if not self._taken:
            return None
        job = self._taken.popleft()
        self._running += 1 + len(self._companions.get(job.id, ()))
        return job

    async def _look(self, queues: Iterable[str] | None, worker_id: int) -> None:
        wanted = max(1, self._room - self._running)
        looking = True
        while looking:
            self._heard = False
            rows = await self.connector.execute_query_all_async(
                _FETCH, queues=queues, worker_id=worker_id, wanted=wanted
            )
            looking = self._heard and not rows
        self._emptied = len(rows) < wanted and not self._heard
        found = [Job.from_row(row) for row in rows]
        deliveries = [job for job in found if job.task_name == Task.DELIVER]
        self._taken.extend(job for job in found if job.task_name != Task.DELIVER or job is deliveries[0])
        if len(deliveries) > 1:
            self._companions[deliveries[0].id] = deliveries[1:]

    def companions(self, job: Job) -> list[Job]:
        """Return the deliveries that were taken together with `job`; they are run with it."""
        return self._companions.get(job.id, [])

    def removed(self, job_ids: Collection[int | None]) -> None:
        """Note jobs that were removed with the record of what they did."""
        self._removed.update(job_ids)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Put a job and its companions away, but for those that were removed."""
        ids = {each.id for each in (job, *self._companions.pop(job.id, []))}
        left = sorted(ids - self._removed, key=str)
        self._removed -= ids
        self._ended(len(ids))
        if left:
            query = _REMOVE if delete_job else _END
            await self._surely(lambda: self.connector.execute_query_async(query, ids=left, status=status.value))

    async def _surely(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it, or end this worker: a job that it forgot would hold its lock as long as the worker lives."""
        with suppress(ConnectorException):
            return await work()
        try:
            return await work()
        except ConnectorException:
            await self.connector.close_async()
            raise

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job back."""
        self._ended(1)
        again = super().retry_job
        await self._surely(lambda: again(job, retry_at, priority, queue, lock))

    async def unregister_worker(self, worker_id: int) -> None:
        """Put back what was taken and not begun, and sign off."""
        while self._taken:
            job = self._taken.popleft()
            for each in [job, *self._companions.pop(job.id, [])]:
                await super().retry_job(each)
        await super().unregister_worker(worker_id)

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Tell of new jobs."""

        async def hear(**notice: Any) -> None:
            self._heard, self._emptied = True, False
            await on_notification(**notice)

        await super().listen_for_jobs(on_notification=hear, queues=queues)

    def _ended(self, count: int) -> None:
        """Count jobs that ended: their locks may have held back others."""
        self._running -= count
        self._emptied = False
