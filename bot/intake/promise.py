"""A future: a value one thread gives and another waits for."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Overdue(Exception):
    """The value did not come in time."""


class Promise(Generic[T]):
    """Like a future, at a fraction of its cost: one lock, which whoever waits takes once the value is there."""

    __slots__ = ("_error", "_pending", "_value")

    def __init__(self) -> None:
        self._pending = threading.Lock()
        self._pending.acquire()
        self._error: BaseException | None = None

    def keep(self, value: T) -> None:
        """Give the value."""
        self._value = value
        self._pending.release()

    def fail(self, error: BaseException) -> None:
        """Give an error in place of the value."""
        self._error = error
        self._pending.release()

    def wait(self, seconds: float | None = None) -> T:
        """Return the value, or raise the error, when it is there.

        Raises:
            Overdue: it is not after so many seconds.
        """
        if not self._pending.acquire(timeout=-1 if seconds is None else max(0.0, seconds)):
            raise Overdue
        self._pending.release()
        if self._error is not None:
            raise self._error
        return self._value
