"""Batching: whatever waits is taken at once, by one thread, as it is cheaper together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 16
"""Pieces of work taken at once: the first waits for the last."""
COMPANY_SECONDS = 0.002
"""So long the first piece waits for others: together they cost less than what the wait adds."""
THREADS = 4
"""Never more of them. Usually one: they compute, and one interpreter computes one thing at a time."""


class Batcher(Generic[T]):
    """Give what is put to `run`, in the order it came, as much at a time as waits."""

    def __init__(self, run: Callable[[Sequence[T]], None], *, name: str) -> None:
        self._run = run
        self._name = name
        self._waiting: SimpleQueue[T | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()

    def put(self, work: T) -> None:
        """Do `work` soon; the thread begins with the first, so that a process can be forked before."""
        self._waiting.put(work)
        if not self._threads:
            self._start(1)

    def relieve(self) -> None:
        """Start another thread: what was put waits too long, so one is stuck."""
        self._start(len(self._threads) + 1)

    def close(self) -> None:
        """Let everything that was put be done."""
        self._closing.set()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self, wanted: int) -> None:
        with self._lock:
            if len(self._threads) < min(wanted, THREADS):
                thread = threading.Thread(target=self._drive, name=self._name, daemon=True)
                with suppress(RuntimeError):  # none can be had now; what waits too long is done by others
                    thread.start()
                    self._threads.append(thread)

    def _drive(self) -> None:
        goes_on = True
        while goes_on and (first := self._waiting.get()) is not None:
            batch = [first]
            self._closing.wait(COMPANY_SECONDS)
            try:
                while goes_on and len(batch) < MOST:
                    if (work := self._waiting.get_nowait()) is None:
                        goes_on = False
                    else:
                        batch.append(work)
            except Empty:
                pass
            self._run(batch)
