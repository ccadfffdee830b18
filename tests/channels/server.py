"""A tiny platform API on a real socket: answers as it is told and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN_PATHS = ("/cgi-bin/stable_token", "/cgi-bin/gettoken")


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Raw:
    """An answer that is not a JSON object with status 200; `drop` closes the connection instead of answering."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


Answer = dict[str, Any] | Raw | Callable[[Asked], Any]


class FakeApi:
    """`tell` what to answer next on a path; without that it answers errcode 0."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.asked: list[Asked] = []
        self.expires_in = 7200
        self.dead: set[str] = set()
        self.release = threading.Event()
        self._told: dict[str, deque[Answer]] = {}
        self._always: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def tell(self, path: str, *answers: Answer) -> None:
        self._told.setdefault(path, deque()).extend(answers)

    def always(self, path: str, answer: Answer) -> None:
        self._always[path] = answer

    def calls(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    @property
    def tokens_given(self) -> int:
        return sum(asked.path in TOKEN_PATHS for asked in self.asked)

    def hang(self, _asked: Asked) -> Raw:
        """Answer only when the test is over."""
        self.release.wait(10)
        return Raw(drop=True)

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            told = self._told.get(asked.path)
            answer = told.popleft() if told else self._always.get(asked.path)
            if answer is None:
                answer = self._ordinary(asked)
        return answer(asked) if callable(answer) else answer

    def _ordinary(self, asked: Asked) -> Answer:
        if asked.path in TOKEN_PATHS:
            return {"access_token": f"TOKEN-{self.tokens_given}", "expires_in": self.expires_in}
        if asked.query.get("access_token") in self.dead:
            return {"errcode": 40001, "errmsg": f"invalid credential, access_token {asked.query['access_token']} dead"}
        return {"errcode": 0, "errmsg": "ok", "msgid": 7}


@contextmanager
def serving() -> Iterator[FakeApi]:
    """Run the platform on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.api = api = FakeApi(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield api
    finally:
        api.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked = Asked(self.command, parts.path, query, body, dict(self.headers))
        answer = self.server.api.answer(asked)  # type: ignore[attr-defined]
        raw = answer if isinstance(answer, Raw) else Raw(body=json.dumps(answer, ensure_ascii=False).encode())
        if raw.drop:
            self.close_connection = True
            return
        self.send_response(raw.status)
        for name, value in {"Content-Length": str(len(raw.body)), **raw.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw.body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""
