"""One turn at a time per person inside a process, so that who writes much at once takes one thread and no more.

Across processes the person's lock in PostgreSQL keeps the order; here his next message waits without a thread and
without a connection until the one before is done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """A pool of threads whose work is done one after the other for each `lane`."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._waiting: dict[Hashable, deque[tuple[Future[T], Callable[[], T]]]] = {}
        self._lock = threading.Lock()

    def submit(self, lane: Hashable, work: Callable[[], T]) -> tuple[Future[T], int]:
        """Do `work` when the lane is free; return its future and how many are before it in the lane."""
        future: Future[T] = Future()
        with self._lock:
            waiting = self._waiting.get(lane)
            if waiting is not None:
                waiting.append((future, work))
                return future, len(waiting)  # those that wait, and the one that runs in place of this one
            self._waiting[lane] = deque()
        self._pool.submit(self._drive, lane, future, work)
        return future, 0

    def close(self) -> None:
        """Let everything that was submitted be done."""
        self._pool.shutdown(wait=True)

    def _drive(self, lane: Hashable, future: Future[T], work: Callable[[], T]) -> None:
        while True:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
                future.set_exception(error)
            with self._lock:
                if not self._waiting[lane]:
                    del self._waiting[lane]
                    return
                future, work = self._waiting[lane].popleft()
