"""Plain turns, several at a time, on the real database and the real Redis."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
import redis
from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from bot.channels.errors import Refused
from bot.clock import ManualClock
from bot.config import Settings
from bot.dialogue import Router, Turn
from bot.dialogue.sessions import Ended, FormState, Session, Sessions
from bot.intake.deduplication import Deduplicator
from bot.intake.inbound_job import Work
from bot.intake.pipeline import Pipeline
from bot.intake.read_only_turns import Outcome, PlainTurns
from bot.messages import Kind, Reply
from bot.packs import Pack
from bot.store import redis_keys as keys
from bot.store.models import Branch, Contact, Inbound, InboundState
from bot.store.session import Store
from bot.understanding import Unknown
from tests.auxil.factories import Factory
from tests.auxil.turns import KnowsNothing, incoming, texts

PEOPLE = ("oWang", "oLi", "oZhao")


class Talk:
    """Answers every text; `do` is what happens besides."""

    def __init__(self) -> None:
        self.do: Callable[[Turn], object] = lambda turn: None
        self.said: list[str] = []

    def router(self) -> Router:
        router = Router()

        @router.understood(Unknown)
        def answer(turn: Turn) -> Reply:
            self.said.append(f"{turn.incoming.person}:{turn.text}")
            self.do(turn)
            return Reply.text(f"收到：{turn.text}")

        router.event("view", "unsubscribe")(lambda turn: Reply())
        return router


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def pipeline(
    store: Store, settings: Settings, clock: ManualClock, redis_client: redis.Redis, make: Factory, talk: Talk
) -> Pipeline:
    for person in PEOPLE:
        make.contact(openid=person)
    make.commit()
    pack: Any = Pack(texts(), KnowsNothing())  # type: ignore[arg-type]
    return Pipeline(
        store=store, client=redis_client, router=talk.router(), packs={"telecom": pack}, settings=settings, clock=clock
    )


@pytest.fixture
def plain(pipeline: Pipeline, store: Store, redis_client: redis.Redis) -> PlainTurns:
    return PlainTurns(pipeline, Deduplicator(redis_client, window_seconds=300), store)


def work(text: str, person: str = "oWang", **fields: Any) -> Work:
    return Work(
        incoming(text, person=person, **({"key": f"m:{person}:{text}"} | fields)), signature=f"s:{text}{person}"
    )


def outcomes(plain: PlainTurns, *works: Work) -> list[str | int | None]:
    """Return what came of each: its words, the status of a refusal, None for what is to be done alone."""
    found: dict[int, Outcome] = {}
    plain.answer(works, found)
    assert sorted(found) == list(range(len(works)))
    return [_told(found[place]) for place in range(len(works))]


def _told(outcome: Outcome) -> str | int | None:
    if isinstance(outcome, Refused):
        return outcome.status
    return None if outcome is None else "".join(str(getattr(part, "content", "")) for part in outcome.parts)


def rows(db: Database) -> list[Inbound]:
    db.rollback()
    return list(db.scalars(select(Inbound).order_by(Inbound.key)))


def turns(db: Database, person: str = "oWang") -> int:
    db.rollback()
    return db.execute(select(Contact.turns).where(Contact.openid == person)).scalar_one()


def test_several_people_are_answered_and_committed(plain: PlainTurns, db: Database) -> None:
    assert outcomes(plain, *(work("你好", person) for person in PEOPLE)) == ["收到：你好"] * 3
    assert {(row.person, row.state, row.late) for row in rows(db)} == {
        (person, InboundState.DONE, False) for person in PEOPLE
    }
    assert rows(db)[0].reply == [{"type": "text", "content": "收到：你好"}]
    assert [turns(db, person) for person in PEOPLE] == [1, 1, 1]


def test_a_retry_gets_the_stored_reply(plain: PlainTurns, talk: Talk) -> None:
    assert [outcomes(plain, work("你好")) for _ in range(2)] == [["收到：你好"]] * 2
    assert len(talk.said) == 1


def test_a_retry_that_redis_forgot_is_done_alone(
    plain: PlainTurns, pipeline: Pipeline, db: Database, redis_client: redis.Redis
) -> None:
    outcomes(plain, work("你好"))
    redis_client.flushdb()
    again = work("你好")
    assert outcomes(plain, again) == [None]
    assert _told(pipeline.run(again)) == "收到：你好"
    assert (len(rows(db)), turns(db)) == (1, 1)


def test_a_signature_serves_one_message(plain: PlainTurns) -> None:
    other = work("转账", key="m:2")
    other.signature = work("你好").signature
    assert outcomes(plain, work("你好")) == ["收到：你好"]
    assert outcomes(plain, other) == [403]


def test_who_needs_the_database_is_done_alone_and_the_others_are_answered(
    plain: PlainTurns, pipeline: Pipeline, talk: Talk, db: Database
) -> None:
    def effect(turn: Turn) -> None:
        if turn.incoming.person == "oLi":
            turn.db.add(Branch(name="西关"))

    talk.do = effect
    works = [work("你好", person) for person in PEOPLE]
    assert outcomes(plain, *works) == ["收到：你好", None, "收到：你好"]
    assert len(rows(db)) == 2
    assert _told(pipeline.run(works[1])) == "收到：你好"
    assert db.scalars(select(Branch.name).where(Branch.name == "西关")).all() == ["西关"]


def test_who_only_looks_stays_plain_and_who_will_change_something_gives_up(
    plain: PlainTurns, talk: Talk, db: Database
) -> None:
    seen: list[int] = []
    talk.do = lambda turn: seen.extend(turn.transaction.reading.execute("SELECT count(*) FROM contacts").fetchone())
    assert outcomes(plain, work("你好")) == ["收到：你好"]
    assert seen == [len(PEOPLE)]
    talk.do = lambda turn: turn.changes()
    assert outcomes(plain, work("投诉")) == [None]
    assert [row.text for row in rows(db)] == ["你好"]


def test_a_handler_that_raises_hurts_nobody_else(plain: PlainTurns, talk: Talk, db: Database) -> None:
    def broken(turn: Turn) -> None:
        if turn.incoming.person == "oLi":
            raise RuntimeError("broken")

    talk.do = broken
    assert outcomes(plain, *(work("你好", person) for person in PEOPLE)) == ["收到：你好", None, "收到：你好"]
    assert {row.person for row in rows(db)} == {"oWang", "oZhao"}


@pytest.mark.parametrize("event", ["unsubscribe", "templatesendjobfinish"])
def test_reports_on_who_may_have_left_are_done_alone(plain: PlainTurns, event: str) -> None:
    assert outcomes(plain, work("", kind=Kind.EVENT, event=event)) == [None]


def test_who_is_no_contact_yet_is_done_alone(plain: PlainTurns, pipeline: Pipeline, db: Database) -> None:
    stranger = work("你好", "oNew")
    assert outcomes(plain, stranger, work("你好", account="nowhere", key="m:9")) == [None, None]
    assert _told(pipeline.run(stranger)) == "收到：你好"
    assert turns(db, "oNew") == 1


class TestWhatComesBetween:
    """Another turn of the person: each time the plain one is as if it had not been."""

    def test_it_was_committed(self, plain: PlainTurns, pipeline: Pipeline, talk: Talk, db: Database) -> None:
        def meanwhile(turn: Turn) -> None:
            talk.do = lambda turn: None
            pipeline.run(work("先来的"))

        talk.do = meanwhile
        second = work("你好")
        assert outcomes(plain, second) == [None]
        assert [row.text for row in rows(db)] == ["先来的"]
        assert _told(pipeline.run(second)) == "收到：你好"
        assert turns(db) == 2

    def test_it_still_runs(self, plain: PlainTurns, store: Store, db: Database) -> None:
        with store.transaction() as other:
            other.raw.execute("SELECT * FROM tiexin_customer_turn('official', 'oWang', 'm:0')")
            assert outcomes(plain, work("你好"), work("你好", "oLi")) == [None, "收到：你好"]
        assert [row.person for row in rows(db)] == ["oLi"]

    def test_he_left(self, plain: PlainTurns, talk: Talk, store: Store, db: Database) -> None:
        def leave(turn: Turn) -> None:
            with store.at_once() as connection:
                connection.execute("UPDATE contacts SET openid = NULL WHERE openid = 'oWang'")

        talk.do = leave
        assert outcomes(plain, work("你好")) == [None]
        assert rows(db) == []

    def test_the_message_was_kept_as_late(self, plain: PlainTurns, pipeline: Pipeline, talk: Talk) -> None:
        talk.do = lambda turn: pipeline.accept(turn.incoming)
        first = work("你好")
        assert outcomes(plain, first) == [None]
        assert first.go_late()

    def test_the_deadline_passed(self, plain: PlainTurns, talk: Talk, db: Database) -> None:
        late = work("你好")
        talk.do = lambda turn: late.go_late()
        assert outcomes(plain, late) == [None]
        assert rows(db) == []

    def test_another_thread_took_it(self, plain: PlainTurns, talk: Talk) -> None:
        taken, found = work("你好"), dict[int, Outcome]()
        assert taken.take()
        plain.answer([taken], found)
        assert (found, talk.said) == ({}, [])


def test_of_two_processes_at_once_the_later_turns_conversation_stays(
    plain: PlainTurns, pipeline: Pipeline, talk: Talk, db: Database, redis_client: redis.Redis
) -> None:
    talk.do = lambda turn: turn.session.notes.update(said=turn.text)
    with ThreadPoolExecutor(2) as pool:
        for number in range(20):
            pair = [work(f"{word}{number}") for word in ("甲", "乙")]
            list(pool.map(pipeline.run, pair))
            db.rollback()
            last = db.scalars(select(Inbound.text).order_by(Inbound.id.desc()).limit(1)).one()
            stored = cast(bytes, redis_client.get(keys.session("official", "official", "oWang"))).decode()
            assert f'"said":"{last}"' in stored


class TestConversations:
    def test_a_form_moves_in_step_with_the_database_and_so_alone(
        self, plain: PlainTurns, clock: ManualClock, redis_client: redis.Redis, talk: Talk
    ) -> None:
        state = Session(form=FormState("complaint", "when", {}, [], clock.now()))
        Sessions(redis_client).finish(Ended(incoming("我要投诉"), [], 1, "", state.dump()))
        assert outcomes(plain, work("三天了")) == [None]
        assert talk.said == []

    def test_a_turn_that_opens_a_form_is_done_alone(self, plain: PlainTurns, talk: Talk, clock: ManualClock) -> None:
        def opens(turn: Turn) -> None:
            turn.session.form = FormState("complaint", "when", {}, [], clock.now())

        talk.do = opens
        assert outcomes(plain, work("我要投诉")) == [None]

    def test_what_is_staged_is_settled_by_a_turn_of_its_own(self, plain: PlainTurns, redis_client: redis.Redis) -> None:
        Sessions(redis_client).stage(incoming("一"), "{}")
        assert outcomes(plain, work("你好")) == [None]

    def test_what_was_asked_is_remembered(self, plain: PlainTurns, redis_client: redis.Redis) -> None:
        outcomes(plain, work("宽带多少钱"))
        assert "宽带多少钱" in str((redis_client.get(keys.session("official", "official", "oWang")) or b"").decode())


def test_without_redis_each_is_done_alone(pipeline: Pipeline, store: Store, talk: Talk) -> None:
    away = Deduplicator(redis.Redis.from_url("redis://127.0.0.1:1/0"), window_seconds=300)
    assert outcomes(PlainTurns(pipeline, away, store), work("你好"), work("你好", "oLi")) == [None, None]
    assert talk.said == []


def test_without_the_database_nothing_is_begun(pipeline: Pipeline, redis_client: redis.Redis, talk: Talk) -> None:
    store, found = Store("postgresql://nobody@127.0.0.1:1/none"), dict[int, Outcome]()
    PlainTurns(pipeline, Deduplicator(redis_client, window_seconds=300), store).answer([work("你好")], found)
    assert (found, talk.said) == ({}, [])


def test_words_no_statement_takes_are_done_alone(plain: PlainTurns) -> None:
    """The others of the batch are done alone too; none is lost."""
    assert outcomes(plain, work("你\x00好", key="m:1"), work("你好", "oLi")) == [None, None]
