"""Security M6, M7 and L11: what a client may do to the web process through, or without, a careless proxy."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from bot.config import Settings
from tests.scenarios.program import Program

HALF_HEAD = b"POST /wechat/official HTTP/1.1\r\nHost: localhost\r\nContent-Le"
HALF_BODY = b"POST /wechat/official HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n<xml>"
AT_ONCE = 40  # more than the threads of one web process
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The program's own gunicorn, one process; it needs no server for what is tried here."""
    nowhere = {"database_url": "postgresql://127.0.0.1:1/x", "redis_url": "redis://127.0.0.1:1/0"}
    program = Program(Settings(_env_file=None, tiexin_home=tmp_path_factory.mktemp("home"), **nowhere))
    try:
        yield program.serve()[1]
    finally:
        program.stop()


def _connected(address: str) -> socket.socket:
    place = urlsplit(address)
    return socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=PATIENCE_SECONDS)


def _rest(connection: socket.socket) -> bytes:
    """Return what the server says until it closes the connection; a time-out when it never does."""
    said = b""
    try:
        while piece := connection.recv(4096):
            said += piece
    except ConnectionResetError:
        pass
    return said


@pytest.mark.parametrize("begun", [HALF_HEAD, HALF_BODY])
def test_half_a_request_is_given_up_and_others_are_served(address: str, begun: bytes) -> None:
    with ExitStack() as open_ones:
        held = [open_ones.enter_context(_connected(address)) for _ in range(AT_ONCE)]
        for connection in held:
            connection.sendall(begun)
        asking = http.client.HTTPConnection(str(urlsplit(address).netloc), timeout=PATIENCE_SECONDS)
        asking.request("GET", "/healthz")
        assert asking.getresponse().status == 200
        asking.close()
        assert all(b"200 OK" not in _rest(connection) for connection in held)


def test_no_header_moves_the_counts_under_the_callbacks_path(address: str) -> None:
    with _connected(address) as connection:
        connection.sendall(
            b"GET /wechat/metrics HTTP/1.1\r\nHost: localhost\r\nSCRIPT_NAME: /wechat\r\nConnection: close\r\n\r\n"
        )
        said = _rest(connection)
    assert said.split(b"\r\n")[0].startswith(b"HTTP/1.1 404 ")
    assert b"tiexin_" not in said


def test_a_double_slash_is_not_found_instead_of_sent_to_the_callers_host(address: str) -> None:
    with _connected(address) as connection:
        connection.sendall(b"GET /wechat//official HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n")
        said = _rest(connection)
    assert b" 404 " in said.split(b"\r\n")[0]
    assert b"evil.test" not in said
