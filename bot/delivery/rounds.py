"""Sends together what came together: one look and one record a round, each request in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

import structlog

from bot.delivery.sender import Order, Sender, Try
from bot.delivery.transports import Fate, Outcome, attempt
from bot.store.session import LOST

log = structlog.get_logger(__name__)

_REMEDY = "report the traceback; it is tried again later"

Item = TypeVar("Item")
Result = TypeVar("Result")


class Rounds:
    """The rounds of one worker; `room` is how many jobs it may have."""

    def __init__(self, sender: Sender, room: int) -> None:
        self.room = room
        self._sender = sender
        self._threads = ThreadPoolExecutor(4 * room, thread_name_prefix="round")  # rounds, and their requests

    async def deliver(self, orders: Sequence[Order]) -> None:
        """Send rows as `send` does, in a thread."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self.send, orders)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()

    def send(self, orders: Sequence[Order]) -> None:
        """Send rows whose requests may leave together and remove their jobs, each as soon as it is done.

        Our own error puts a row aside and is logged.
        """
        while orders:
            tries, _ = self._apart(self._sender.prepare, orders, lambda order: order)
            ready = {each.order for each in tries}
            self._end([order for order in orders if order not in ready])
            orders = self._ask(tries)

    def _ask(self, tries: Sequence[Try]) -> list[Order]:
        """Make the requests and record the answers as they come; return what is to be tried another way at once."""
        if len(tries) == 1:
            return self._note([(tries[0], self._answer(tries[0]))])
        again: list[Order] = []
        asked = {self._threads.submit(self._answer, each): each for each in tries}
        while asked:
            done = wait(asked, return_when=FIRST_COMPLETED).done
            again += self._note([(asked.pop(future), future.result()) for future in done])
        return again

    def _answer(self, ready: Try) -> Outcome | None:
        try:
            return attempt(ready.request)
        except Exception:
            log.exception("deliver_failed", outbox=ready.order.outbox_id, remedy=_REMEDY)
            self._sender.postpone(ready.order.outbox_id)
        return None

    def _note(self, answers: Sequence[tuple[Try, Outcome | None]]) -> list[Order]:
        results = [(each, outcome) for each, outcome in answers if outcome is not None]
        again, failed = self._apart(self._sender.record, results, lambda result: result[0].order)
        sent = {each.order for each, outcome in results if outcome.fate is Fate.SENT} - failed
        self._end([each.order for each, _ in answers if each.order not in sent and each.order not in again])
        return again

    def _end(self, orders: Sequence[Order]) -> None:
        """Remove the jobs that no record of a message sent has removed."""
        if orders:
            self._sender.done_with(orders)

    def _apart(
        self,
        work: Callable[[Sequence[Item]], list[Result]],
        items: Sequence[Item],
        order: Callable[[Item], Order],
        lost: bool = False,
    ) -> tuple[list[Result], set[Order]]:
        """Return what `work` makes of the items and which it failed at: one that it cannot do must not stop others."""
        try:
            return work(items), set()
        except Exception as error:
            if isinstance(error, LOST) and not lost:
                return self._apart(work, items, order, lost=True)
            if len(items) == 1:
                failed = order(items[0])
                log.exception("deliver_failed", outbox=failed.outbox_id, remedy=_REMEDY)
                self._sender.postpone(failed.outbox_id)
                return [], {failed}
        alone = [self._apart(work, [item], order) for item in items]
        return [result for results, _ in alone for result in results], set().union(*(bad for _, bad in alone))
