"""Waiting for what happens in another thread or process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def until(said: Callable[[], object], seconds: float = 30.0) -> float:
    """Wait for something that surely comes soon; return how many seconds it took."""
    started, pause = time.monotonic(), threading.Event()
    while not said():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"it did not happen within {seconds} s")
        pause.wait(0.02)
    return time.monotonic() - started
