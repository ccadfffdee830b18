"""Work that is cheaper together: whatever waits is taken at once, by one of few threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 16
"""Pieces of work taken at once: the first waits for the last."""
STUCK_SECONDS = 0.5
"""A thread that has been at one batch for so long is not counted on."""
SPARE = 3
"""Threads beyond the usual ones, for when those are stuck."""


class Batches(Generic[T]):
    """Give what is put to `run`, in the order it came, as much at a time as waits."""

    def __init__(self, run: Callable[[Sequence[T]], None], *, threads: int, name: str) -> None:
        self._run = run
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads + SPARE, thread_name_prefix=name)
        self._waiting: deque[T] = deque()
        self._since: dict[int, float] = {}
        self._lock = threading.Lock()

    def put(self, work: T) -> None:
        """Do `work` soon."""
        with self._lock:
            self._waiting.append(work)
            oldest = time.monotonic() - STUCK_SECONDS
            busy = sum(since > oldest for since in self._since.values())
            if busy >= self._threads or len(self._since) >= self._threads + SPARE:
                return
            number = next(free for free in range(self._threads + SPARE) if free not in self._since)
            self._since[number] = time.monotonic()
        self._pool.submit(self._drive, number)

    def _drive(self, number: int) -> None:
        while True:
            with self._lock:
                batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                if not batch:
                    del self._since[number]
                    return
                self._since[number] = time.monotonic()
            self._run(batch)

    def close(self) -> None:
        """Let everything that was put be done."""
        self._pool.shutdown(wait=True)
