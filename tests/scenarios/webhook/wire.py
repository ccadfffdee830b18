"""The wire between platform and program at its lowest: signed requests by hand, and a handler under control."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import urllib3

from bot.dialogue import Router, Turn
from bot.intake.pipeline import Work
from bot.messages import Incoming, Reply
from bot.packs import Pack
from bot.runtime.container import Services
from bot.understanding import Answer, Choices, Intent, Unknown
from scripts.simulator.crypto import Cipher, signature
from scripts.simulator.deeds import message_id
from scripts.simulator.judge import Judgement, judge
from scripts.simulator.platform import Platform
from scripts.simulator.signing import Account, Request, account_of, sign
from scripts.simulator.testkit import Customer, World
from tests.scenarios.serve import PATIENCE_SECONDS, serving

NOBODY = "oWire" + "0" * 22
OTHER_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


class Wire:
    """Sends what a test has signed itself, and reads the answer as the platform does."""

    def __init__(self, platform: Platform, address: str, account: str = "official") -> None:
        self.platform = platform
        self.address = address
        self.account: Account = account_of(platform.settings, account)
        self._http = urllib3.PoolManager(retries=False)

    def fields(self, **more: object) -> dict[str, object]:
        """Return a text message; `more` changes it, None takes a field out."""
        fields: dict[str, object] = {
            "ToUserName": self.account.to_user,
            "FromUserName": NOBODY,
            "CreateTime": int(self.platform.clock.now()),
            "MsgType": "text",
            "Content": "你好",
            "MsgId": message_id(),
        }
        return {name: value for name, value in (fields | more).items() if value is not None}

    def event(self, name: str, **more: object) -> dict[str, object]:
        """Return an event."""
        return self.fields(**{"MsgType": "event", "Event": name, "Content": None, "MsgId": None, **more})

    def signed(
        self, fields: Mapping[str, object] | None = None, mode: str = "safe", at: float | None = None
    ) -> Request:
        """Return a message signed as the platform signs it."""
        moment = self.platform.clock.now() if at is None else at
        return sign(self.account, mode, fields or self.fields(), moment)

    def sealed(self, text: str, box: Cipher | None = None) -> Request:
        """Return any text, encrypted and signed."""
        stamp, nonce = str(int(self.platform.clock.now())), "4711"
        secret = (box or self.account.cipher).encrypt(text)
        query = {"msg_signature": signature(self.account.token, stamp, nonce, secret), "timestamp": stamp}
        body = f"<xml><ToUserName>{self.account.to_user}</ToUserName><Encrypt>{secret}</Encrypt></xml>"
        return Request(query | {"nonce": nonce, "encrypt_type": "aes"}, body, text, encrypted=True)

    def post(self, request: Request) -> urllib3.BaseHTTPResponse:
        """Send a request once; give the raw answer."""
        return self.send("POST", f"{self.account.path}?{request.search}", request.body)

    def send(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Send anything."""
        raw = body.encode() if isinstance(body, str) else body
        return self._http.request(
            method, self.address + path, body=raw, headers=headers or {"Content-Type": "text/xml"}, timeout=30
        )

    def judged(self, request: Request, person: str = NOBODY) -> Judgement:
        """Send a request once and judge the answer, which must be a 200."""
        answer = self.post(request)
        assert answer.status == 200, answer.status
        return judge(answer.data, request, self.account, person, self.platform.settings)

    def says(self, content: str, **more: object) -> str:
        """Say something once and return the words of the passive reply."""
        return str(self.judged(self.signed(self.fields(Content=content, **more))).message.get("content", ""))


@dataclass
class Desk:
    """The only handler of a program under test: it answers as the test has told it.

    `answers` maps what was said to a reply, words, or a function of the turn; anything else is echoed.
    """

    answers: dict[str, Reply | str | Callable[[Turn], Reply | str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def router(self) -> Router:
        """Return a router with this handler for every text."""
        router = Router()
        router.understood(Answer, Choices, Intent, Unknown)(self._answer)
        return router

    def _answer(self, turn: Turn) -> Reply | str:
        answer = self.answers.get(turn.text, f"收到：{turn.text}")
        if callable(answer):
            turn.transaction.flush()  # it may wait or write, which is done in a transaction of its own
        self.said.append(turn.text)
        return answer(turn) if callable(answer) else answer


class Gate:
    """A handler that waits until the test opens it."""

    def __init__(self, words: str = "想好了") -> None:
        self.entered = threading.Semaphore(0)
        self._open = threading.Event()
        self._words = words

    def __call__(self, turn: Turn) -> str:
        self.entered.release()
        assert self._open.wait(PATIENCE_SECONDS), "nobody opened the gate"
        return self._words

    def has_been_entered(self) -> None:
        """Wait until a turn stands at the gate."""
        assert self.entered.acquire(timeout=PATIENCE_SECONDS), "no turn came to the gate"

    def open(self) -> None:
        """Let everybody through, now and later."""
        self._open.set()


class Turns:
    """Counts deliveries and turns of a program, so that a test can wait for them instead of for time to pass."""

    def __init__(self, *programs: Services) -> None:
        self.counts: Counter[str] = Counter()
        self._changed = threading.Condition()
        for services in programs:
            self.watch(services)

    def wait_for(self, **counts: int) -> None:
        """Wait until each count (delivered, begun, ended) has reached its number."""

        def reached() -> bool:
            return all(self.counts[name] >= number for name, number in counts.items())

        with self._changed:
            assert self._changed.wait_for(reached, PATIENCE_SECONDS), f"{dict(self.counts)} instead of {counts}"

    def watch(self, services: Services) -> None:
        """Count another program's too."""
        pipeline, acknowledger = services.pipeline, services.acknowledger
        run, answer = pipeline.run, acknowledger.answer

        def counted_run(work: Work) -> Reply:
            self._count("begun")
            try:
                return run(work)
            finally:
                self._count("ended")

        def counted_answer(incoming: Incoming, seal: str, started: float) -> Reply:
            self._count("delivered")
            return answer(incoming, seal, started)

        pipeline.run = counted_run  # type: ignore[method-assign]
        acknowledger.answer = counted_answer  # type: ignore[method-assign]

    def _count(self, name: str) -> None:
        with self._changed:
            self.counts[name] += 1
            self._changed.notify_all()


@contextmanager
def another(services: Services, packs: dict[str, Pack], **changes: Any) -> Iterator[tuple[Services, str]]:
    """Run a second program on the same servers, some of its settings changed; give it and its address."""
    settings = services.settings.model_copy(update=changes)
    second = Services(settings, services.router, services.clock)
    second.__dict__["packs"] = packs
    try:
        with serving(second) as address:
            yield second, address
    finally:
        second.close()


def dead_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def follower(world: World, key: str = "visitor") -> Customer:
    """Return a person who follows the account and of whom nobody knows more."""
    return world.stranger(key, following=True)


def replies(person: Customer) -> list[str]:
    """Return the words of every text the account has sent, oldest first."""
    return [str(message.get("content", "")) for message in person.received]
