"""What is done to the program: SIGKILL to one part at random, or PostgreSQL frozen for a while and then killed."""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import psutil

from scripts.chaos.stage import Stage

FREEZES = (6.0, 20.0)
"""Seconds that PostgreSQL is stopped (SIGSTOP) before it is killed."""
_PAUSES = (1.5, 4.0)
"""Seconds between two kills, at random."""


class Faults:
    """Kills until told to stop; `done` counts by what was killed.

    What has not recovered from its last death is left alone: a part that is never up would be no test of the others.
    """

    def __init__(self, stage: Stage, chance: random.Random, freezes: tuple[float, ...]) -> None:
        self.done: Counter[str] = Counter()
        self._stage = stage
        self._chance = chance
        self._freezes = freezes
        self._kinds: dict[str, Callable[[], list[psutil.Process]]] = {
            "web worker": self._web_workers,
            "master": lambda: stage.named("serve") if stage.serving() else [],
            "worker": lambda: stage.named("worker"),
            "scheduler": lambda: stage.named("scheduler"),
            "redis": stage.valkey,
            "postmaster": lambda: stage.postgres()[:1] if stage.has_database() else [],
            "backend": lambda: stage.postgres()[1:] if stage.has_database() else [],
        }
        self._weights = (6, 3, 6, 3, 2, 2, 2)

    def run(self, seconds: float, stop: threading.Event) -> None:
        """Do harm for so long; the freezes come at even distances."""
        gaps = seconds / (len(self._freezes) + 1)
        for freeze in self._freezes:
            self._kill_for(gaps, stop)
            self._freeze(freeze, stop)
        self._kill_for(gaps, stop)

    def _kill_for(self, seconds: float, stop: threading.Event) -> None:
        left = seconds
        while left > 0 and not stop.wait(pause := min(left, self._chance.uniform(*_PAUSES))):
            left -= pause
            (kind,) = self._chance.choices(list(self._kinds), self._weights)
            if found := self._kinds[kind]():
                _signal([self._chance.choice(found)], signal.SIGKILL)
                self.done[kind] += 1

    def _freeze(self, seconds: float, stop: threading.Event) -> None:
        frozen = self._stage.postgres()
        _signal(frozen, signal.SIGSTOP)
        stop.wait(seconds)
        _signal(frozen, signal.SIGKILL)
        self.done[f"frozen {seconds:.0f} s"] += 1

    def _web_workers(self) -> list[psutil.Process]:
        found = []
        for master in self._stage.named("serve") if self._stage.serving() else []:
            with suppress(psutil.NoSuchProcess):
                found += master.children()
        return found


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
