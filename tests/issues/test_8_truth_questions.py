"""Issue 8, the manager's truth: question cards for a year; answers to the manager taught as questions."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.care import open_question_digest as plan_questions
from bot.care import weekly_report
from bot.learning import open_questions
from bot.learning.open_questions import Asked, Where
from bot.store.models import OpenQuestion, OpenQuestionState, Outbox, OutboxState
from bot.store.session import driver
from tests.care.conftest import SHANGHAI, desk, plan, rows
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff, stranger
from tests.handlers.talk import last_card

__all__ = ["clock", "desk", "pack", "people", "phone", "pipeline", "plan", "rows", "staff", "stranger"]

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)


@pytest.fixture
def question(db, people, clock):
    """A question that nobody will ever answer."""
    where = Where(people.contact.account_id, "telecom", people.manager.branch_id)
    number = open_questions.record(driver(db), where, people.manager.id, Asked("能不能刷脸取号", "far"), clock.now())
    db.commit()
    return db.get(OpenQuestion, number)


def test_three_cards_then_the_supervisors_week(question, people, plan, rows):
    for day in range(60):
        plan(plan_questions.plan, MONDAY + timedelta(days=day))
    assert len(rows("open_questions")) == open_questions.MOST_ASKED
    plan(
        lambda desk, context: weekly_report.plan(desk, lambda pack: {}, context),
        MONDAY.replace(hour=8) + timedelta(days=56),
    )
    (picture,) = rows("question_week")
    assert picture.manager_id == people.supervisor.id
    assert f"{question.id}号 能不能刷脸取号" in picture.part["content"]


def test_only_cards_that_were_shown_are_counted(question, staff, plan, rows, db):
    """待答 counted as a card, and so did one that never reached its manager."""
    staff("wangfang").says("待答")
    plan(plan_questions.plan, MONDAY)
    (unshown,) = rows("open_questions")
    unshown.state = OutboxState.SKIPPED
    db.commit()
    for day in range(1, 60):
        plan(plan_questions.plan, MONDAY + timedelta(days=day))
    assert len(rows("open_questions")) == open_questions.MOST_ASKED + 1


def test_the_week_waits_until_the_last_card_was_left_alone(question, people, plan, rows, db):
    """It called unanswered what was asked for the third time at that very moment."""
    week = lambda desk, context: weekly_report.plan(desk, lambda pack: {}, context)  # noqa: E731
    for day in (0, 3, 7):  # the third card on Monday, the 30th
        plan(plan_questions.plan, MONDAY + timedelta(days=day))
    assert len(rows("open_questions")) == open_questions.MOST_ASKED
    plan(week, MONDAY + timedelta(days=7))
    assert not any("还没人答" in row.part["content"] for row in rows("question_week"))
    plan(week, MONDAY + timedelta(days=14))
    assert any("还没人答" in row.part["content"] for row in rows("question_week"))


def test_the_week_comes_on_its_first_workday(question, people, plan, rows, db):
    """Monday and Tuesday, 4 and 5 May 2026, were holidays: nothing came in such a week."""
    question.state, question.times_asked = OpenQuestionState.ASKED, open_questions.MOST_ASKED
    db.commit()
    for day in range(4, 9):
        at = datetime(2026, 5, day, 8, 45, tzinfo=SHANGHAI)
        plan(lambda desk, context: weekly_report.plan(desk, lambda pack: {}, context), at)
    (picture,) = rows("question_week")
    assert picture.manager_id == people.supervisor.id
    assert picture.created_at.astimezone(SHANGHAI).day == 6
    assert "4月27日" in picture.part["content"]
    assert "5月3日" in picture.part["content"]


def test_cards_come_on_workdays(question, plan, rows):
    plan(plan_questions.plan, datetime(2026, 11, 21, 9, 30, tzinfo=SHANGHAI))
    assert rows("open_questions") == []


def test_a_week_without_anything_is_not_sent(people, plan, rows):
    plan(lambda desk, context: weekly_report.plan(desk, lambda pack: {}, context), MONDAY.replace(hour=8))
    assert rows("question_week") == []


@pytest.fixture
def written(db, phone, staff, people, store):
    """王芳 answered 王总 by his card, and the words left."""
    phone.says("帮我找一下客户经理")
    card = last_card(store, f"manager:{people.manager.id}")
    staff("wangfang").button("task.reply", card.task_id)
    staff("wangfang").says("王总好，下午三点我到您公司")
    row = db.scalars(select(Outbox).where(Outbox.rule == "manager_words")).one()
    row.state = OutboxState.SENT
    db.commit()


@pytest.mark.parametrize("words", ["可以，三点见", "对了，把合同也带来"])
def test_an_answer_to_the_manager_reaches_her_and_is_no_question(db, written, phone, staff, store, people, words):
    said = phone.says(words)
    assert "王芳" in said
    assert "不确定" not in said
    db.rollback()
    assert db.scalars(select(OpenQuestion)).all() == []
    card = last_card(store, f"manager:{people.manager.id}")
    assert words in card.description
    staff("wangfang").button("task.reply", card.task_id)
    assert "教给小助手" not in staff("wangfang").says("好的，一会儿见")


@pytest.mark.parametrize("words", ["我要找林浩", "找你们主管", "让何主任给我回电话", "叫你们领导来"])
def test_a_wish_for_a_person_is_no_question_for_others(db, phone, words):
    phone.says(words)
    db.rollback()
    assert db.scalars(select(OpenQuestion)).all() == []
