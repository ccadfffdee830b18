"""Sends together what came together: one look and one record a round, each request in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

import structlog

from bot.delivery.sender import Order, Sender, Try
from bot.delivery.transports import Fate, Outcome, attempt

log = structlog.get_logger(__name__)

TOGETHER_SECONDS = 0.002
"""How long a round waits for the jobs that were taken with its first one."""

_REMEDY = "report the traceback; it is tried again later"

Settled = Callable[[Iterable[Order], bool], None]
"""Told which orders are done with, and whether their jobs were removed."""
Item = TypeVar("Item")
Result = TypeVar("Result")


class Rounds:
    """The rounds of one worker; as many orders at once as it has jobs, at most `room`."""

    def __init__(self, sender: Sender, room: int) -> None:
        self._sender = sender
        self._threads = ThreadPoolExecutor(2 * room, thread_name_prefix="round")  # rounds, and their requests
        self._gathered: dict[Order, asyncio.Future[bool]] = {}

    async def deliver(self, order: Order) -> bool:
        """Send a row and return whether its job was removed with the last step. For one event loop only."""
        loop = asyncio.get_running_loop()
        if not self._gathered:
            loop.call_later(TOGETHER_SECONDS, self._start, loop)
        future: asyncio.Future[bool] = loop.create_future()
        self._gathered[order] = future
        return await future

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()

    def send(self, orders: Sequence[Order], settled: Settled) -> None:
        """Send rows whose requests may leave together; our own error puts a row aside and is logged."""
        while orders:
            tries, _ = self._apart(self._sender.prepare, orders, lambda order: order)
            ready = {each.order for each in tries}
            settled([order for order in orders if order not in ready], False)
            orders = self._ask(tries, settled)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        gathered, self._gathered = self._gathered, {}

        def settle(orders: Iterable[Order], removed: bool) -> None:
            for order in orders:
                gathered[order].set_result(removed)

        def settled(orders: Iterable[Order], removed: bool) -> None:
            loop.call_soon_threadsafe(settle, orders, removed)

        def ended(result: Future[None]) -> None:
            if error := result.exception():
                loop.call_soon_threadsafe(_fail, gathered.values(), error)

        self._threads.submit(self.send, list(gathered), settled).add_done_callback(ended)

    def _ask(self, tries: Sequence[Try], settled: Settled) -> list[Order]:
        """Make the requests and record the answers as they come; return what is to be tried another way at once."""
        if len(tries) == 1:
            return self._note([(tries[0], self._answer(tries[0]))], settled)
        again: list[Order] = []
        asked = {self._threads.submit(self._answer, each): each for each in tries}
        while asked:
            done = wait(asked, return_when=FIRST_COMPLETED).done
            again += self._note([(asked.pop(future), future.result()) for future in done], settled)
        return again

    def _answer(self, ready: Try) -> Outcome | None:
        try:
            return attempt(ready.request)
        except Exception:
            log.exception("deliver_failed", outbox=ready.order.outbox_id, remedy=_REMEDY)
            self._sender.postpone(ready.order.outbox_id)
        return None

    def _note(self, answers: Sequence[tuple[Try, Outcome | None]], settled: Settled) -> list[Order]:
        results = [(each, outcome) for each, outcome in answers if outcome is not None]
        again, failed = self._apart(self._sender.record, results, lambda result: result[0].order)
        sent = {each.order for each, outcome in results if outcome.fate is Fate.SENT} - failed
        settled(sent, True)
        settled({each.order for each, _ in answers} - sent - set(again), False)
        return again

    def _apart(
        self, work: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item], order: Callable[[Item], Order]
    ) -> tuple[list[Result], set[Order]]:
        """Return what `work` makes of the items and which it failed at: one that it cannot do must not stop others."""
        try:
            return work(items), set()
        except Exception:
            if len(items) == 1:
                failed = order(items[0])
                log.exception("deliver_failed", outbox=failed.outbox_id, remedy=_REMEDY)
                self._sender.postpone(failed.outbox_id)
                return [], {failed}
        alone = [self._apart(work, [item], order) for item in items]
        return [result for results, _ in alone for result in results], set().union(*(bad for _, bad in alone))


def _fail(futures: Iterable[asyncio.Future[bool]], error: BaseException) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
