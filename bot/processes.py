"""Start, watch and stop the program's processes on one machine."""

from __future__ import annotations

import ctypes
import errno
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.config import ConfigError

log = structlog.get_logger(__name__)

_STOP_SECONDS = 15
_PR_SET_PDEATHSIG = 1
_QUICK_DEATH_SECONDS = 5.0
_QUICK_DEATHS = 3
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork


class PortBusy(Exception):
    """Another program listens on a port we need."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port


def require_free(host: str, port: int) -> None:
    """Check that `port` can be listened on.

    Raises:
        PortBusy: another program has it.
        ConfigError: the address is not this machine's, or the port needs rights we do not have.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortBusy(port) from None
        if error.errno == errno.EACCES:
            raise ConfigError(f"没有权限监听端口 {port}，请用 PORT= 指定 1024 以上的端口") from None
        raise ConfigError(f"无法在 HOST={host} 上监听，请改成本机的地址，例如 127.0.0.1 或 0.0.0.0") from None


def _die_with_parent() -> None:
    """Ask the kernel to end this child when its parent is killed (Linux; elsewhere the child lives on)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One child process: its command, where its output goes (None: to ours) and, while it runs, the process."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the parent only."""
        self.started = time.monotonic()
        with ExitStack() as files:
            output = files.enter_context(self.log.open("ab")) if self.log else None
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                list(self.command),
                env=dict(self.environment),
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    @property
    def code(self) -> int | None:
        """The code it ended with, None while it runs or before it is started."""
        return None if self.process is None else self.process.poll()

    def dead(self) -> bool:
        """Return whether it was started and has ended."""
        return self.code is not None

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
        """Wait until asked to stop; a child that dies is started again.

        One that dies three times in a row within seconds of its start ends the program: its name is returned, None
        when asked to stop.
        """
        quick_deaths = dict.fromkeys((child.name for child in self.children), 0)
        while not self.stopping.wait(0.5):
            for child in filter(Child.dead, self.children):
                quick = time.monotonic() - child.started < _QUICK_DEATH_SECONDS
                quick_deaths[child.name] = quick_deaths[child.name] + 1 if quick else 0
                if quick_deaths[child.name] >= _QUICK_DEATHS:
                    return child.name
                log.error("child_died", name=child.name, code=child.code, remedy="it is started again")
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
