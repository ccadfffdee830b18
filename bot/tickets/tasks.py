"""Tasks for managers: added once per rule and occasion, done, listed by due time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack

from psycopg import Connection
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import audit
from bot.store.models import Complaint, Contact, Customer, Manager, Task, TaskState
from bot.store.session import driver


class TaskError(Exception):
    """The task is not the manager's, or not open."""


_PUT = f"""
WITH put AS (
    INSERT INTO tasks (manager_id, customer_id, contact_id, complaint_id, kept_from, rule, occasion, title, text, state,
                       due_at, created_at)
    VALUES (%(manager)s, %(customer)s, %(contact)s, %(complaint)s, %(kept_from)s, %(rule)s, %(occasion)s, %(title)s,
            %(text)s, '{TaskState.OPEN}', %(due_at)s, %(now)s)
    ON CONFLICT (rule, occasion) DO NOTHING
    RETURNING id, manager_id, rule
), logged AS (
    {audit.INSERT}
    SELECT %(now)s, '{audit.SYSTEM}', 'task.added', 'task:' || id, '{{}}'::jsonb,
           jsonb_build_object('manager', manager_id, 'rule', rule), %(trace)s
    FROM put
)
SELECT id FROM put
"""  # noqa: S608 - our own words


class Facts(TypedDict):
    """What a task is, whomever it is about."""

    rule: str
    occasion: str
    title: str
    due_at: datetime
    now: datetime
    text: NotRequired[str]
    trace: NotRequired[str]
    kept_from: NotRequired[Sequence[int]]  # of the staff, whom its words accuse


def put(
    connection: Connection[Any],
    *,
    manager_id: int,
    customer_id: int | None = None,
    contact_id: int | None = None,
    complaint_id: int | None = None,
    **facts: Unpack[Facts],
) -> int | None:
    """Add a task and return its number; None when this rule and occasion already made one."""
    about = {"manager": manager_id, "customer": customer_id, "contact": contact_id, "complaint": complaint_id}
    kept_from = list(facts.get("kept_from", ()))
    row = {"text": "", "trace": "", **facts, **about, "kept_from": kept_from}
    found = connection.execute(_PUT, row).fetchone()
    return int(found[0]) if found is not None else None


def add(
    db: Session,
    *,
    manager: Manager,
    customer: Customer | None = None,
    contact: Contact | None = None,
    complaint: Complaint | None = None,
    **facts: Unpack[Facts],
) -> Task | None:
    """Do as `put` does for those who work with the rows themselves."""
    db.flush()
    number = put(
        driver(db),
        manager_id=manager.id,
        customer_id=customer.id if customer else None,
        contact_id=contact.id if contact else None,
        complaint_id=complaint.id if complaint else None,
        **facts,
    )
    return db.get(Task, number) if number is not None else None


def done(
    db: Session, task_id: int, manager: Manager, *, now: datetime, trace: str = "", by: Manager | None = None
) -> Task:
    """Tick a task of `manager` off; `by` is the colleague who did it for him.

    Raises:
        TaskError: there is no such open task of this manager.
    """
    query = select(Task).where(Task.id == task_id, Task.manager_id == manager.id).with_for_update(key_share=True)
    task = db.scalars(query.execution_options(populate_existing=True)).first()
    if task is None or task.state is not TaskState.OPEN:
        raise TaskError(str(task_id))
    task.state, task.done_at = TaskState.DONE, now
    states = ({"state": TaskState.OPEN.value}, {"state": TaskState.DONE.value})
    audit.record(
        db,
        now=now,
        actor=audit.actor_of(by or manager),
        action="task.done",
        object=f"task:{task.id}",
        before=states[0],
        after=states[1],
        trace=trace,
    )
    return task


def drop(db: Session, task: Task, *, now: datetime, trace: str = "") -> None:
    """Take an open task back: what it asked for has happened by itself."""
    task.state, task.done_at = TaskState.DROPPED, now
    audit.record(
        db,
        now=now,
        actor=audit.SYSTEM,
        action="task.dropped",
        object=f"task:{task.id}",
        before={"state": TaskState.OPEN.value},
        after={"state": TaskState.DROPPED.value},
        trace=trace,
    )


def pass_on(db: Session, complaint: Complaint, manager: Manager) -> None:
    """Give the open tasks about a complaint that somebody accused in it has to its new handler."""
    theirs = (Task.complaint_id == complaint.id, Task.state == TaskState.OPEN, Task.manager_id.in_(complaint.accused))
    db.execute(update(Task).where(*theirs).values(manager_id=manager.id, kept_from=list(complaint.accused)))


def give(db: Session, task: Task, manager: Manager, *, now: datetime) -> None:
    """Give an open task to somebody else, as the one who had it is not at work any more."""
    before, task.manager_id = task.manager_id, manager.id
    audit.record(
        db,
        now=now,
        actor=audit.SYSTEM,
        action="task.moved",
        object=f"task:{task.id}",
        before={"manager": before},
        after={"manager": manager.id},
    )


def open_about(db: Session, complaint_id: int, rule: str) -> Sequence[Task]:
    """Return the open tasks that a rule made about a complaint."""
    query = select(Task).where(Task.complaint_id == complaint_id, Task.rule == rule, Task.state == TaskState.OPEN)
    return db.scalars(query.order_by(Task.id)).all()
