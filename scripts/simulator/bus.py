"""Tell everyone who watches (pages, tests) what just happened."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Event = tuple[str, dict[str, Any]]
CLOSED: Event = ("closed", {})
BACKLOG = 2000
"""Events that wait for one slow watcher before newer ones are dropped for him."""


class Bus:
    """Publish events to queues, and wake whoever waits for a condition."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self._watchers: list[queue.Queue[Event]] = []

    def publish(self, kind: str, **data: Any) -> None:
        """Hand an event to every watcher and wake the waiters."""
        self._hand_out((kind, data))

    def wake(self) -> None:
        """Let the waiters look again, without an event."""
        with self.condition:
            self.condition.notify_all()

    def close(self) -> None:
        """End every watcher's stream."""
        self._hand_out(CLOSED)

    def _hand_out(self, event: Event) -> None:
        with self.condition:
            for watcher in self._watchers:
                try:
                    watcher.put_nowait(event)
                except queue.Full:
                    continue
            self.condition.notify_all()

    @contextmanager
    def watch(self) -> Iterator[queue.Queue[Event]]:
        """Yield a queue that gets every event from now on."""
        watcher: queue.Queue[Event] = queue.Queue(BACKLOG)
        with self.condition:
            self._watchers.append(watcher)
        try:
            yield watcher
        finally:
            with self.condition:
                self._watchers.remove(watcher)

    def wait_for(self, found: Callable[[], Any], patience_s: float) -> Any:
        """Return the first true value of `found()`, or its last value when the real seconds run out."""
        deadline = time.monotonic() + patience_s
        with self.condition:
            while not (value := found()):
                left = deadline - time.monotonic()
                if left <= 0:
                    return value
                self.condition.wait(left)
            return value
