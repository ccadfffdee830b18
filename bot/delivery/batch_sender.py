"""Sends together what came together: one look and one record a round, each request in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import TypeVar

import structlog

from bot.delivery.sender import Order, Sender, Try, twice
from bot.delivery.transports import Fate, Outcome, attempt
from bot.store.session import is_passing

log = structlog.get_logger(__name__)

_REMEDY = "report the traceback; it is tried again later"

Item = TypeVar("Item")
Result = TypeVar("Result")
Answer = tuple[Try, Outcome]


class BatchSender:
    """Sends the rounds of one worker; `room` is how many jobs it may have."""

    def __init__(self, sender: Sender, room: int) -> None:
        self.room = room
        self._sender = sender
        self._threads = ThreadPoolExecutor(4 * room, thread_name_prefix="round")  # rounds, and their requests

    async def deliver(self, orders: Sequence[Order]) -> set[Order]:
        """Send rows as `send` does, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.send, orders)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()

    def send(self, orders: Sequence[Order]) -> set[Order]:
        """Send rows whose requests may leave together and remove their jobs, each as soon as it is done.

        Our own error is logged and touches one row: it is put aside, or left to the sweep once it is leaving. Nothing
        of that is raised, and no request that was made ready is dropped. Return the orders whose jobs could not be
        removed, because the database was lost.
        """
        left: set[Order] = set()
        while orders:
            tries = self._prepare(orders)
            ready = {each.order.outbox_id: each.order for each in tries}
            twins = [order for order in orders if ready.get(order.outbox_id, order) != order]
            self._end(self._sender.not_leaving, [order for order in orders if order.outbox_id not in ready], left)
            self._end(self._sender.done_with, twins, left)
            orders = self._ask(tries, left)
        return left

    def _prepare(self, orders: Sequence[Order]) -> list[Try]:
        """Mark what leaves: the staff's together, the others each in a transaction of its own."""
        tries: list[Try] = []
        found, _ = self._apart(self._sender.prepare_staff, orders, _itself)
        for each in found:
            if isinstance(each, Try):
                tries.append(each)
            else:
                tries += self._apart(lambda alone: self._sender.prepare_one(*alone), [each], _itself)[0]
        return tries

    def _ask(self, tries: Sequence[Try], left: set[Order]) -> list[Order]:
        """Make the requests and record the answers as they come; return what is to be tried another way at once."""
        if len(tries) == 1:
            return self._note([(tries[0], self._answer(tries[0]))], left)
        again: list[Order] = []
        asked = {self._threads.submit(self._answer, each): each for each in tries}
        while asked:
            done = wait(asked, return_when=FIRST_COMPLETED).done
            again += self._note([(asked.pop(future), future.result()) for future in done], left)
        return again

    def _answer(self, ready: Try) -> Outcome | None:
        try:
            return attempt(ready.request)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is one row's, and logged there
            self._put_aside(ready.order, error)
        return None

    def _note(self, answers: Sequence[tuple[Try, Outcome | None]], left: set[Order]) -> list[Order]:
        """Record answers, each trouble by itself, and remove the jobs; return what is to be tried another way."""
        results = [(ready, outcome) for ready, outcome in answers if outcome is not None]
        sent = [result for result in results if result[1].fate is Fate.SENT]
        _, failed = self._apart(self._sender.record_sent, sent, _order_of) if sent else ([], set())
        again: list[Order] = []
        for result in results:
            if result[1].fate is not Fate.SENT:
                again += self._apart(lambda alone: self._sender.record_trouble(*alone[0]), [result], _order_of)[0]
        going = {ready.order for ready, _ in sent} - failed | set(again)
        self._end(self._sender.done_with, [ready.order for ready, _ in answers if ready.order not in going], left)
        return again

    def _end(self, remove: Callable[[Sequence[Order]], None], orders: Sequence[Order], left: set[Order]) -> None:
        """Remove the jobs that no record of a message sent has removed; those that stay are added to `left`."""
        if not orders:
            return
        try:
            twice(lambda: remove(orders))
        except Exception:  # whatever it is, what became of the rows is recorded; the worker removes the jobs
            log.exception(
                "jobs_not_removed", jobs=len(orders), remedy="the worker removes them; see the database's log"
            )
            left.update(orders)

    def _apart(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result]],
        items: Sequence[Item],
        order: Callable[[Item], Order],
    ) -> tuple[list[Result], set[Order]]:
        """Return what `work` makes of the items and which it failed at: one that it cannot do must not stop others.

        What is given to it may be done when it raises, and is given to it again.
        """
        try:
            return list(twice(lambda: work(items))), set()
        except Exception as error:  # noqa: BLE001 - as above, once the item is alone
            if len(items) == 1:
                failed = order(items[0])
                self._put_aside(failed, error)
                return [], {failed}
        alone = [self._apart(work, [item], order) for item in items]
        return [result for results, _ in alone for result in results], set().union(*(bad for _, bad in alone))

    def _put_aside(self, order: Order, error: Exception) -> None:
        """Keep a row that is still queued from turning in a loop; one that is leaving is the sweep's."""
        passing = is_passing(error)
        if passing:
            log.warning("deliver_without_database", outbox=order.outbox_id, error=type(error).__name__)
        else:
            log.error("deliver_failed", outbox=order.outbox_id, exc_info=error, remedy=_REMEDY)
        try:
            self._sender.postpone(order.outbox_id, passing=passing)
        except Exception:  # whatever it is, the row stands as it did: the sweep finds it without a job
            log.exception(
                "postpone_failed", outbox=order.outbox_id, remedy="see the database's log; the sweep sees to it"
            )


def _itself(order: Order) -> Order:
    return order


def _order_of(answer: Answer) -> Order:
    return answer[0].order
