"""Tasks: once per rule and occasion, done by their manager only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.store.models import Task, TaskState
from bot.tickets import tasks


def add(db, manager, now, occasion, hours=1):
    return tasks.add(
        db,
        manager=manager,
        rule="birthday_call",
        occasion=occasion,
        title="生日问候",
        due_at=now + timedelta(hours=hours),
        now=now,
    )


def test_once_per_rule_and_occasion(db, make, clock):
    manager = make.manager()
    assert add(db, manager, clock.now(), "a") is not None
    assert add(db, make.manager(), clock.now(), "a") is None
    assert [task.manager_id for task in db.scalars(select(Task))] == [manager.id]


def test_done_by_his_own_hand_once(db, make, clock):
    manager, other = make.manager(), make.manager()
    task = add(db, manager, clock.now(), "a")
    with pytest.raises(tasks.TaskError):
        tasks.done(db, task.id, other, now=clock.now())
    assert tasks.done(db, task.id, manager, now=clock.now()).state is TaskState.DONE
    for number in (task.id, 999):
        with pytest.raises(tasks.TaskError):
            tasks.done(db, number, manager, now=clock.now())


def test_open_about_a_complaint(db, make, clock):
    manager = make.manager()
    complaint = make.complaint(make.contact())
    facts = {"rule": "rated_badly", "title": "回访不满意", "due_at": clock.now(), "now": clock.now()}
    task = tasks.add(db, manager=manager, occasion="a", complaint=complaint, **facts)
    tasks.add(db, manager=manager, occasion="b", **facts)
    assert list(tasks.open_about(db, complaint.id, "rated_badly")) == [task]
    tasks.done(db, task.id, manager, now=clock.now())
    assert list(tasks.open_about(db, complaint.id, "rated_badly")) == []
