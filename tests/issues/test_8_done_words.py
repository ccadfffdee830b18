"""完成 with words, or alone with one task, was not understood; 没能发出 named nobody to call."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.store.models import Task, TaskState
from bot.tickets import tasks
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff, stranger
from tests.handlers.talk import read_by

__all__ = ["clock", "pack", "people", "phone", "pipeline", "staff", "stranger"]


@pytest.fixture
def wanted(phone, db) -> int:
    """王总 wants to talk to 王芳."""
    phone.says("帮我找一下客户经理")
    return db.scalars(select(Task.id)).one()


def _state(db, number: int) -> TaskState:
    db.rollback()
    db.expire_all()
    return db.get_one(Task, number).state


@pytest.mark.parametrize(
    "command",
    ["完成 {} 已电话联系，约好明天上门", "完成{} 已电话联系，约好明天上门", "完成 {}号：已电话联系，约好明天上门"],
)
def test_words_with_it_reach_the_customer(wanted, staff, db, store, people, command):
    assert "没看懂" not in staff("wangfang").says(command.format(wanted))
    assert "已电话联系，约好明天上门" in read_by(store, f"contact:{people.contact.id}")
    assert _state(db, wanted) is TaskState.DONE


def test_alone_it_means_the_one_task_there_is(wanted, staff, db):
    assert "任务已完成" in staff("wangfang").says("完成")
    assert _state(db, wanted) is TaskState.DONE
    assert "没有待办" in staff("wangfang").says("完成")


def test_of_several_it_is_asked_which(wanted, staff, db, people, clock):
    facts = {"rule": "x", "occasion": "1", "title": "回访", "due_at": clock.now(), "now": clock.now()}
    tasks.add(db, manager=people.manager, **facts)
    db.commit()
    said = staff("wangfang").says("完成")
    assert "哪一项" in said
    assert f"{wanted}. 客户找您" in said
    assert "回访" in said
    assert _state(db, wanted) is TaskState.OPEN


def test_words_for_nobody_are_sent_to_nobody(staff, db, store, people, clock):
    """What the manager notes on an alarm is not for the customer's eyes."""
    facts = {"rule": "alarm", "occasion": "1", "title": "请马上联系客户", "due_at": clock.now(), "now": clock.now()}
    task = tasks.add(db, manager=people.manager, contact=people.contact, customer=people.customer, **facts)
    number = task.id
    db.commit()
    assert "没有发给客户" in staff("wangfang").says(f"完成 {number} 已联系家属陪同")
    assert "家属" not in read_by(store, f"contact:{people.contact.id}")
    assert _state(db, number) is TaskState.DONE


def test_a_complaints_number_with_words_answers_it(make, people, staff, store):
    made = make.complaint(people.contact)
    make.commit()
    staff("wangfang").says(f"完成 {made.number} 师傅已经换了光猫")
    assert "师傅已经换了光猫" in read_by(store, f"contact:{people.contact.id}")


def test_the_help_names_them(staff):
    said = staff("wangfang").says("帮助")
    assert "完成 编号" in said
    assert "任务" in said


def test_who_cannot_be_reached_is_named_with_his_number(make, people, staff, db):
    made = make.complaint(people.contact)
    people.contact.following = False
    make.commit()
    assert "王建国已取消关注。请打电话13800131001" in staff("wangfang").says(f"回复 {made.number} 换好了")
