"""C1: a process that lives and does nothing any more is replaced, also when one thread holds the interpreter's lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bot import heartbeat
from bot.config import Settings
from bot.runtime.processes import Child, Supervisor
from bot.schedule import HANGS_AFTER_SECONDS, Scheduler, Timetable
from bot.watchdog import TOLD_TO, Watchdog
from tests.auxil.waiting import until
from tests.runtime.test_processes import watched

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 240.0
LAUGH = "re.match('(a+)+$', 'a' * 64 + 'b')"
"""As exponential as a laugh was; it holds the interpreter's lock for years."""
PROGRAM = f"""
import re, signal, sys
import app
signal.signal(signal.SIGUSR1, lambda *_: {LAUGH})
raise SystemExit(app.main([sys.argv[1]]))
"""
BEATING = """
import sys, threading
from bot.watchdog import Watchdog
print("begun", flush=True)
watchdog = Watchdog(600)
watchdog.every = 0.1
while not threading.Event().wait(0.1):
    watchdog.beat()
"""
NEVER = "import threading; print('begun', flush=True); threading.Event().wait()"


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    """A child that beats ten times a second, and whose own watch would take ten minutes."""
    made = Child("worker", [sys.executable, "-c", BEATING], os.environ, ROOT, tmp_path / "worker.log")
    yield made
    made.kill()


def heard(child: Child) -> bool:
    """Let the parent listen; return whether the child has begun to beat."""
    child.listen(0)
    return child.silent is not None


def begun(child: Child) -> int:
    """Return how often the child was started."""
    assert child.log is not None
    return child.log.read_text().count("begun")


def test_a_child_that_was_stopped_is_killed_and_started_again(child: Child) -> None:
    supervisor = Supervisor([child], silence=3)
    supervisor.start()
    thread, said = watched(supervisor)
    until(lambda: child.silent is not None, PATIENCE_SECONDS)
    assert child.process is not None
    stopped = child.process.pid
    os.kill(stopped, signal.SIGSTOP)
    until(lambda: begun(child) >= 2 and child.silent is not None, PATIENCE_SECONDS)
    supervisor.stopping.set()
    thread.join()
    supervisor.stop()
    assert said == [None]
    assert child.process.pid != stopped


def test_a_child_that_does_not_beat_is_not_judged(child: Child) -> None:
    """The simulator, or one that takes long to start on a busy machine."""
    child.command = [sys.executable, "-c", NEVER]
    child.start()
    for _ in range(1000):
        child.listen(60)
    assert child.silent is None


def test_silence_is_counted_by_looks_so_a_sleeping_machine_ends_nobody(child: Child) -> None:
    child.start()
    until(lambda: heard(child), PATIENCE_SECONDS)
    os.kill(child.process.pid, signal.SIGSTOP)  # type: ignore[union-attr]
    child.listen(0)
    child.listen(0.5)
    child.listen(0.5)
    assert child.silent is not None and child.silent <= 1.0


def test_nothing_is_lost_by_a_parent_that_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, told_to = os.pipe()
    os.set_blocking(told_to, False)
    monkeypatch.setenv(TOLD_TO, str(told_to))
    watchdog = Watchdog(60, ends=False)
    watchdog.every = 0
    for _ in range(100_000):  # more than a pipe holds
        watchdog.beat()
    os.close(heard)
    watchdog.beat()
    os.close(told_to)


@pytest.mark.parametrize("part", heartbeat.PARTS)
def test_a_process_that_hangs_with_the_lock_held_ends_itself_and_says_where(
    part: str, settings: Settings, redis_client: redis.Redis, tmp_path: Path
) -> None:
    """Nobody watches it: a stand-alone one, which systemd starts again."""
    own = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "TIEXIN_DEMO": "1"}
    own |= {"TIEXIN_HOME": str(settings.tiexin_home), "WATCHDOG_SECONDS": "8"}
    said = tmp_path / "said"
    with said.open("wb") as output:
        command = [sys.executable, "-c", PROGRAM, part]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, stderr=output)
    try:
        until(lambda: heartbeat.alive(redis_client, part), PATIENCE_SECONDS)
        process.send_signal(signal.SIGUSR1)
        process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1
    assert "Timeout (0:00:08)!" in said.read_text()
    assert "re/__init__.py" in said.read_text()


def test_a_tick_that_never_ends_stops_the_schedulers_beats(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((100.0, 100.0 + HANGS_AFTER_SECONDS - 1, 100.0 + HANGS_AFTER_SECONDS + 1))
    monkeypatch.setattr("bot.schedule.monotonic", lambda: next(clock))
    seen: list[bool] = []
    scheduler = Scheduler(Timetable(None, None, settings.zone, ()))  # type: ignore[arg-type]
    monkeypatch.setattr(scheduler, "_do_due", lambda: seen.extend([scheduler._hangs(), scheduler._hangs()]))
    scheduler.tick()
    assert seen == [False, True]
    assert not scheduler._hangs()
