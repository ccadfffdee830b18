"""D2: a voice whose words were recognised is text to every step: it confirms, cancels, asks, and despair is heard."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.messages import Kind
from bot.store.models import Complaint, Task
from tests.handlers.conftest import clock, pack, people, phone, pipeline

__all__ = ["clock", "pack", "people", "phone", "pipeline"]


@pytest.fixture
def speaks(phone):
    """Say something into the phone, and WeChat recognises it."""
    return lambda words: phone.sends(Kind.VOICE, recognition=words)


def complaints(db):
    return db.scalar(select(func.count(Complaint.id)))


def test_despair_inside_a_form_is_heard(phone, speaks, db):
    phone.says("我要投诉")
    said = speaks("活着没意思，我不想活了。")
    assert "心理援助热线" in said
    assert "什么事" not in said
    assert db.scalars(select(Task.rule)).all() == ["alarm"]


def test_a_complaint_is_told_and_confirmed_by_voice(speaks, db):
    speaks("网速慢死了，再不修我换联通了。")
    assert "请您看看记得对不对" in speaks("上周三晚上。")
    assert "TS" in speaks("确认。")
    assert complaints(db) == 1


def test_a_form_is_left_by_voice(phone, speaks, db):
    phone.says("网速慢死了，再不修我换联通了，昨天开始的")
    assert "这次就不登记了" in speaks("取消。")
    assert "TS" not in phone.says("确认")
    assert complaints(db) == 0


def test_a_step_back_by_voice(phone, speaks):
    phone.says("我要投诉")
    phone.says("宽带老断线，你们管不管")
    assert "回到上一步" in speaks("上一步。")


def test_a_question_inside_a_form_is_answered_and_the_form_goes_on(phone, speaks):
    question = phone.says("我要投诉")
    said = speaks("我的客户经理是谁？")
    assert "王芳" in said
    assert question.splitlines()[-1] in said


def test_what_is_offered_is_picked_by_voice(phone, speaks):
    assert "请不要" not in phone.says("100元以下有哪些套餐")
    assert "银龄套餐" in speaks("第二个。")


def test_a_number_that_is_nobodys_business_is_told(speaks):
    assert "请不要在这里发" in speaks("我的身份证号是110101199003074514，怎么查话费")


def test_a_voice_without_words_is_asked_to_be_typed(phone):
    assert "打字" in phone.sends(Kind.VOICE)
