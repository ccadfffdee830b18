"""The five-second contract by itself: a pipeline that does what the test says, and the real Redis."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import pytest
import redis
from structlog.testing import capture_logs

from bot.channels.errors import Refused
from bot.delivery.spool import Spool
from bot.dialogue.sessions import Ended, Sessions
from bot.intake import acknowledge, inbound_log
from bot.intake.acknowledge import Acknowledger, NotKept
from bot.intake.deduplication import Deduplicator
from bot.intake.inbound_job import Work
from bot.intake.pipeline import Pipeline
from bot.intake.read_only_turns import Outcome, PlainTurns
from bot.messages import Incoming, Reply
from bot.runtime.container import redis_client as redis_client_of
from bot.store import redis_keys as keys
from bot.store.retry import Unavailable
from tests.auxil.turns import NOW, incoming

PATIENCE_SECONDS = 20.0
_numbers = itertools.count(1)


class Fake:
    """A pipeline: `turn` is what a turn does, `keep` what keeping a late message does."""

    def __init__(self, client: redis.Redis) -> None:
        self.turn: Callable[[Work], Reply] = lambda work: Reply.text(f"收到：{work.incoming.text}")
        self.keep: Callable[[Incoming], object] = lambda message: None
        self.ran: list[Work] = []
        self.kept: list[str] = []
        self._sessions = Sessions(client)

    def run(self, work: Work) -> Reply:
        self.ran.append(work)
        reply = self.turn(work)
        if work.go_passive():
            self._sessions.finish(Ended(work.incoming, [{"type": "text", "content": _words(reply)}]))
            return reply
        return Reply()

    def accept(self, work: Work, *, abandoned: bool) -> Reply:
        reply = self.keep(work.incoming)
        self.kept.append(work.incoming.key)
        return reply if isinstance(reply, Reply) else Reply()

    def kept_row(self, work: Work) -> dict[str, Any]:
        return inbound_log.accepted_row(work.incoming, NOW)


class NothingIsPlain:
    """Plain turns that claim, and leave every turn to be done alone; `wait` is what comes before."""

    def __init__(self, deduplicator: Deduplicator) -> None:
        self._deduplicator = deduplicator
        self.wait: Callable[[], object] = lambda: None

    def answer(self, works: Sequence[Work], outcomes: dict[int, Outcome]) -> None:
        self.wait()
        for place, (work, claim) in enumerate(zip(works, self._deduplicator.take(works), strict=True)):
            if work.take():
                outcomes[place] = claim.settled


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is slow, not wrong."""
    monkeypatch.setattr(acknowledge, "_KEEP_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(acknowledge, "_LAST_SECONDS", 3 * PATIENCE_SECONDS)


@pytest.fixture
def pipeline(redis_client: redis.Redis) -> Fake:
    return Fake(redis_client)


@pytest.fixture
def make(pipeline: Fake, redis_client: redis.Redis) -> Iterator[Callable[..., Acknowledger]]:
    made: list[Acknowledger] = []

    def build(deadline: float = PATIENCE_SECONDS, client: redis.Redis = redis_client) -> Acknowledger:
        deduplicator = Deduplicator(client, window_seconds=300)
        plain = cast(PlainTurns, NothingIsPlain(deduplicator))
        made.append(
            Acknowledger(cast(Pipeline, pipeline), plain, deduplicator, Spool(client), deadline=deadline, threads=2)
        )
        return made[-1]

    yield build
    for acknowledger in made:
        acknowledger.close()


def _words(reply: Reply) -> str:
    return str(cast(Any, reply.parts[0]).content) if reply.parts else ""


def _seal() -> str:
    return f"{next(_numbers):040x}"


def _answer(acknowledger: Acknowledger, message: Incoming, seal: str = "") -> str:
    return _words(acknowledger.answer(message, seal or _seal(), time.monotonic()))


def test_in_time_the_reply_is_the_answer(make: Callable[..., Acknowledger], pipeline: Fake) -> None:
    assert _answer(make(), incoming("你好")) == "收到：你好"
    assert pipeline.kept == []


def test_a_finished_message_is_replayed_without_a_turn(make: Callable[..., Acknowledger], pipeline: Fake) -> None:
    first, other = make(), make()
    seal = _seal()
    assert [_answer(one, incoming("你好"), seal) for one in (first, first, other)] == ["收到：你好"] * 3
    assert _answer(other, incoming("你好")) == "收到：你好"
    assert len(pipeline.ran) == 1


def test_a_signature_belongs_to_one_message_of_one_account(make: Callable[..., Acknowledger], pipeline: Fake) -> None:
    acknowledger, seal = make(), _seal()
    _answer(acknowledger, incoming("你好"), seal)
    for other in (incoming("转账", key="m:2"), incoming("你好", account="tianhe")):
        with pytest.raises(Refused) as refused:
            _answer(acknowledger, other, seal)
        assert (refused.value.status, refused.value.reason) == (403, "replay")
    assert len(pipeline.ran) == 1


def test_signatures_are_remembered_for_twice_the_window(
    make: Callable[..., Acknowledger], redis_client: redis.Redis
) -> None:
    seal = _seal()
    _answer(make(), incoming("你好"), seal)
    assert 590 < cast(int, redis_client.ttl(keys.signature(seal))) <= 600


def test_a_message_whose_first_attempt_runs_is_worked_on_again(
    make: Callable[..., Acknowledger], pipeline: Fake, redis_client: redis.Redis
) -> None:
    """The turn itself waits for the person's lock and then finds what the first one did."""
    redis_client.set(keys.message(incoming("你好")), b"-")
    assert _answer(make(), incoming("你好")) == "收到：你好"
    assert len(pipeline.ran) == 1


def test_what_waits_too_long_for_its_turn_with_others_is_done_alone(
    pipeline: Fake, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.acknowledge._SOON_SECONDS", 0.05)
    deduplicator, go_on = Deduplicator(redis_client, window_seconds=300), threading.Event()
    plain = NothingIsPlain(deduplicator)
    plain.wait = lambda: go_on.wait(PATIENCE_SECONDS)
    acknowledger = Acknowledger(
        cast(Pipeline, pipeline),
        cast(PlainTurns, plain),
        deduplicator,
        Spool(redis_client),
        deadline=PATIENCE_SECONDS,
        threads=2,
    )
    assert _answer(acknowledger, incoming("你好")) == "收到：你好"
    go_on.set()
    acknowledger.close()
    assert len(pipeline.ran) == 1


def test_without_another_thread_the_turn_is_done_in_this_one(
    make: Callable[..., Acknowledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    acknowledger = make()
    monkeypatch.setattr(acknowledger._alone, "submit", none)
    assert _answer(acknowledger, incoming("你好")) == "收到：你好"
    assert _answer(acknowledger, incoming("还在吗", key="m:2")) == "收到：还在吗"


class TestPastTheDeadline:
    def test_kept_then_told_success(self, make: Callable[..., Acknowledger], pipeline: Fake) -> None:
        gate, ended = threading.Event(), threading.Event()

        def slow(work: Work) -> Reply:
            gate.wait(PATIENCE_SECONDS)
            ended.set()
            return Reply.text("太晚了")

        pipeline.turn = slow
        assert _answer(make(0.05), incoming("你好")) == ""
        assert pipeline.kept == ["m:1"]
        gate.set()
        assert ended.wait(PATIENCE_SECONDS) and pipeline.ran[0].late

    def test_a_turn_that_is_committing_is_waited_for(
        self, make: Callable[..., Acknowledger], pipeline: Fake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Either the passive reply or the late one, never both: who decided first goes on."""
        acknowledger, passed = make(0.05), threading.Event()
        late = acknowledger._late

        def seen(*arguments: Any) -> Reply:
            passed.set()
            return late(*arguments)

        def commits(work: Work) -> Reply:
            assert work.go_passive()
            assert passed.wait(PATIENCE_SECONDS)
            return Reply.text("刚好")

        monkeypatch.setattr(acknowledger, "_late", seen)
        pipeline.turn = commits
        assert _answer(acknowledger, incoming("你好")) == "刚好"
        assert pipeline.kept == []

    def test_a_commit_that_came_to_nothing_lets_the_turn_go_late(
        self, make: Callable[..., Acknowledger], pipeline: Fake, redis_client: redis.Redis
    ) -> None:
        """The plain turn was overtaken while the deadline passed; alone it takes long."""
        deduplicator, passed, gate = (
            Deduplicator(redis_client, window_seconds=300),
            threading.Event(),
            threading.Event(),
        )

        class Overtaken(NothingIsPlain):
            def answer(self, works: Sequence[Work], outcomes: dict[int, Outcome]) -> None:
                super().answer(works, outcomes)
                assert works[0].go_passive()
                assert passed.wait(PATIENCE_SECONDS)
                works[0].go_on()

        def slow(work: Work) -> Reply:
            gate.wait(PATIENCE_SECONDS)
            return Reply.text("太晚了")

        pipeline.turn = slow
        acknowledger = Acknowledger(
            cast(Pipeline, pipeline),
            cast(PlainTurns, Overtaken(deduplicator)),
            deduplicator,
            Spool(redis_client),
            deadline=0.05,
            threads=2,
        )
        late = acknowledger._late
        acknowledger._late = lambda *job: passed.set() or late(*job)  # type: ignore[method-assign, func-returns-value]
        assert _answer(acknowledger, incoming("你好")) == ""
        assert pipeline.kept == ["m:1"]
        gate.set()
        acknowledger.close()

    def test_what_the_database_does_not_keep_is_kept_in_redis(
        self, make: Callable[..., Acknowledger], pipeline: Fake, redis_client: redis.Redis
    ) -> None:
        gate = threading.Event()

        def slow(work: Work) -> Reply:
            gate.wait(PATIENCE_SECONDS)
            return Reply()

        def away(message: Incoming) -> None:
            raise OSError("database")

        pipeline.turn, pipeline.keep = slow, away
        with capture_logs() as lines:
            assert _answer(make(0.05), incoming("你好")) == ""
        gate.set()
        assert [line["event"] for line in lines] == ["message_not_kept_in_database"]
        assert lines[0]["message"] == Work(incoming("你好")).trace and "'database'" not in str(lines)
        assert Spool(redis_client).depth() == 1

    def test_a_database_that_does_not_answer_is_not_waited_for(
        self,
        make: Callable[..., Acknowledger],
        pipeline: Fake,
        redis_client: redis.Redis,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(acknowledge, "_KEEP_SECONDS", 0.3)
        gate = threading.Event()

        def slow(thing: object) -> Reply:
            gate.wait(PATIENCE_SECONDS)
            return Reply()

        pipeline.turn = pipeline.keep = slow
        assert _answer(make(0.05), incoming("你好")) == ""
        assert (pipeline.kept, Spool(redis_client).depth()) == ([], 1)
        gate.set()

    def test_what_nothing_keeps_is_not_acknowledged(
        self, make: Callable[..., Acknowledger], pipeline: Fake, redis_client: redis.Redis
    ) -> None:
        def away(thing: object) -> Reply:
            raise Unavailable("OperationalError")

        pipeline.turn = pipeline.keep = away
        acknowledger = make()
        acknowledger._spool = Spool(redis_client_of("redis://127.0.0.1:1/0"))
        with pytest.raises(NotKept):
            _answer(acknowledger, incoming("你好"))

    def test_a_turn_that_gave_up_is_kept_and_while_that_lasts_nobody_waits_long(
        self, make: Callable[..., Acknowledger], pipeline: Fake, redis_client: redis.Redis
    ) -> None:
        """The second one's turn hangs: it would hold a thread for its full time."""
        gate = threading.Event()

        def away(work: Work) -> Reply:
            if work.incoming.key == "m:2":
                gate.wait(PATIENCE_SECONDS)
            raise Unavailable("OperationalError")

        pipeline.turn = away
        acknowledger = make()
        assert _answer(acknowledger, incoming("你好")) == ""
        assert _answer(acknowledger, incoming("在吗", key="m:2", person="oOther")) == ""
        assert pipeline.kept == ["m:1", "m:2"]
        gate.set()
        pipeline.turn = lambda work: Reply.text("好了")
        assert _answer(acknowledger, incoming("好了吗", key="m:3", person="oLi")) == "好了"

    def test_what_ended_meanwhile_is_answered(self, make: Callable[..., Acknowledger], pipeline: Fake) -> None:
        def away(work: Work) -> Reply:
            raise Unavailable("OperationalError")

        pipeline.turn, pipeline.keep = away, lambda message: Reply.text("已经办好")
        assert _answer(make(), incoming("你好")) == "已经办好"


def test_without_redis_every_delivery_is_worked_on(make: Callable[..., Acknowledger], pipeline: Fake) -> None:
    away = redis_client_of("redis://127.0.0.1:1/0")
    with capture_logs() as lines:
        assert [_answer(make(client=away), incoming("你好")) for _ in range(2)] == ["收到：你好"] * 2
    assert len(pipeline.ran) == 2
    assert {line["event"] for line in lines} == {"claim_without_redis"}


def test_late_and_passive_exclude_each_other() -> None:
    for _ in range(200):
        work, start = Work(incoming("你好")), threading.Barrier(2)
        said: dict[str, bool] = {}

        def decide(name: str, work: Work = work, start: threading.Barrier = start, said: Any = said) -> None:
            start.wait()
            said[name] = work.go_late() if name == "late" else work.go_passive()

        threads = [threading.Thread(target=decide, args=(name,)) for name in ("late", "passive")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert said["late"] != said["passive"]


def test_the_trace_names_the_message_and_nobody() -> None:
    event = incoming(key="e:oWang:1795140000:click:abc", person="oWang")
    assert Work(event).trace == Work(event).trace != Work(incoming("你好")).trace
    assert "oWang" not in Work(event).trace


class TestOnePersonWritesMuch:
    """Two threads; the first person's turn is held."""

    @pytest.fixture
    def held(self, pipeline: Fake) -> Iterator[threading.Event]:
        go_on = threading.Event()

        def turn(work: Work) -> Reply:
            if work.incoming.person == "oWang":
                assert go_on.wait(PATIENCE_SECONDS)
            return Reply.text(f"收到：{work.incoming.text}")

        pipeline.turn = turn
        yield go_on
        go_on.set()

    def test_others_are_answered_and_what_stands_too_far_back_is_kept_at_once(
        self, make: Callable[..., Acknowledger], pipeline: Fake, held: threading.Event
    ) -> None:
        acknowledger, replies = make(), []
        kept = threading.Semaphore(0)
        pipeline.keep = lambda message: kept.release()
        sending = [
            threading.Thread(
                target=lambda key=f"m:{number}": replies.append(_answer(acknowledger, incoming("催一下", key=key)))
            )
            for number in range(7)
        ]
        for thread in sending:
            thread.start()
        for _ in range(3):  # one runs, three wait with the platform
            assert kept.acquire(timeout=PATIENCE_SECONDS)
        assert _answer(acknowledger, incoming("你好", key="m:9", person="oLi")) == "收到：你好"
        held.set()
        for thread in sending:
            thread.join(PATIENCE_SECONDS)
        acknowledger.close()
        assert sorted(replies) == [""] * 3 + ["收到：催一下"] * 4
        assert len(pipeline.ran) == 8
