"""Reaching one's own manager, and care messages off and on."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from bot import customers
from bot.store.models import Contact, Task
from tests.handlers.talk import last_card, read_by


def test_manager_is_called_once_and_named(phone, people, store, db):
    said = phone.says("帮我找一下客户经理")
    assert "王芳" in said
    assert "今天12:00前" in said
    assert "已经通知过" in phone.says("帮我找一下客户经理")
    assert db.scalar(select(func.count(Task.id))) == 1
    card = last_card(store, f"manager:{people.manager.id}")
    assert ("电话", "13800131001") in card.fields
    assert ("客户", "王建国") in card.fields


def test_out_of_working_time(phone, clock):
    clock.advance(timedelta(hours=11))
    assert "休息时间" in phone.says("帮我找一下客户经理")


def test_who_has_no_manager_gets_the_branchs(stranger, people, store):
    said = stranger.says("帮我找一下客户经理")
    assert "何建华" in said
    assert "今天12:00前" in said
    assert "客户找您" in last_card(store, f"manager:{people.supervisor.id}").title


def test_urging_a_manager_who_owes_a_call(phone, people, store):
    assert "哪件事" in phone.says("怎么还没人处理啊，催一下")
    phone.says("帮我找一下客户经理")
    assert "再次提醒客户经理王芳" in phone.says("怎么还没人处理啊，催一下")
    assert read_by(store, f"manager:{people.manager.id}").count("在催") == 1


def test_done_by_button(phone, staff, people, store):
    phone.says("帮我找一下客户经理")
    card = last_card(store, f"manager:{people.manager.id}")
    assert "没有找到" in staff("linhao").button("task.done", card.task_id)
    assert "已完成" in staff("wangfang").button("task.done", card.task_id)


def test_care_off_and_on(phone, people, store, db):
    assert "今后不再" in phone.event("click", "intent:care.opt_out")
    assert "已经退订" in phone.event("click", "intent:care.opt_out")
    contact = db.get(Contact, people.contact.id, populate_existing=True)
    assert not customers.care_allowed(db, contact)
    assert "退订了问候" in read_by(store, f"manager:{people.manager.id}")
    assert "恢复" in phone.event("click", "intent:care.opt_in")
    assert "一直是开着的" in phone.event("click", "intent:care.opt_in")
