"""Ordering inside a process: a queue for each person, one message at a time.

Across processes the person's lock in PostgreSQL keeps the order; here his next message waits without a thread and
without a connection until the one before is done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class PersonQueues(Generic[T]):
    """Who is at work, and what waits behind him."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[T]] = {}
        self._lock = threading.Lock()

    def enter(self, person: Hashable, work: T) -> int:
        """Return how many are before `work` in its queue; at none the caller begins it at once."""
        with self._lock:
            waiting = self._waiting.get(person)
            if waiting is None:
                self._waiting[person] = deque()
                return 0
            waiting.append(work)
            return len(waiting)  # those that wait, and the one that runs in place of this one

    def leave(self, person: Hashable) -> T | None:
        """Say that what ran of a person is done; return what is to be begun now."""
        with self._lock:
            if waiting := self._waiting[person]:
                return waiting.popleft()
            del self._waiting[person]
            return None
