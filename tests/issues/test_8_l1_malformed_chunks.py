"""L1: a malformed chunk, unsigned, was answered `success` and cost 2 KB of traceback in the log."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.config import Settings
from bot.runtime.container import Services
from tests.scenarios.program import Program

_HEAD = b"POST /wechat/official?signature=a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
BODIES = {
    "no size": b"zz\r\nabc\r\n0\r\n\r\n",
    "no terminator": b"3\r\nabcdef\r\n0\r\n\r\n",
    "negative": b"-3\r\nabc\r\n0\r\n\r\n",
}


@pytest.fixture
def program(services: Services, program_settings: Settings) -> Iterator[Program]:
    """The program's own web server: the chunks are read by gunicorn."""
    running = Program(program_settings)
    yield running
    running.stop()


def _status(address: str, body: bytes) -> bytes:
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), 30) as connection:
        connection.settimeout(30)
        connection.sendall(_HEAD + body)
        return connection.makefile("rb").readline().split()[1]


def test_malformed_chunks_are_a_bad_request_and_no_traceback(
    program: Program, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _, address = program.serve()
    assert {name: _status(address, body) for name, body in BODIES.items()} == dict.fromkeys(BODIES, b"400")
    program.stop()
    assert "Traceback" not in capfd.readouterr().err
