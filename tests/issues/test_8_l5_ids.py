"""L5: ids that can be none, in taps, cards and open forms of people who left, get honest words and no apology."""

from __future__ import annotations

import pytest

from bot.store.ids import row_id
from bot.store.models import Manager
from tests.handlers.conftest import pack, people, phone, pipeline, staff

__all__ = ["pack", "people", "phone", "pipeline", "staff"]

BEYOND = "9" * 19


@pytest.mark.parametrize("text", ["", "²", "٣", "１", "-1", "1.0", " 1", BEYOND, "9" * 400])
def test_what_is_no_key(text):
    assert row_id(text) is None


def test_what_is_a_key():
    assert row_id("999999999999999999") == 999999999999999999


@pytest.mark.parametrize("key", ["²", "٣", BEYOND, "9" * 400, "x", ""])
@pytest.mark.parametrize("choice", ["cs:{}:yes", "cp:{}", "cw:{}", "cw:{}:yes", "rv:{}:good", "cn:{}", "ask:{}"])
def test_a_tapped_option_with_an_impossible_id(phone, choice, key):
    said = phone.taps(choice.format(key))
    assert said
    assert "系统" not in said


@pytest.mark.parametrize("key", ["²", "٣", BEYOND, "9" * 400])
@pytest.mark.parametrize(
    ("button", "card"),
    [
        ("complaint.take", "complaint-{}-1"),
        ("complaint.reply", "complaint-{}-1"),
        ("task.reply", "task-{}-0"),
        ("task.done", "task-{}-0"),
        ("learn.answer.1", "questions-{}-x"),
        ("learn.answer.2", "questions-1_{}-x"),
        ("learn.keep", "keep-{}-x"),
        ("learn.draft.publish", "entry-{}-x"),
        ("learn.draft.amend", "entry-{}-x"),
    ],
)
def test_a_card_with_an_impossible_id(staff, people, button, card, key):
    assert "系统" not in staff("wangfang").button(button, card.format(key))


@pytest.mark.parametrize(
    "command", ["完成 {}", "答 {} 好的", "上线 {}", "草稿 {}", "撤回 {}", "接单 TS{}-{}", "转 {} 给 林浩"]
)
@pytest.mark.parametrize("key", ["²", "٣", BEYOND])
def test_a_command_with_an_impossible_number(staff, people, command, key):
    said = staff("wangfang").says(command.format(key, key))
    assert said
    assert "系统" not in said


def test_the_open_form_of_a_manager_who_left(phone, staff, people, db):
    """The words were for a customer: they do not go out, and he is told that he is not registered any more."""
    phone.says("我要找王芳")
    zhang = staff("wangfang")
    assert "直接打字" in zhang.button("task.reply", "task-1-0")
    db.get(Manager, people.manager.id).active = False
    db.commit()
    assert "没有登记" in zhang.says("您好，我下午联系您")
