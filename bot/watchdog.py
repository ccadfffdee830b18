"""A process that makes no progress any more is ended, so that whoever watches it starts it again.

Its main loop calls `beat`. Each beat winds up the interpreter's own timer, which runs outside of it: when none comes
for the limit, also because one thread holds the interpreter's lock, the timer writes where every thread stands to
standard error and ends the process with code 1. A process that was stopped altogether cannot do that; so a beat is
also told to the parent, where there is one, over a pipe. Neither needs a server or the disk.
"""

from __future__ import annotations

import faulthandler
import os
import time
from contextlib import suppress

TOLD_TO = "TIEXIN_BEATS_TO"
"""The environment variable with the number of the pipe to the parent."""
_LONGEST_PAUSE = 3.0


class Watchdog:
    """The watch of one process: `limit` is how many seconds it may go without a beat.

    The first beat begins it; `ends` says whether the process ends itself, which one that forks must not.
    """

    def __init__(self, limit: float, *, ends: bool = True) -> None:
        self.every = min(limit / 20, _LONGEST_PAUSE)
        """Seconds between two beats."""
        self._limit = limit
        self._ends = ends
        self._pipe = int(os.environ.get(TOLD_TO, "-1"))
        self._last = 0.0

    def beat(self) -> None:
        """Say that the main loop goes on; cheap when called more often than needed."""
        now = time.monotonic()
        if now - self._last < self.every / 2:
            return
        self._last = now
        if self._ends:
            faulthandler.dump_traceback_later(self._limit, exit=True)
        if self._pipe >= 0:
            with suppress(OSError):  # full: the parent looks elsewhere just now
                os.write(self._pipe, b".")

    def stop(self) -> None:
        """End the watch: the process is going to end by itself."""
        if self._ends:
            faulthandler.cancel_dump_traceback_later()
