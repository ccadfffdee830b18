"""L3 and reliability 7: what strangers send does not fill the disk, and logs rotate while they are written."""

from __future__ import annotations

import logging
import os
import re
import socket
import stat
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bot import log
from bot.config import Settings
from bot.logfiles import LogFiles
from tests.auxil.waiting import until
from tests.scenarios.program import ROOT, free_port

DAY = 86_400
WRITER = "import sys\nfor line in sys.stdin: sys.stderr.write(line); sys.stderr.flush(); print(flush=True)"


def healthy(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


def test_refused_requests_are_counted_all_and_written_few(settings: Settings, tmp_path: Path) -> None:
    port, said = free_port(), tmp_path / "said"
    own = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "TIEXIN_DEMO": "1"}
    own |= {"TIEXIN_HOME": str(tmp_path / "var"), "PORT": str(port), "WEB_PROCESSES": "1", "LOG_LEVEL": "INFO"}
    with said.open("wb") as output:
        command = [sys.executable, str(ROOT / "app.py"), "serve"]
        program = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, stdout=output, stderr=output)
    try:
        until(lambda: healthy(port), 240)
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            for _ in range(200):
                connection.request("GET", "/wechat/official?signature=no&timestamp=1&nonce=2&echostr=3")
                answer = connection.getresponse()
                assert (answer.status, answer.read()) == (400, b"")
            connection.request("GET", "/metrics")
            metrics = connection.getresponse().read().decode()
        for _ in range(60):
            with socket.create_connection(("127.0.0.1", port)) as raw:
                raw.sendall(b"what?\r\n\r\n")
                raw.recv(1000)
    finally:
        program.terminate()
        program.wait(60)
    counted = re.findall(r"^tiexin_refused_total\{.*\} (\S+)$", metrics, re.MULTILINE)
    assert sum(map(float, counted)) == 200
    lines = said.read_text().splitlines()
    assert 1 <= sum('"refused"' in line for line in lines) <= 40  # a minute may have passed in between
    assert len(lines) <= 100


def test_a_line_says_how_many_were_left_out_before_it() -> None:
    moment = [0.0]
    sparing = log._Sparing(20, lambda: moment[0])

    def refused(message: object) -> logging.LogRecord:
        return logging.LogRecord(log.REFUSALS, logging.INFO, "", 0, message, (), None)

    assert [sparing.filter(refused({"event": "refused"})) for _ in range(200)].count(True) == 20
    moment[0] = 61.0
    ours, gunicorns = refused({"event": "refused"}), refused("Invalid request")
    assert sparing.filter(ours) and sparing.filter(gunicorns)
    assert ours.msg == {"event": "refused", "suppressed": 180}
    assert gunicorns.msg == "Invalid request"


def test_what_is_wrong_with_ourselves_is_always_written() -> None:
    sparing = log._Sparing(0, lambda: 0.0)
    for level, passes in ((logging.WARNING, False), (logging.ERROR, True), (logging.CRITICAL, True)):
        record = logging.LogRecord("gunicorn.error", level, "", 0, "WORKER TIMEOUT", (), None)
        assert sparing.filter(record) is passes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def rotating(folder: Path, moment: list[float]) -> LogFiles:
    return LogFiles(folder, most_mb=1, most_days=7, keep=3, now=lambda: moment[0])


def test_a_large_log_is_put_aside_while_its_writer_goes_on(folder: Path) -> None:
    path, moment = folder / "worker.log", [0.0]
    files = rotating(folder, moment)
    with path.open("ab") as output:
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output
        )
    assert writer.stdin is not None and writer.stdout is not None
    for number in range(5):
        writer.stdin.write(b"%d" % number + b"x" * 1_100_000 + b"\n")
        writer.stdin.flush()
        writer.stdout.readline()
        files.rotate()
    writer.stdin.write(b"last\n")
    writer.stdin.close()
    writer.wait()
    writer.stdout.close()
    assert path.read_bytes() == b"last\n"
    aside = sorted(folder.glob("worker.log.*"))
    assert [each.name for each in aside] == ["worker.log.1", "worker.log.2", "worker.log.3"]
    assert [each.read_bytes()[:1] for each in aside] == [b"4", b"3", b"2"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in aside} == {0o600}


def test_an_old_log_is_put_aside_and_an_empty_one_stays(folder: Path) -> None:
    moment = [1000.0 * DAY]
    for name in ("web.log", "worker.log"):
        (folder / name).write_text("" if name == "web.log" else "a word\n")
        os.utime(folder / name, (moment[0], moment[0]))
    files = rotating(folder, moment)
    files.rotate()
    moment[0] += 8 * DAY
    files.rotate()
    assert sorted(path.name for path in folder.iterdir()) == ["web.log", "worker.log", "worker.log.1"]
    files.rotate()
    assert not (folder / "worker.log.2").exists()


def test_a_full_disk_costs_the_newest_words_and_not_the_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = folder / "web.log"
    path.write_bytes(b"x" * 1_100_000)
    monkeypatch.setattr("bot.logfiles.shutil.copyfile", full)
    rotating(folder, [0.0]).rotate()
    assert path.read_bytes() == b""
    assert sorted(each.name for each in folder.iterdir()) == ["web.log"]
