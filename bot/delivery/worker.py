"""The worker: takes jobs from the queue and runs them until it is asked to stop.

Start as many as needed; the queue gives each job to one of them, and jobs with the same lock run in order. Jobs are
idempotent: a job that runs twice finds its row done.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from bot.clock import Clock
from bot.config import Settings
from bot.delivery import receipts
from bot.delivery.batch_sender import BatchSender
from bot.delivery.jobs import Queue, Task
from bot.delivery.queue import Connector, Jobs
from bot.delivery.sender import Order, Sender
from bot.delivery.sweep import sweep
from bot.delivery.transports import Transports
from bot.knowledge.texts import TextBook
from bot.store.session import Store
from bot.watchdog import Watchdog

log = structlog.get_logger(__name__)

CONCURRENCY = 8
HEARTBEAT_SECONDS = 3.0
POLL_SECONDS = 0.3  # nothing wakes the queue when a lock is released: the next message of that person waits this long
RECONNECT_SECONDS = 2.0
_FINISH_LOOKS = 4
"""So often is looked for the message of a finish event; an account's other senders cause events that are not ours."""
_FINISH_RETRIES = procrastinate.RetryStrategy(max_attempts=_FINISH_LOOKS, wait=2)


class NotRecordedYetError(Exception):
    """A finish event whose message is not recorded: looked at again a little later."""


@dataclass(frozen=True)
class Worker:
    """What the jobs need. `resume_turn` finishes the turn of an accepted message by its inbound id."""

    settings: Settings
    store: Store
    clock: Clock
    sender: Sender
    resume_turn: Callable[[int], None]
    watchdog: Watchdog | None = None

    def finish(self, context: procrastinate.JobContext, platform_id: str, status: str) -> None:
        """Record a finish event that overtook the record of its message; the last look takes a stranger's for one.

        Raises:
            NotRecordedYetError: no such message yet; the job looks again.
        """
        with self.store.begin() as db:
            found = receipts.apply(db, platform_id, status, self.clock.now())
        if found:
            return
        if context.job.attempts < _FINISH_LOOKS - 1:
            raise NotRecordedYetError(platform_id)
        log.info("finish_of_unknown_message", platform_id=platform_id, status=status)

    def app(self, batch_sender: BatchSender) -> procrastinate.App:
        """Return the queue's application with these jobs."""
        connector = Connector(self.settings.database_url)
        app = procrastinate.App(connector=connector)
        app.job_manager = taken = Jobs(connector, batch_sender.room)

        async def deliver(context: procrastinate.JobContext, outbox_id: int) -> None:
            del outbox_id  # the job has it
            orders = [_order(job) for job in (context.job, *taken.companions(context.job))]
            left = await batch_sender.deliver(orders)
            taken.removed({order.job_id for order in orders if order not in left})

        def deliver_batch(outbox_ids: list[int]) -> None:
            for outbox_id in outbox_ids:
                batch_sender.send([Order(outbox_id)])

        app.task(name=Task.DELIVER, queue=Queue.DELIVERY, pass_context=True)(deliver)
        app.task(name=Task.DELIVER_BATCH, queue=Queue.DELIVERY)(deliver_batch)
        app.task(name=Task.FINISH, queue=Queue.DELIVERY, retry=_FINISH_RETRIES, pass_context=True)(self.finish)
        app.task(name=Task.RESUME_TURN, queue=Queue.TURNS)(self._resume_turn)
        return app

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set or the process gets SIGTERM or SIGINT; running jobs are finished first."""
        asyncio.run(self._run(stop))

    def drain(self) -> None:
        """Do everything that is due now, also what becomes due by doing it, and return."""
        asyncio.run(self._drain())

    def _resume_turn(self, inbound_id: int) -> None:
        self.resume_turn(inbound_id)

    async def _run(self, stop: threading.Event) -> None:
        _stop_on_signals(stop)
        beats = asyncio.create_task(_beat(self.watchdog)) if self.watchdog is not None else None
        try:
            await self._go_on(stop)
        finally:
            if beats is not None:
                beats.cancel()

    async def _go_on(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                await self._work_until(stop)
            except (ConnectorException, OSError) as error:
                log.error("worker_lost_database", error=type(error).__name__, remedy="see the database's log")
                await asyncio.to_thread(stop.wait, RECONNECT_SECONDS)

    async def _work_until(self, stop: threading.Event) -> None:
        batch_sender = BatchSender(self.sender, CONCURRENCY)
        app = self.app(batch_sender)
        with closing(batch_sender):
            async with app.open_async():
                await self._until(stop, asyncio.create_task(_worker(app, wait=True, concurrency=CONCURRENCY)))

    async def _until(self, stop: threading.Event, work: asyncio.Task[None]) -> None:
        """Let the work go on until `stop`; when it ends before, raise what ended it."""
        ended = asyncio.create_task(asyncio.to_thread(stop.wait))
        await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            return
        stopped = stop.is_set()
        stop.set()  # lets the waiting thread go
        await ended
        if not stopped:
            stop.clear()
        work.result()

    async def _drain(self) -> None:
        batch_sender = BatchSender(self.sender, 1)  # more at once would leave behind what a lock holds back
        app = self.app(batch_sender)
        with closing(batch_sender):
            async with app.open_async():
                while True:
                    await _worker(app, wait=False, concurrency=1)
                    if not await asyncio.to_thread(self._sweep):
                        return

    def _sweep(self) -> int:
        with self.store.begin() as db:
            return sweep(db, self.clock.now())


def run_worker(
    settings: Settings,
    *,
    store: Store,
    clock: Clock,
    transports: Transports,
    book: TextBook,
    resume_turn: Callable[[int], None],
    stop: threading.Event | None = None,
    once: bool = False,
    watchdog: Watchdog | None = None,
) -> None:
    """Run a worker until `stop`; with `once` do everything that is due and return (tests and the demo's settling)."""
    sender = Sender(store, clock, settings, book, transports)
    worker = Worker(settings, store, clock, sender, resume_turn, watchdog)
    if once:
        worker.drain()
    else:
        worker.run(stop or threading.Event())


def _order(job: Job) -> Order:
    return Order(int(str(job.task_kwargs["outbox_id"])), job.id)


async def _beat(watchdog: Watchdog) -> None:
    """Tell the watchdog that the loop goes on, which starts and ends every job."""
    while True:
        watchdog.beat()
        await asyncio.sleep(watchdog.every)


async def _worker(app: procrastinate.App, *, wait: bool, concurrency: int) -> None:
    await app.run_worker_async(
        wait=wait,
        listen_notify=wait,
        concurrency=concurrency,
        fetch_job_polling_interval=POLL_SECONDS,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=False,
    )


def _stop_on_signals(stop: threading.Event) -> None:
    """Turn SIGTERM and SIGINT into `stop` where signals can be handled: in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
