"""Children are started, restarted, given up and stopped in order; ports are looked at before."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bot.config import ConfigError
from bot.runtime.processes import Child, PortBusy, Supervisor, on_stop_signals, require_free

ROOT = Path(__file__).parents[2]
NOTED = "import os, pathlib; pathlib.Path({path!r}).open('a').write(f'{{os.getpid()}} {name}\\n')\n"
"""A child's first line: it notes its pid, so that a test can see each start."""
WAITS = "import signal; signal.sigwait([signal.SIGTERM])\n"
"""It waits for the end it is asked for."""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """The file in which children note their starts."""
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    """Make a supervisor of Python children by name; whatever still runs at the end is killed."""
    made: list[Supervisor] = []

    def make(**programs: str) -> Supervisor:
        children = [Child(name, [sys.executable, "-c", code], os.environ, tmp_path) for name, code in programs.items()]
        made.append(Supervisor(children))
        return made[-1]

    yield make
    for supervisor in made:
        for child in supervisor.children:
            if child.process is not None and child.process.poll() is None:
                child.process.kill()
                child.process.wait()


def noted(path: Path, name: str, then: str = WAITS) -> str:
    return "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n" + (
        NOTED.format(path=str(path), name=name) + then
    )


def until(said: Callable[[], bool]) -> None:
    """Wait for something that surely comes soon."""
    pause = threading.Event()
    for _ in range(600):
        if said():
            return
        pause.wait(0.05)
    raise AssertionError("it did not happen within 30 s")


def watched(supervisor: Supervisor) -> tuple[threading.Thread, list[str | None]]:
    """Let the supervisor watch beside the test; returns its thread and, once it ends, what it said."""
    said: list[str | None] = []
    thread = threading.Thread(target=lambda: said.append(supervisor.watch()))
    thread.start()
    return thread, said


# -- children ---------------------------------------------------------------------------------------------------------


def test_children_are_started_and_stopped_in_order(supervised: Callable[..., Supervisor], notes: Path) -> None:
    ends = WAITS + "open({path!r}, 'a').write({name!r} + ' ended\\n')\n"
    programs = {name: noted(notes, name, ends.format(path=str(notes), name=name)) for name in ("web", "worker")}
    supervisor = supervised(**programs)
    supervisor.start()
    until(lambda: notes.read_text().count("\n") == 2)
    supervisor.stop()
    assert [line for line in notes.read_text().splitlines() if "ended" in line] == ["web ended", "worker ended"]
    assert [child.code for child in supervisor.children] == [0, 0]


def test_a_child_that_dies_is_started_again(supervised: Callable[..., Supervisor], notes: Path) -> None:
    supervisor = supervised(worker=noted(notes, "worker"))
    supervisor.start()
    thread, said = watched(supervisor)
    until(lambda: notes.read_text().count("worker") == 1)
    os.kill(int(notes.read_text().split()[0]), signal.SIGKILL)
    until(lambda: notes.read_text().count("worker") == 2)
    supervisor.stopping.set()
    thread.join()
    supervisor.stop()
    assert said == [None]
    assert len({line.split()[0] for line in notes.read_text().splitlines()}) == 2


def test_a_child_that_dies_at_once_three_times_is_given_up(supervised: Callable[..., Supervisor], notes: Path) -> None:
    supervisor = supervised(web=noted(notes, "web"), worker=noted(notes, "worker", "raise SystemExit(2)\n"))
    supervisor.start()
    assert supervisor.watch() == "worker"
    assert notes.read_text().count("worker") == 3
    assert supervisor.children[0].code is None
    supervisor.stop()
    assert supervisor.children[0].dead()


def test_a_child_that_does_not_end_is_killed(
    supervised: Callable[..., Supervisor], notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.runtime.processes._STOP_SECONDS", 0.2)
    supervisor = supervised(deaf=noted(notes, "deaf", "signal.sigwait([signal.SIGUSR1])\n"))
    supervisor.start()
    until(lambda: notes.read_text() != "")
    supervisor.stop()
    assert supervisor.children[0].code == -signal.SIGKILL


def test_stopping_what_was_never_started_does_nothing(supervised: Callable[..., Supervisor]) -> None:
    supervisor = supervised(web=WAITS)
    supervisor.stop()
    assert supervisor.children[0].code is None
    assert not supervisor.children[0].dead()


def test_a_child_is_in_a_session_of_its_own(supervised: Callable[..., Supervisor], notes: Path) -> None:
    """Ctrl-C reaches the parent only."""
    supervisor = supervised(web=noted(notes, "web"))
    supervisor.start()
    until(lambda: notes.read_text() != "")
    pid = int(notes.read_text().split()[0])
    assert os.getsid(pid) == pid != os.getsid(0)
    supervisor.stop()


def test_a_child_ends_when_its_parent_is_killed(notes: Path) -> None:
    parent = (
        "import os, sys, threading; from pathlib import Path; from bot.runtime.processes import Child\n"
        f"Child('c', [sys.executable, '-c', {noted(notes, 'c')!r}], os.environ, Path('.')).start()\n"
        "threading.Event().wait()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT)
    until(lambda: notes.read_text() != "")
    child = psutil.Process(int(notes.read_text().split()[0]))
    process.kill()
    process.wait()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


# -- signals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_ask_for_the_end(number: signal.Signals) -> None:
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    stop = threading.Event()
    try:
        on_stop_signals(stop)
        signal.raise_signal(number)
        assert stop.is_set()
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


# -- ports ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_busy_port_is_named(taken: int) -> None:
    with pytest.raises(PortBusy) as busy:
        require_free("127.0.0.1", taken)
    assert busy.value.port == busy.value.args[0] == taken


def test_a_port_is_free_again_after_its_listener_is_gone() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
    require_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_of_another_machine_is_no_busy_port(host: str) -> None:
    with pytest.raises(ConfigError, match=f"HOST={re.escape(host)}"):
        require_free(host, 8000)
