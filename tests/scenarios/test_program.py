"""`app.py all`: started, talked to over the platform's page, killed, started again, asked to end; and its refusals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import requests

from tests.scenarios.program import ROOT, free_port

_PATIENCE_SECONDS = 300
_NUMBER = "TS"


class Machine:
    """One machine with a home, two ports, and the whole program on it."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="txp-", dir="/tmp")) / "贴心 var"
        self.port, self.simulator_port = free_port(), free_port()
        self._output = self.home.parent / "output"
        self.program: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The environment of `./scripts/run`, and nothing else of ours."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        ports = {"PORT": str(self.port), "SIMULATOR_PORT": str(self.simulator_port)}
        return {**kept, **ports, "TIEXIN_DEMO": "1", "TIEXIN_HOME": str(self.home), "WEB_PROCESSES": "1"}

    def start(self) -> None:
        """Start everything and wait until the program says where to click."""
        with self._output.open("wb") as output:
            command = [sys.executable, str(ROOT / "app.py"), "all"]
            self.program = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )
        wait_until(lambda: "已就绪" in self.output or self.program is None or self.program.poll() is not None)
        assert "已就绪" in self.output, self.output
        wait_until(lambda: len(self.ask("GET", "/sim/api/state")["scenes"]) == 4)

    def end(self, number: int) -> int:
        """Send a signal to the parent alone; return the code it ended with."""
        assert self.program is not None
        self.program.send_signal(number)
        return self.program.wait(_PATIENCE_SECONDS)

    @property
    def output(self) -> str:
        """What was on the console since the last start."""
        return self._output.read_text(encoding="utf-8")

    def left(self) -> list[psutil.Process]:
        """Return the processes that still work on the home."""
        return [process for process in psutil.process_iter() if _belongs(process, self.home)]

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the platform's control API."""
        url = f"http://127.0.0.1:{self.simulator_port}{path}"
        answer = requests.request(method, url, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def says(self, person: str, words: str) -> str:
        """Let a person write, and return what he was answered."""
        seq = self.ask("POST", f"/sim/api/people/{person}/say", {"type": "text", "content": words})["seq"]
        return words_of(next(one for one in self.messages(person, seq) if one["side"] == "them"))

    def messages(self, person: str, after: int = 0) -> list[dict[str, Any]]:
        """Return what is on a phone."""
        found: list[dict[str, Any]] = self.ask("GET", f"/sim/api/people/{person}/messages?after={after}")["messages"]
        return found


def _belongs(process: psutil.Process, home: Path) -> bool:
    try:
        ours = process.environ().get("TIEXIN_HOME") == str(home)
        return ours or process.cwd().startswith(str(home)) or any(str(home) in word for word in process.cmdline())
    except psutil.Error:
        return False


def wait_until(reached: Callable[[], object]) -> None:
    """Wait until something is so, looking ten times a second."""
    pause = threading.Event()
    for _ in range(_PATIENCE_SECONDS * 10):
        if reached():
            return
        pause.wait(0.1)
    raise TimeoutError("it did not come to pass")


def words_of(message: dict[str, Any]) -> str:
    """Return the words of a message."""
    return json.dumps(message, ensure_ascii=False)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A machine whose program was started for the first time."""
    machine = Machine()
    try:
        machine.start()
        yield machine
    finally:
        for process in machine.left():
            process.kill()
        shutil.rmtree(machine.home.parent, ignore_errors=True)


def test_it_is_ready_and_says_where_to_click(machine: Machine) -> None:
    ready = requests.get(f"http://127.0.0.1:{machine.port}/readyz", timeout=10).json()
    assert (ready["ready"], set(ready["checks"].values())) == (True, {"ok"})
    assert list(ready["knowledge"]) == ["telecom"]
    assert f"http://127.0.0.1:{machine.simulator_port}/" in machine.output
    assert "Traceback" not in machine.output
    page = requests.get(f"http://127.0.0.1:{machine.simulator_port}/", timeout=10)
    assert "微信模拟台" in page.text


def test_the_account_has_its_menu_and_every_managers_code(machine: Machine) -> None:
    state = machine.ask("GET", "/sim/api/state")
    assert state["menu"]["button"]
    assert {one["label"] for one in state["scenes"]} == {
        f"{name}的二维码" for name in ("周敏", "林浩", "许静", "何建华")
    }
    scene = next(one["scene"] for one in state["scenes"] if one["label"] == "许静的二维码")
    machine.ask("POST", "/sim/api/people/newcomer/scan", {"scene": scene})
    assert "许静" in words_of(machine.messages("newcomer")[-1])


def test_what_lies_below_the_home_is_private(machine: Machine) -> None:
    open_to_others = [
        path
        for path in (machine.home, *machine.home.rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o007
    ]
    assert open_to_others == []


def test_killed_servers_come_back_and_the_talk_goes_on(machine: Machine) -> None:
    def servers() -> dict[str, int]:
        """The postmaster and Valkey, without the postmaster's own children."""
        found = {"valkey-server": 0, "postgres": 0}
        for process in machine.left():
            if process.name() in found and process.parent() == psutil.Process(machine.program.pid):  # type: ignore[union-attr]
                found[process.name()] = process.pid
        return found

    before = servers()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(pid and pid != before[name] for name, pid in servers().items()))
    wait_until(lambda: requests.get(f"http://127.0.0.1:{machine.port}/readyz", timeout=30).status_code == 200)
    assert "话费" in machine.says("wang", "怎么查话费")


def test_nothing_is_lost_by_a_kill_and_nothing_is_left_after_the_end(machine: Machine) -> None:
    """A complaint is half filed when the parent is killed; it goes on after the second start."""
    assert "什么时候" in machine.says("wang", "我家宽带老掉线，烦死了")
    assert machine.end(signal.SIGKILL) == -signal.SIGKILL
    servers = {"postgres", "valkey-server"}
    wait_until(lambda: {process.name() for process in machine.left()} <= servers)
    machine.start()
    answer = machine.says("wang", "三天前开始的，号码13800131001，希望尽快修好，可以打电话")
    for _ in range(6):
        if _NUMBER in answer:
            break
        answer = machine.says("wang", "确认提交" if "确认" in answer else "跳过")
    number = answer[answer.index(_NUMBER) :][:15]
    wait_until(lambda: any(one["type"] == "card" and number in one["title"] for one in machine.messages("zhou")))
    assert number in machine.says("wang", "我的投诉怎么样了")

    assert machine.end(signal.SIGTERM) == 0
    assert "已停止" in machine.output
    assert machine.left() == []
    assert "Traceback" not in machine.output


def _refused(**environment: str) -> str:
    """Return the one sentence with which a start is refused."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, str(ROOT / "app.py"), "all"]
    ports = {"PORT": str(free_port()), "SIMULATOR_PORT": str(free_port())}
    environment = {**kept, **ports, "TIEXIN_DEMO": "1", **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 2, done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def test_a_busy_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"端口 {port} 已被占用" in _refused(PORT=str(port), HOST="127.0.0.1", TIEXIN_HOME=str(tmp_path / "var"))


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    assert "是一个文件" in _refused(TIEXIN_HOME=str(tmp_path / "var"))


def test_a_redis_that_is_away_is_told(tmp_path: Path) -> None:
    away = f"redis://127.0.0.1:{free_port()}"
    assert "连不上 Redis" in _refused(TIEXIN_HOME=str(tmp_path), REDIS_URL=away)


def test_a_database_that_is_away_is_told(tmp_path: Path, redis_url: str) -> None:
    away = f"postgresql://postgres@127.0.0.1:{free_port()}/tiexin"
    said = _refused(TIEXIN_HOME=str(tmp_path), DATABASE_URL=away, REDIS_URL=redis_url)
    assert "数据库连不上" in said and "DATABASE_URL" in said


def test_a_database_of_a_newer_version_is_told_and_left_alone(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
        said = _refused(TIEXIN_HOME=str(tmp_path), DATABASE_URL=database_url, REDIS_URL=redis_url)
        assert "9999_later" in said
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999_later",)
