"""One turn from claim to commit, on the real database and the real Redis, with a handler of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot.clock import ManualClock
from bot.config import Settings
from bot.dialogue import Router, Turn
from bot.intake.pipeline import Pipeline, Work
from bot.intake.resume import Resumption
from bot.messages import Channel, Incoming, Kind, Media, Reply
from bot.packs import Pack
from bot.store.models import Branch, Contact, Inbound, InboundState, Outbox
from bot.store.session import Store
from bot.understanding import Unknown
from tests.auxil.factories import Factory
from tests.auxil.turns import KnowsNothing, incoming, texts


class Handler:
    """Answers every text; `do` is what happens besides."""

    def __init__(self) -> None:
        self.do: Callable[[Turn], object] = lambda turn: None
        self.said: list[str] = []

    def __call__(self, turn: Turn) -> str:
        self.said.append(turn.text)
        self.do(turn)
        return f"收到：{turn.text}"

    def router(self) -> Router:
        router = Router()
        router.understood(Unknown)(lambda turn: self(turn))
        router.event("unsubscribe", "location")(lambda turn: Reply())
        return router


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def build(
    store: Store, settings: Settings, clock: ManualClock, redis_client: redis.Redis, handler: Handler, make: Factory
) -> Callable[..., Pipeline]:
    """Build the pipeline of a process; Redis can be another one."""
    make.account()
    make.account(channel=Channel.WECOM, name="work")
    make.commit()
    pack: Any = Pack(texts(), KnowsNothing())  # type: ignore[arg-type]

    def process(client: redis.Redis = redis_client) -> Pipeline:
        return Pipeline(
            store=store,
            client=client,
            router=handler.router(),
            packs={"telecom": pack},
            settings=settings,
            clock=clock,
        )

    return process


@pytest.fixture
def pipeline(build: Callable[..., Pipeline]) -> Pipeline:
    return build()


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


def said(reply: Reply) -> str:
    return "".join(str(getattr(part, "content", "")) for part in reply.parts)


def count(db: Session, *conditions: Any) -> int:
    db.rollback()
    return db.execute(select(func.count()).select_from(Inbound).where(*conditions)).scalar_one()


def test_a_turn_is_committed_with_its_reply(pipeline: Pipeline, db: Session) -> None:
    assert said(pipeline.run(Work(incoming("你好")))) == "收到：你好"
    row = db.execute(select(Inbound)).scalar_one()
    assert (row.state, row.late, row.reply) == (InboundState.DONE, False, [{"type": "text", "content": "收到：你好"}])


def test_a_turn_that_asks_for_the_session_and_writes_nothing_is_committed(
    pipeline: Pipeline, handler: Handler, db: Session
) -> None:
    handler.do = lambda turn: turn.db
    pipeline.run(Work(incoming("你好")))
    assert count(db, Inbound.state == InboundState.DONE) == 1


def test_any_number_of_deliveries_at_once_have_one_effect(
    build: Callable[..., Pipeline], handler: Handler, db: Session
) -> None:
    handler.do = lambda turn: turn.db.add(Branch(name=f"网点{len(handler.said)}"))
    pipelines = [build(), build()]
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda number: pipelines[number % 2].run(Work(incoming("你好"))), range(6)))
    assert {said(reply) for reply in replies} == {"收到：你好"}
    assert (handler.said, count(db)) == (["你好"], 1)
    assert len(db.scalars(select(Branch).where(Branch.name.like("网点%"))).all()) == 1


def test_of_two_late_attempts_one_speaks(pipeline: Pipeline, db: Session) -> None:
    for _ in range(2):
        assert pipeline.run(Work(incoming("你好"), late=True)) == Reply()
    assert [row.part["content"] for row in db.scalars(select(Outbox))] == ["收到：你好"]


def test_a_passive_reply_is_not_said_again_by_a_late_attempt(pipeline: Pipeline, db: Session) -> None:
    assert said(pipeline.run(Work(incoming("你好")))) == "收到：你好"
    pipeline.run(Work(incoming("你好"), late=True))
    assert db.scalars(select(Outbox)).all() == []


@pytest.fixture
def resumption(pipeline: Pipeline, store: Store, clock: ManualClock) -> Resumption:
    return Resumption(pipeline, store, clock)


class TestResuming:
    def test_what_is_accepted_is_worked_on(
        self, pipeline: Pipeline, resumption: Resumption, db: Session, handler: Handler
    ) -> None:
        pipeline.accept(Work(incoming("你好")), abandoned=True)
        resumption.resume(db.execute(select(Inbound.id)).scalar_one())
        assert handler.said == ["你好"]
        assert count(db, Inbound.state == InboundState.DONE, Inbound.late) == 1
        assert [row.part["content"] for row in db.scalars(select(Outbox))] == ["收到：你好"]

    def test_what_is_done_or_gone_is_left_alone(
        self, pipeline: Pipeline, resumption: Resumption, db: Session, handler: Handler
    ) -> None:
        pipeline.run(Work(incoming("你好")))
        resumption.resume(db.execute(select(Inbound.id)).scalar_one())
        resumption.resume(4711)
        assert handler.said == ["你好"]

    def test_one_that_fails_again_apologises_once(
        self, pipeline: Pipeline, resumption: Resumption, db: Session, handler: Handler
    ) -> None:
        def breaks(turn: Turn) -> None:
            raise RuntimeError("broken")

        handler.do = breaks
        pipeline.accept(Work(incoming("你好")), abandoned=True)
        number = db.execute(select(Inbound.id)).scalar_one()
        for _ in range(2):
            resumption.resume(number)
        assert count(db, Inbound.incident.is_not(None)) == 1
        assert len(db.scalars(select(Outbox)).all()) == 1


class TestWhenRedisGoesAway:
    @pytest.fixture
    def failing(self, build: Callable[..., Pipeline], redis_client: redis.Redis) -> Pipeline:
        """A process whose Redis answers reads and no writes."""

        pool = redis_client.connection_pool

        class ReadOnly(pool.connection_class):  # type: ignore[misc, name-defined]
            def send_packed_command(self, command: list[bytes], check_health: bool = True) -> Any:
                if any(b"\r\nSET\r\n" in words for words in command):
                    raise redis.ConnectionError("gone")
                return super().send_packed_command(command, check_health)

        kwargs = pool.connection_kwargs
        return build(redis.Redis(connection_pool=redis.ConnectionPool(connection_class=ReadOnly, **kwargs)))

    def test_what_was_committed_counts(
        self, failing: Pipeline, pipeline: Pipeline, handler: Handler, logs: list[MutableMapping[str, Any]]
    ) -> None:
        assert said(failing.run(Work(incoming("你好")))) == "收到：你好"
        assert "session_not_settled" in {line["event"] for line in logs}
        assert said(pipeline.run(Work(incoming("你好")))) == "收到：你好"
        assert handler.said == ["你好"]


class TestTheSession:
    def test_it_goes_from_message_to_message_over_processes(
        self, build: Callable[..., Pipeline], handler: Handler
    ) -> None:
        seen: list[str] = []

        def remember(turn: Turn) -> None:
            seen.append(turn.session.last)
            turn.session.last, turn.session.last_at = turn.text, turn.now

        handler.do = remember
        for number in range(3):
            build().run(Work(incoming(f"第{number}句", key=f"m:{number}")))
        assert seen == ["", "第0句", "第1句"]

    def test_a_failed_turn_leaves_it_where_it_was(self, pipeline: Pipeline, handler: Handler) -> None:
        def forgets_then_breaks(turn: Turn) -> None:
            turn.session.last, turn.session.last_at = turn.text, turn.now
            if turn.text == "坏":
                raise RuntimeError("broken")

        handler.do = forgets_then_breaks
        for number, words in enumerate(("好", "坏")):
            pipeline.run(Work(incoming(words, key=f"m:{number}")))
        seen: list[str] = []
        handler.do = lambda turn: seen.append(turn.session.last)
        pipeline.run(Work(incoming("看", key="m:9")))
        assert seen == ["好"]

    def test_it_ends_with_the_following(self, pipeline: Pipeline, redis_client: redis.Redis, handler: Handler) -> None:
        def remember(turn: Turn) -> None:
            turn.session.notes["name"] = "赵铁柱"

        handler.do = remember
        pipeline.run(Work(incoming("我叫赵铁柱")))
        assert redis_client.keys("tiexin:session:*")
        pipeline.run(Work(incoming(kind=Kind.EVENT, event="unsubscribe", key="e:1")))
        assert redis_client.keys("tiexin:session:*") == []


def test_who_is_new_becomes_a_contact_once(pipeline: Pipeline, db: Session) -> None:
    for number in range(2):
        pipeline.run(Work(incoming("你好", key=f"m:{number}", person="oNew")))
    contact = db.execute(select(Contact).where(Contact.openid == "oNew")).scalar_one()
    assert contact.following and contact.pseudonym.startswith("客户-")
    assert contact.last_message_at is not None and contact.window_left == 5


def test_an_account_without_a_row_is_told_in_the_log(
    pipeline: Pipeline, logs: list[MutableMapping[str, Any]], db: Session
) -> None:
    reply = pipeline.run(Work(incoming("你好", account="nowhere")))
    assert "E1121-" in said(reply)
    assert [line["event"] for line in logs] == ["turn_failed", "apology_not_recorded"]
    assert count(db) == 0


def test_every_line_of_a_turn_carries_its_message(pipeline: Pipeline, handler: Handler) -> None:
    bound: list[dict[str, Any]] = []
    handler.do = lambda turn: bound.append(dict(structlog.contextvars.get_contextvars()))
    message: Incoming = incoming("你好")
    pipeline.run(Work(message))
    assert bound == [{"message": Work(message).trace}]
    assert structlog.contextvars.get_contextvars() == {}


def test_a_card_number_is_hidden_in_what_was_recognised_of_a_voice_too() -> None:
    voice = Media(Kind.VOICE, "MEDIA1", {"format": "amr", "recognition": "我的身份证号是11010519491231002X"})
    kept = Work(incoming("", kind=Kind.VOICE, media=voice)).incoming.media
    assert kept is not None
    assert kept.detail == {"format": "amr", "recognition": "我的身份证号是******"}
