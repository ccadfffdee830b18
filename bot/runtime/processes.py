"""Start, watch and stop the program's processes on one machine."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.config import ConfigError
from bot.watchdog import TOLD_TO

log = structlog.get_logger(__name__)

_STOP_SECONDS = 15
_LOOK_SECONDS = 0.5
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


def own_address(host: str) -> str:
    """Return where a process of this machine reaches one that listens on `host`: "every address" is none to ask."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


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
    silent: float | None = None
    """Seconds since its last beat, None before the first: what never beats is not judged by it."""
    _beats: int = -1

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the parent only."""
        self.started, self.silent = time.monotonic(), None
        with ExitStack() as files:
            told_to = self._pipe(files)
            output = files.enter_context(self.log.open("ab")) if self.log else None
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                list(self.command),
                env={**self.environment, TOLD_TO: str(told_to)},
                pass_fds=[told_to],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def _pipe(self, files: ExitStack) -> int:
        """Make the pipe that it tells its beats through and return the end for it; neither end waits."""
        if self._beats >= 0:
            os.close(self._beats)
        self._beats, told_to = os.pipe()
        files.callback(os.close, told_to)
        for end in (self._beats, told_to):
            os.set_blocking(end, False)
        return told_to

    def listen(self, passed: float) -> None:
        """Take up its beats; `passed` seconds are counted as silent when there were none.

        They are counted by looks, not by the clock: while the machine sleeps nobody is silent.
        """
        try:
            heard = bool(os.read(self._beats, 65_536))
        except OSError:
            heard = False
        if heard:
            self.silent = 0.0
        elif self.silent is not None:
            self.silent += passed

    @property
    def code(self) -> int | None:
        """The code it ended with, None while it runs or before it is started."""
        return None if self.process is None else self.process.poll()

    def dead(self) -> bool:
        """Return whether it was started and has ended."""
        return self.code is not None

    def kill(self) -> None:
        """End it at once, with what it has started: it is in a session of its own."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end and wait; kill it when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("child_killed", name=self.name)
            self.kill()


@dataclass
class Supervisor:
    """Runs children in order, restarts the ones that die or fall silent, stops them in the same order (web first).

    `silence` is how many seconds a child may go without a beat; `chores` are done at every look, twice a second.
    """

    children: list[Child]
    stopping: threading.Event = field(default_factory=threading.Event)
    silence: float = 60.0
    chores: Sequence[Callable[[], None]] = ()

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
        while not self.stopping.wait(_LOOK_SECONDS):
            for chore in self.chores:
                chore()
            self._end_the_silent()
            for child in filter(Child.dead, self.children):
                quick = time.monotonic() - child.started < _QUICK_DEATH_SECONDS
                quick_deaths[child.name] = quick_deaths[child.name] + 1 if quick else 0
                if quick_deaths[child.name] >= _QUICK_DEATHS:
                    return child.name
                log.error("child_died", name=child.name, code=child.code, remedy="it is started again")
                child.start()
        return None

    def _end_the_silent(self) -> None:
        for child in self.children:
            child.listen(_LOOK_SECONDS)
            if child.silent is not None and child.silent > self.silence and not child.dead():
                log.error("child_silent", name=child.name, seconds=self.silence, remedy="it is killed")
                child.kill()

    def stop(self) -> None:
        """Stop all, in order."""
        for child in self.children:
            child.stop()


def on_stop_signals(stop: threading.Event) -> None:
    """Set `stop` when the process is asked to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
