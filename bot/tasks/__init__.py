"""Tasks for managers: added once per rule and occasion, done, listed by due time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot import audit
from bot.store.models import Complaint, Contact, Customer, Manager, Task, TaskState


class TaskError(Exception):
    """The task is not the manager's, or not open."""


def add(
    db: Session,
    *,
    manager: Manager,
    rule: str,
    occasion: str,
    title: str,
    due_at: datetime,
    now: datetime,
    text: str = "",
    customer: Customer | None = None,
    contact: Contact | None = None,
    complaint: Complaint | None = None,
    trace: str = "",
) -> Task | None:
    """Add a task unless this rule and occasion already made one; then return None."""
    db.flush()
    values = {
        "manager_id": manager.id,
        "customer_id": customer.id if customer else None,
        "contact_id": contact.id if contact else None,
        "complaint_id": complaint.id if complaint else None,
        "rule": rule,
        "occasion": occasion,
        "title": title,
        "text": text,
        "state": TaskState.OPEN,
        "due_at": due_at,
        "created_at": now,
    }
    statement = insert(Task).values(values).on_conflict_do_nothing(index_elements=["rule", "occasion"])
    task = db.scalars(statement.returning(Task)).one_or_none()
    if task is not None:
        after = {"manager": manager.id, "rule": rule}
        audit.record(
            db, now=now, actor=audit.SYSTEM, action="task.added", object=f"task:{task.id}", after=after, trace=trace
        )
    return task


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


def open_of(db: Session, manager: Manager, *, until: datetime | None = None) -> Sequence[Task]:
    """Return the manager's open tasks by due time, those due before `until` when it is given."""
    query = select(Task).where(Task.manager_id == manager.id, Task.state == TaskState.OPEN)
    if until is not None:
        query = query.where(Task.due_at < until)
    return db.scalars(query.order_by(Task.due_at, Task.id)).all()


def open_about(db: Session, complaint_id: int, rule: str) -> Sequence[Task]:
    """Return the open tasks that a rule made about a complaint."""
    query = select(Task).where(Task.complaint_id == complaint_id, Task.rule == rule, Task.state == TaskState.OPEN)
    return db.scalars(query.order_by(Task.id)).all()
