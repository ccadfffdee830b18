"""The log files of the processes that one parent started: put aside while they are written to."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_DAY_SECONDS = 86_400


class LogFiles:
    """The `*.log` of a folder; a large or old one becomes `.log.1`, that one `.log.2`, and the oldest goes.

    The writers keep their file open to add to, so its words are copied and it is emptied: what one writes in the
    moment between is lost, which a log may.
    """

    def __init__(
        self, folder: Path, *, most_mb: int, most_days: int, keep: int, now: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._most_bytes = most_mb * 1_000_000
        self._most_seconds = most_days * _DAY_SECONDS
        self._keep = keep
        self._now = now
        self._begun: dict[Path, float] = {}

    def rotate(self) -> None:
        """Put aside what has grown large or old; called from time to time."""
        for log in self._folder.glob("*.log"):
            with suppress(OSError):  # a full disk: there is nowhere to say it, and the next look tries again
                if self._due(log):
                    self._put_aside(log)

    def _due(self, log: Path) -> bool:
        size, written = log.stat().st_size, log.stat().st_mtime
        begun = self._begun.setdefault(log, self._last_time(log) or written)
        return size > self._most_bytes or (size > 0 and self._now() - begun > self._most_seconds)

    def _last_time(self, log: Path) -> float | None:
        """Return when it was put aside last, None when it never was."""
        aside = self._aside(log, 1)
        return aside.stat().st_mtime if aside.exists() else None

    def _put_aside(self, log: Path) -> None:
        self._aside(log, self._keep).unlink(missing_ok=True)
        for number in range(self._keep - 1, 0, -1):
            if (older := self._aside(log, number)).exists():
                older.replace(self._aside(log, number + 1))
        newest = self._aside(log, 1)
        try:
            shutil.copyfile(log, newest)
            newest.chmod(0o600)
        except OSError:
            newest.unlink(missing_ok=True)  # no room for it: the newest words go, and there is room again
        os.truncate(log, 0)
        self._begun[log] = self._now()

    @staticmethod
    def _aside(log: Path, number: int) -> Path:
        return log.with_name(f"{log.name}.{number}")
