"""What managers type in WeCom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.messages import Kind
from bot.store.models import Complaint, ComplaintState, Outbox


@pytest.fixture
def wang(staff):
    return staff("wangfang")


@pytest.fixture
def number(make, people):
    complaint = make.complaint(people.contact, category="network", what="没信号", phone="13800131001")
    make.commit()
    return complaint.number


def state(db):
    db.rollback()
    return db.scalars(select(Complaint)).one().state


@pytest.mark.parametrize("command", ["接单{}", "接单 {}", "接单  {}"])
def test_take(wang, number, db, command):
    assert "您已接单" in wang.says(command.format(number))
    assert state(db) is ComplaintState.TAKEN
    assert "已经接过" in wang.says(f"接单 {number.lower()}")


def test_supervisor_takes_a_colleagues(staff, wang, number, db):
    assert "您已接单" in staff("he").says(f"接单 {number}")
    assert "已由" in wang.says(f"接单 {number}")


def test_reply_in_one_line_and_in_two(wang, number, db):
    assert "已交给微信发给王建国" in wang.says(f"回复 {number} 基站修好了\n请重启手机")
    assert "请直接打字" in wang.says(f"回复 {number}")
    assert "没有发送" in wang.says("取消")
    wang.says(f"回复 {number}")
    assert "已交给微信" in wang.says("再补一句")
    answers = [event.text for event in db.scalars(select(Complaint)).one().events if event.kind == "answered"]
    assert answers == ["基站修好了\n请重启手机", "再补一句"]


def test_reply_too_long_or_without_a_number(wang, number, db):
    assert "600" in wang.says(f"回复 {number} {'长' * 601}")
    assert "投诉编号" in wang.says("回复")
    assert "没有找到" in wang.says("回复 TS20200101-0001 您好")
    assert state(db) is ComplaintState.FILED


def test_shut_window_is_said(wang, number, clock):
    clock.advance(timedelta(hours=49))
    assert "窗口已关" in wang.says(f"回复 {number} 修好了")


def test_lists(wang, number, clock, phone):
    said = wang.says("我的投诉")
    assert f"{number} 王建国（金） 网络质量 已登记，还剩4小时0分" in said
    clock.advance(timedelta(hours=5))
    assert "已超时1小时0分" in wang.says("我的投诉")
    assert number in wang.says("今日")
    phone.says("帮我找一下客户经理")
    said = wang.says("任务")
    assert "1. 客户找您 王建国" in said
    assert "客户找您" in wang.says("早报")
    assert "已完成" in wang.says("完成 1")
    assert "没有找到1号" in wang.says("完成1")
    said = wang.says("待办")
    assert number in said
    assert "客户找您" not in said


def test_a_quiet_day(wang):
    assert "没有必办的事" in wang.says("今日")
    assert "没有未办结" in wang.says("我的投诉")


def test_help_and_unknown(wang):
    assert "接单" in wang.says("帮助")
    assert "没看懂" in wang.says("今天天气不错")
    assert wang.says("")


@pytest.mark.parametrize("kind", [Kind.PICTURE, Kind.VOICE, Kind.STICKER, Kind.UNKNOWN, Kind.LOCATION])
def test_other_kinds_are_answered(wang, kind):
    assert wang.sends(kind)


def test_who_is_no_staff_is_told(staff, number):
    nobody = staff("nobody")
    for said in (nobody.says("任务"), nobody.says("x"), nobody.button("complaint.take", "complaint-1-1")):
        assert "还没有登记为客户经理" in said
    assert nobody.sends(Kind.PICTURE)


def test_cards_nobody_knows(wang):
    for task_id in ("", "complaint-999-1", "complaint-x", "task-999-0", "x" * 200):
        assert wang.button("complaint.take", task_id)
        assert wang.button("complaint.reply", task_id)
        assert "没有找到" in wang.button("task.done", task_id)


def test_a_button_changes_the_card(wang, number, db):
    complaint = db.scalars(select(Complaint)).one()
    wang.button("complaint.take", f"complaint:{complaint.id}:1", "CODE-1")
    row = db.scalars(select(Outbox).where(Outbox.rule == "card_update")).one()
    assert row.part["response_code"] == "CODE-1"
    assert row.part["text"].endswith("已接单 10:00")
