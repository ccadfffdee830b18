"""Start, watch and stop the program's processes on one machine."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_STOP_SECONDS = 15
_PR_SET_PDEATHSIG = 1
_QUICK_DEATH_SECONDS = 5.0


class PortBusy(Exception):
    """Another program listens on a port we need."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port


def require_free(host: str, port: int) -> None:
    """Check that `port` can be listened on.

    Raises:
        PortBusy: it cannot.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortBusy(port) from None


def _die_with_parent() -> None:
    """Ask the kernel to end this child when its parent is killed (Linux; elsewhere the child lives on)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One child process: its command and, while it runs, the process."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the parent only."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            list(self.command),
            env=dict(self.environment),
            cwd=self.folder,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def stop(self) -> None:
        """Ask it to end and wait; kill it when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("child_killed", name=self.name)
            self.process.kill()
            self.process.wait()


@dataclass
class Supervisor:
    """Runs children in order, restarts the ones that die, stops them in the same order (web first)."""

    children: list[Child]
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start all."""
        for child in self.children:
            child.start()

    def watch(self) -> str | None:
        """Wait until asked to stop; a child that dies is started again, one that dies at once twice ends the program.

        Returns the name of that child, None when asked to stop.
        """
        deaths: dict[str, int] = {}
        while not self.stopping.wait(0.5):
            for child in self.children:
                if child.process is None or child.process.poll() is None:
                    continue
                quick = time.monotonic() - child.started < _QUICK_DEATH_SECONDS
                deaths[child.name] = deaths.get(child.name, 0) + 1 if quick else 1
                if deaths[child.name] > 2:
                    return child.name
                log.error("child_died", name=child.name, code=child.process.returncode)
                child.start()
        return None

    def stop(self) -> None:
        """Stop all, in order."""
        for child in self.children:
            child.stop()


def on_stop_signals(stop: threading.Event) -> None:
    """Set `stop` when the process is asked to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
