"""M3: after 取消关注 phone, WeChat id, address and name stayed in tasks, cards, complaints, the managers' chat.

A customer who leaves his data everywhere by real talks unfollows; then every text of every table and every Redis key
is searched for it. What may stay: the branch's own customer file.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.delivery import spool, stalled_turns
from bot.dialogue import Router
from bot.intake import inbound_log
from bot.runtime.container import Services
from bot.store.models import (
    Complaint,
    ComplaintEvent,
    ComplaintState,
    Inbound,
    InboundState,
    Outbox,
    ScheduledRun,
    Task,
)
from bot.store.redis_keys import REPLY_SECONDS
from bot.store.session import driver
from handlers import build_router
from scripts.simulator.testkit import Customer, World
from tests.auxil.turns import incoming
from tests.scenarios import conftest
from tests.scenarios.caring import comes
from tests.scenarios.talking import complaint, filed, talk

NAME, PHONE, OTHER_PHONE, HANDLE, PLACE = "王建国", "13800131001", "13912345678", "wang_8899", "幸福路88号3单元502"
world = conftest.world
"""With the whole timetable."""

FILES = {"customers"}
"""The branch's own customer file, kept by contract."""

COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> ALL(:files)
      AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'name')
      AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE')
"""


def _found(db: Session, words: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Return (table, column, word) for every place of the database where one of the words stands."""
    db.rollback()
    places = db.execute(text(COLUMNS), {"files": list(FILES)}).all()
    assert len(places) > 60
    return [
        (table, column, word)
        for table, column in places
        for word in words
        if db.scalar(text(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE :word'), {"word": f"%{word}%"})
    ]


def _remembered(client: redis.Redis, words: tuple[str, ...]) -> list[bytes]:
    """Return the Redis keys that hold one of the words for longer than a reply may be asked for again."""
    found = []
    for key in client.scan_iter():
        value = client.dump(key) or b""
        kept = client.ttl(key)
        if any(word.encode() in key + value for word in words) and not 0 <= kept <= REPLY_SECONDS:
            found.append(key)
    return found


def _died(truth: Session, services: Services, openid: str) -> None:
    """A process died over a message of his that the platform was told `success` for; a worker was to resume it.

    Another one came while PostgreSQL was away and waits in Redis.
    """
    now = services.clock.now()
    first, second = (
        inbound_log.accepted_row(incoming(f"我是{NAME}，住{PLACE}，打{PHONE}", person=openid, key=key), now)
        for key in ("msg:died", "msg:spooled")
    )
    spool.accept(driver(truth), first, now)
    stalled_turns.resume(services.spool, truth, now)
    truth.commit()
    assert services.spool.put(second, 10.0)


@pytest.fixture
def router() -> Router:
    """The program's own handlers."""
    return build_router()


@pytest.fixture
def told(world: World, truth: Session) -> Customer:
    """The customer who told everything everywhere."""
    wang, zhou = world.customer("王总"), world.manager("周敏")
    closed = filed(wang, f"我住{PLACE}，宽带老掉线，烦死了，昨天开始的，打{OTHER_PHONE}")
    zhou.sees_card("新投诉")
    talk(zhou, f"接单 {closed}")
    zhou.taps("回复")
    talk(zhou, f"王总，{PLACE}那边修好了，再打{OTHER_PHONE}联系您")
    talk(wang, "解决了，谢谢")
    opened = filed(wang, f"你们上个月乱扣我三十块钱，退给我，我叫{NAME}，加我微信{HANDLE}")
    wang.sends_picture()
    talk(wang, f"补充一下，账单寄到{PLACE}，电话{PHONE}")
    talk(wang, "找经理")
    talk(wang, f"我微信号{HANDLE}，合同送到{PLACE}，到了打{OTHER_PHONE}，我是{NAME}")
    talk(wang, f"表扬一下周敏，她来{PLACE}修得又快又好")
    talk(wang, f"{PLACE}能装火星宽带吗，我是{NAME}，{PHONE}")
    for words in ("投诉", "今日", "任务", f"查看 {opened}"):
        talk(zhou, words)
    comes(world, "2026-11-23 07:05", "2026-11-23 08:05", "2026-11-23 09:05", "2026-11-23 10:05")
    assert complaint(truth, closed).state is ComplaintState.CLOSED
    assert complaint(truth, opened).state is not ComplaintState.CLOSED
    return wang


def _words(wang: Customer) -> tuple[str, ...]:
    return (wang.person.address, NAME, PHONE, OTHER_PHONE, HANDLE, "幸福路88号")


def test_nothing_in_any_table_or_redis_key_tells_who_left(
    told: Customer, world: World, truth: Session, services: Services
) -> None:
    _died(truth, services, told.person.address)
    before = {table for table, _, _ in _found(truth, _words(told))}
    assert {"contacts", "inbound", "outbox", "tasks", "complaints", "complaint_events", "procrastinate_jobs"} <= before
    told.unfollows()
    assert _found(truth, _words(told)) == []
    assert _remembered(services.redis, _words(told)) == []
    world.settle()
    assert _found(truth, _words(told)) == []


def test_what_must_stay_stays(told: Customer, world: World, truth: Session) -> None:
    told.unfollows()
    world.settle()
    closed, opened = truth.scalars(select(Complaint).order_by(Complaint.id)).all()
    assert (closed.what, closed.place, closed.phone, closed.customer_id) == ("〔已删除〕", "", "", None)
    assert closed.number.startswith("TS")
    assert closed.category
    assert None not in (closed.filed_at, closed.due_at, closed.answered_at, closed.closed_at)
    answers = [event.text for event in closed.events if event.kind == "answered"]
    assert len(answers) == 1
    assert "修好了" in answers[0]
    assert "扣我三十块钱" in opened.what  # without it nobody could settle it
    media = [event.data for event in opened.events if event.kind == "media"]
    assert media == [{}]
    late = truth.scalars(select(Inbound).where(Inbound.key == "msg:died")).all()
    assert late == []


def test_an_open_complaint_loses_its_words_when_it_closes(told: Customer, world: World, truth: Session) -> None:
    told.unfollows()
    truth.rollback()
    opened = truth.scalars(select(Complaint).where(Complaint.state != ComplaintState.CLOSED)).one()
    opened.state, opened.closed_at = ComplaintState.CLOSED, opened.filed_at + timedelta(days=3)
    truth.commit()
    comes(world, "2026-11-24 01:05")
    truth.expire_all()
    assert opened.what == "〔已删除〕"
    story = truth.scalars(select(ComplaintEvent.text).where(ComplaintEvent.complaint_id == opened.id)).all()
    assert not any("三十" in words for words in story)


def test_another_of_the_same_name_keeps_what_waits_for_him(told: Customer, world: World, truth: Session) -> None:
    """王总 is many: only what is over is emptied on so vague a word, nothing that is still to go out."""
    truth.rollback()
    mine = truth.scalars(select(Outbox).where(Outbox.manager_id.is_not(None)).order_by(Outbox.id)).first()
    assert mine is not None
    facts = {column.name: getattr(mine, column.name) for column in Outbox.__table__.columns if column.name != "id"}
    waiting = Outbox(**facts | {"occasion": "other", "state": "waiting", "trace": "", "part": _text("王总找您")})
    over = Outbox(**facts | {"occasion": "over", "state": "sent", "trace": "", "part": _text("王总找您")})
    waiting.due_at += timedelta(days=30)
    truth.add_all([waiting, over])
    truth.commit()
    told.unfollows()
    truth.expire_all()
    assert waiting.part["content"] == "王总找您"
    assert over.part["content"] == ""


def _text(words: str) -> dict[str, str]:
    return {"type": "text", "content": words}


def test_the_append_only_file_is_written_anew_after_somebody_left(told: Customer, world: World, truth: Session) -> None:
    def ran() -> list[str]:
        truth.rollback()
        query = select(ScheduledRun.result).where(ScheduledRun.name == "append_file").order_by(ScheduledRun.due_at)
        return list(truth.scalars(query))

    comes(world, "2026-11-23 11:25")
    assert ran()[-1] == "nothing"
    told.unfollows()
    comes(world, "2026-11-23 12:25")
    assert ran()[-1] == "rewritten"
    comes(world, "2026-11-23 15:25")
    assert ran()[-1] == "nothing"


def test_a_message_that_was_only_accepted_is_done_with(
    told: Customer, world: World, truth: Session, services: Services
) -> None:
    _died(truth, services, told.person.address)
    told.unfollows()
    world.settle()
    truth.rollback()
    rows = truth.scalars(select(Inbound).where(Inbound.channel == "official")).all()
    assert {row.state for row in rows} == {InboundState.DONE}
    assert not any(row.payload for row in rows)
    assert truth.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'resume_turn'")) == 0
    assert truth.scalars(select(Task.text).where(Task.text.contains(HANDLE))).all() == []
