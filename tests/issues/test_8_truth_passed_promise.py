"""Issue 8, the manager's truth: "请许静在今天11:40前给您答复。" said at 12:30; a missed promise reached nobody."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.care import promises
from bot.knowledge.texts import PASSED, Texts
from bot.store.models import Outbox, Task
from tests.care.conftest import SHANGHAI, desk
from tests.conftest import KNOWLEDGE
from tests.handlers.conftest import clock, pack, people, phone, pipeline, staff
from tests.handlers.talk import read_by

__all__ = ["clock", "desk", "pack", "people", "phone", "pipeline", "staff"]

CLOCK_TIME = re.compile(r"\d{1,2}:\d{2}前")
FRESH = {
    "answer.unsure",
    "answer.unsure_assigned",
    "complaint.receipt",
    "complaint.receipt_supervisor",
    "complaint.reopened",
    "parked.told",
    "talk.manager.apart",
    "talk.manager.assigned",
    "talk.manager.missed",
    "talk.manager.off_hours",
    "talk.manager.ok",
    "wish.noted",
}
"""Said only at the moment the time is set, so it lies ahead."""

LATE = {
    "complaint.joined",
    "complaint.joined_reopened",
    "complaint.progress.accepted",
    "complaint.progress.new",
    "complaint.progress.reopened",
    "complaint.urged",
}
"""The handlers choose another key when it is late."""


def test_every_sentence_that_promises_a_time_has_one_that_does_not():
    texts = Texts.load(KNOWLEDGE, "telecom")
    promising = {key for key in texts._sentences if "due" in texts.placeholders_of(key)}
    to_customers = {key for key in promising if not key.startswith(("manager.", "task.", "return_visit.manager."))}
    assert sorted(key for key in to_customers - FRESH - LATE if f"{key}{PASSED}" not in texts) == []


@pytest.fixture
def waiting(phone, clock, db):
    """王总 asked for his manager at ten; she has let the promised time pass."""
    phone.says("帮我找一下客户经理")
    clock.advance(timedelta(hours=3))
    return db.scalars(select(Task)).one()


@pytest.mark.parametrize("words", ["催一下", "找经理", "怎么还没联系我"])
def test_a_passed_time_is_not_said_again(waiting, phone, words):
    assert not CLOCK_TIME.search(phone.says(words))


def test_asking_again_after_the_time_reminds_the_manager(waiting, phone, store, people):
    assert "抱歉" in phone.says("找经理")
    assert "马上联系" in read_by(store, f"manager:{people.manager.id}")


def test_a_complaint_taken_too_late_is_not_promised_for_a_time_that_is_over(make, people, staff, store, db, clock):
    make.complaint(people.contact, number="TS20261120-0001", due_at=clock.now() - timedelta(hours=1))
    make.commit()
    said = staff("wangfang").says("接单 TS20261120-0001")
    told = read_by(store, f"contact:{people.contact.id}")
    assert "已经接单" in told
    assert not CLOCK_TIME.search(said + told)


def _tick(desk, db, clock, *moments):
    for hour, minute in moments:
        clock.set(datetime(2026, 11, 20, hour, minute, tzinfo=SHANGHAI))
        promises.tick(desk, db, clock.now())
        db.commit()


def _told(db, recipient):
    rows = db.scalars(select(Outbox).where(Outbox.recipient == recipient).order_by(Outbox.id))
    return [row.part["content"] for row in rows if row.rule in {"task_due_soon", "task_missed", "promise_missed"}]


def test_the_manager_is_nudged_before_and_everybody_told_once_after(phone, db, desk, clock, people):
    phone.says("帮我找一下客户经理")  # at 10:00: by 12:00
    _tick(desk, db, clock, (11, 29))
    assert _told(db, f"manager:{people.manager.id}") == []
    _tick(desk, db, clock, (11, 30), (11, 31), (12, 0))
    assert len(_told(db, f"manager:{people.manager.id}")) == 1
    assert "今天12:00" in _told(db, f"manager:{people.manager.id}")[0]
    _tick(desk, db, clock, (12, 1), (12, 2), (14, 0))
    assert len(_told(db, f"manager:{people.manager.id}")) == 2
    (above,) = _told(db, f"manager:{people.supervisor.id}")
    assert "王芳没有在今天12:00前答复" in above
    (customer,) = _told(db, f"contact:{people.contact.id}")
    assert "抱歉" in customer
    assert "王芳改在今天14:01前" in customer


def test_a_second_broken_promise_is_told_to_all_three_and_there_is_no_third(phone, db, desk, clock, people):
    phone.says("帮我找一下客户经理")  # at 10:00: by 12:00
    _tick(desk, db, clock, (12, 1), (14, 1))
    assert len(_told(db, f"contact:{people.contact.id}")) == 1
    _tick(desk, db, clock, (14, 2), (14, 3), (16, 30))
    _, again = _told(db, f"manager:{people.manager.id}")
    assert "改期后的今天14:01又过了" in again
    _, above = _told(db, f"manager:{people.supervisor.id}")
    assert "王芳第二次没有按时答复" in above
    _, customer = _told(db, f"contact:{people.contact.id}")
    assert "又没做到" in customer
    assert not CLOCK_TIME.search(customer)


def test_the_second_is_told_within_working_time(phone, db, desk, clock, people):
    phone.says("帮我找一下客户经理")
    _tick(desk, db, clock, (16, 30), (20, 0), (23, 0))  # put off to Monday 08:30 + 30 minutes
    assert len(_told(db, f"contact:{people.contact.id}")) == 1


def test_the_supervisor_has_it_in_todo_until_it_is_done(phone, staff, db, desk, clock, people):
    phone.says("帮我找一下客户经理")
    clock.set(datetime(2026, 11, 20, 11, 0, tzinfo=SHANGHAI))
    assert "没做到的约定" not in staff("he").says("待办")
    _tick(desk, db, clock, (12, 1))
    assert "王芳 客户找您 王总（金），已改到今天14:01前" in staff("he").says("待办")
    _tick(desk, db, clock, (14, 2))
    clock.set(datetime(2026, 11, 20, 15, 1, tzinfo=SHANGHAI))
    said = staff("he").says("待办")
    assert "【没做到的约定】1件" in said
    assert "王芳 客户找您 王总（金），已超时3小时1分" in said  # since noon, as promised first
    assert "没做到的约定" not in staff("wangfang").says("待办")
    staff("wangfang").says("完成 1")
    assert "没做到的约定" not in staff("he").says("待办")


def test_what_accuses_the_supervisor_is_not_in_his_todo(phone, staff, db, desk, clock, people):
    phone.says("帮我找一下客户经理")
    task = db.scalars(select(Task)).one()
    task.kept_from = [people.supervisor.id]
    db.commit()
    clock.set(datetime(2026, 11, 20, 15, 0, tzinfo=SHANGHAI))
    assert "没做到的约定" not in staff("he").says("待办")


def test_what_is_done_in_time_is_nobodys_news(phone, staff, db, desk, clock, people):
    phone.says("帮我找一下客户经理")
    staff("wangfang").says("完成 1")
    db.commit()
    _tick(desk, db, clock, (11, 40), (13, 0))
    assert _told(db, f"manager:{people.manager.id}") == _told(db, f"contact:{people.contact.id}") == []


def test_nobody_is_nudged_outside_working_time(phone, db, desk, clock, people):
    phone.says("帮我找一下客户经理")
    _tick(desk, db, clock, (20, 0), (23, 0))
    assert _told(db, f"manager:{people.manager.id}") == []
