"""Deliver messages to the product: cut after five seconds, try again, judge, show the outcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import urllib3
from urllib3.util import Timeout

from .bus import Bus
from .clock import PlatformClock
from .exchanges import Exchanges
from .judge import ERROR, REPLIED, Judgement, judge
from .people import Person
from .phones import Message, Phones
from .settings import Settings
from .signing import Account, Request, account_of, sign

WORKERS = 64
LARGEST = 65_536
"""Bytes of a reply that are read; also the most that a product has to take."""
HEADERS = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Accept": "*/*", "Pragma": "no-cache"}


@dataclass(frozen=True)
class Push:
    """One message on its way; a quiet one (an event nobody waits for) shows no error text, a hidden one nothing."""

    person: Person
    fields: Mapping[str, object]
    quiet: bool = False
    hidden: bool = False
    card: int = 0
    """The seq of the card whose button was tapped, which a passive reply may update."""


@dataclass
class Outcome:
    """What became of a push after all attempts."""

    outcome: str = "pending"
    verdict: str = ""
    exchanges: list[int] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """The raw answer of the product; `failure` is set when there is none."""

    status: int = 0
    body: bytes = b""
    failure: str = ""
    ms: float = 0


class Pushes:
    """The sending side of the platform; pushes run in threads over one pool of connections."""

    def __init__(
        self, settings: Settings, clock: PlatformClock, bus: Bus, phones: Phones, exchanges: Exchanges
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._bus = bus
        self._phones = phones
        self._exchanges = exchanges
        self._http = urllib3.PoolManager(num_pools=4, maxsize=WORKERS, retries=False)
        self._threads = ThreadPoolExecutor(WORKERS, "push")
        self._running = 0
        self._failures = 0
        self._silent_until = 0.0
        self._turn = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()

    @property
    def idle(self) -> bool:
        """Whether no push is on its way."""
        return self._running == 0

    def submit(self, push: Push) -> Future[Outcome]:
        """Send a push in the background."""
        release = self.hold()

        def run() -> Outcome:
            try:
                return self.deliver(push)
            finally:
                release()
                self._bus.publish("settled", person=push.person.id)

        return self._threads.submit(run)

    def hold(self) -> Callable[[], None]:
        """Count as busy until the returned function is called."""
        with self._lock:
            self._running += 1

        def release() -> None:
            with self._lock:
                self._running -= 1
            self._bus.wake()

        return release

    def deliver(self, push: Push) -> Outcome:
        """Send a push with all its attempts and put the outcome on the person's phone."""
        outcome = Outcome()
        account = account_of(self._settings, push.person.account)
        if self._clock.now() < self._silent_until:
            outcome.outcome, outcome.verdict = ERROR, "silenced after many failures"
        else:
            self._attempt_all(push, account, outcome)
        self._show(push, account, outcome)
        return outcome

    def copies(self, push: Push, count: int) -> list[Judgement]:
        """Send the same message `count` times at once, each freshly signed, and judge every answer.

        The targets take turns, so two processes get the same message at the same moment. Nothing is shown.
        """
        account = account_of(self._settings, push.person.account)
        with ThreadPoolExecutor(count, "copy") as threads:
            tasks = [threads.submit(self._once, push, account, self._sign(push, account), n) for n in range(count)]
            return [task.result()[0] for task in tasks]

    def post(self, url: str, body: bytes | str, headers: Mapping[str, str] | None = None) -> Answer:
        """Post once and read the whole answer within the cut."""
        return self.send("POST", url, body, self._settings.cut_s, headers)

    def send(
        self, method: str, url: str, body: bytes | str | None, seconds: float, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request; an answer that is not complete after `seconds` is cut."""
        started = time.monotonic()
        raw = body.encode() if isinstance(body, str) else body
        try:
            response = self._http.request(
                method,
                url,
                body=raw,
                headers=dict(headers or HEADERS),
                preload_content=False,
                redirect=False,
                timeout=Timeout(total=seconds),
            )
            content = response.read(LARGEST)
            response.drain_conn()
            response.release_conn()
        except urllib3.exceptions.NewConnectionError:
            return Answer(failure="connection error: refused", ms=_ms(started))
        except urllib3.exceptions.TimeoutError:
            return Answer(failure="cut", ms=_ms(started))
        except urllib3.exceptions.HTTPError as error:
            return Answer(failure=f"connection error: {type(error).__name__}", ms=_ms(started))
        if time.monotonic() - started > seconds:
            return Answer(failure="cut", ms=_ms(started))
        return Answer(response.status, content, ms=_ms(started))

    def close(self) -> None:
        """Take no more pushes, finish the attempts that run, close the connections."""
        self._stop.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._http.clear()

    def _sign(self, push: Push, account: Account) -> Request:
        return sign(account, self._settings.mode, push.fields, self._clock.now())

    def _attempt_all(self, push: Push, account: Account, outcome: Outcome) -> None:
        request = self._sign(push, account)
        turn = self._next_turn()
        for attempt in range(self._settings.attempts):
            if attempt and self._settings.retry_s:
                self._stop.wait(self._settings.retry_s)
            if attempt and self._settings.fresh_signature:
                request = self._sign(push, account)
            judgement, again, key = self._once(push, account, request, turn + attempt, attempt + 1)
            if key:
                outcome.exchanges.append(key)
            outcome.outcome, outcome.verdict = judgement.outcome, judgement.verdict
            if judgement.outcome == REPLIED:
                outcome.messages.append({"type": judgement.kind, **judgement.message})
            if not again or self._stop.is_set():
                break
        self._count_failure(outcome.outcome == ERROR)

    def _once(
        self, push: Push, account: Account, request: Request, turn: int, attempt: int = 1
    ) -> tuple[Judgement, bool, int]:
        targets = self._settings.targets
        url = f"{targets[turn % len(targets)]}{account.path}?{request.search}"
        answer = self.post(url, request.body)
        judgement, again = self._judge(answer, request, account, push.person.address)
        key = self._exchanges.add(
            kind="push",
            person=push.person.id,
            method="POST",
            url=url,
            request_headers=HEADERS,
            request_body=request.body,
            request_plain=request.plain,
            status=answer.status,
            response_body=answer.body.decode(errors="replace"),
            response_plain=judgement.plain,
            ms=answer.ms,
            attempt=attempt,
            verdict=judgement.verdict,
        )
        return judgement, again, key

    def _judge(self, answer: Answer, request: Request, account: Account, address: str) -> tuple[Judgement, bool]:
        """Return the judgement and whether the platform tries again.

        WeCom repeats for any status but 200; the Official Account for no answer and for 5xx, while an answer that is
        there but wrong shows the error text at once.
        """
        if answer.failure:
            return Judgement(ERROR, answer.failure), True
        if answer.status != 200:
            return Judgement(ERROR, f"status {answer.status}"), account.is_wecom or answer.status >= 500
        return judge(answer.body, request, account, address, self._settings), False

    def _show(self, push: Push, account: Account, outcome: Outcome) -> None:
        if outcome.outcome == ERROR and not push.quiet and not account.is_wecom:
            outcome.messages = [self._phones.error(push.person)]
            return
        if push.hidden:
            outcome.messages = []
            return
        shown = []
        for message in outcome.messages:
            body = {name: value for name, value in message.items() if name != "type"}
            if message["type"] == "update_button":
                self._phones.rewrite(push.person, push.card, **body)
            else:
                shown.append(self._phones.write(push.person, "them", message["type"], **body, via="reply"))
        outcome.messages = shown

    def _count_failure(self, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if self._settings.markfail_after and self._failures >= self._settings.markfail_after:
                self._failures = 0
                self._silent_until = self._clock.now() + self._settings.markfail_s

    def _next_turn(self) -> int:
        with self._lock:
            self._turn += 1
            return self._turn


def _ms(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
