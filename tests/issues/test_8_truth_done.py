"""Issue 8, the manager's truth: 完成 without words, where the customer is owed an answer or knows nothing of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.store.models import Task, TaskState
from bot.understanding import Unknown
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff
from tests.handlers.talk import last_card, read_by
from tests.handlers.test_questions import understood

__all__ = ["clock", "pack", "people", "phone", "pipeline", "staff", "understood"]

ASKED = "你们能不能刷脸取号"


@pytest.fixture
def question(phone, db, understood) -> int:
    """王总 asked what nobody knows; 王芳 has it."""
    understood(Unknown("unsure", (), None))
    phone.says(ASKED)
    return db.scalars(select(Task.id).where(Task.rule == "unanswered")).one()


def _state(db, number: int) -> TaskState:
    db.rollback()
    db.expire_all()
    return db.get_one(Task, number).state


def test_who_is_owed_an_answer_gets_one(question, staff, db, store, people):
    said = staff("wangfang").says(f"完成 {question}")
    assert ASKED in said
    assert _state(db, question) is TaskState.OPEN
    assert "处理了" not in read_by(store, f"contact:{people.contact.id}")
    staff("wangfang").says("可以的，到店就能刷脸取号")
    assert "到店就能刷脸取号" in read_by(store, f"contact:{people.contact.id}")
    assert _state(db, question) is TaskState.DONE


@pytest.mark.parametrize("words", ["已答复", "已电话答复", "已经告诉客户了"])
def test_who_was_answered_by_phone_reads_what_it_is_about(question, staff, db, store, people, words):
    staff("wangfang").button("task.done", last_card(store, f"manager:{people.manager.id}").task_id)
    staff("wangfang").says(words)
    told = read_by(store, f"contact:{people.contact.id}")
    assert f"您问的“{ASKED}”，客户经理王芳说已经答复过您了" in told
    assert _state(db, question) is TaskState.DONE


def test_a_talk_is_said_to_have_been(phone, staff, store, people):
    phone.says("帮我找一下客户经理")
    staff("wangfang").says("完成 1")
    assert "王芳说已经联系过您了" in read_by(store, f"contact:{people.contact.id}")


@pytest.mark.parametrize("words", ["完成", "办结", "已处理", "已解决"])
def test_a_complaint_is_done_with_words_to_the_customer(make, staff, store, people, words):
    make.complaint(people.contact, number="TS20261120-0001")
    make.commit()
    said = staff("wangfang").says(f"{words} TS20261120-0001")
    assert "没看懂" not in said
    staff("wangfang").says("师傅已经换了光猫")
    assert "师傅已经换了光猫" in read_by(store, f"contact:{people.contact.id}")
