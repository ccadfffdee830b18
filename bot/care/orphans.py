"""Open cases whose owner is not at work any more (inactive): handed on to who is responsible now.

A departed member of the staff gets no card and no reminder, and neither does the placeholder under which cases are
kept while nobody is at work; so what such an owner has would wait unseen. Looked for every ten minutes.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.planning_context import Desk
from bot.customers import Staff, fallback_owner, party
from bot.schedule import Context
from bot.service import complaint_handling, recusal
from bot.store.models import OPEN_STATES, Complaint, Manager, Task, TaskState
from bot.store.session import driver
from bot.tickets import complaints, tasks

_AT_ONCE = 200
_AWAY = select(Manager.id).where(~Manager.active)


def hand_on(desk: Desk, context: Context) -> str:
    """Give every open complaint and task of somebody who is not at work to who is; return what was done in words."""
    db, now = context.db, context.now
    if db.scalar(select(Manager.id).where(Manager.active).limit(1)) is None:
        return "nobody is at work"
    orphaned = select(Complaint.id).where(Complaint.owner_id.in_(_AWAY), Complaint.state.in_(OPEN_STATES))
    moved = 0
    for number in db.scalars(orphaned.order_by(Complaint.due_at, Complaint.id).limit(_AT_ONCE)).all():
        complaint = complaints.locked(db, number)
        if complaint is not None and complaint.state in OPEN_STATES and not complaint.owner.active:
            moved += complaint_handling.hand_on(desk.office(db, complaint, now), complaint)
    left = select(Task).where(Task.manager_id.in_(_AWAY), Task.state == TaskState.OPEN)
    waiting = db.scalars(left.order_by(Task.due_at, Task.id).limit(_AT_ONCE).with_for_update(key_share=True)).all()
    given = sum(_give(db, task, context) for task in waiting)
    return f"{moved} complaints, {given} tasks"


def _give(db: Session, task: Task, context: Context) -> bool:
    manager = db.get_one(Manager, _taker(db, task).id)
    if not manager.active:
        return False
    tasks.give(db, task, manager, now=context.now)
    return True


def _taker(db: Session, task: Task) -> Staff:
    person = party(driver(db), task.contact_id) if task.contact_id is not None else None
    own = person.manager if person else None
    if own is None and task.customer is not None and task.customer.manager is not None and task.customer.manager.active:
        own = Staff.of(task.customer.manager)
    before = db.get_one(Manager, task.manager_id)
    branch_id = person.branch_id if person else before.branch_id
    return recusal.taker(db, own or Staff.of(fallback_owner(db, branch_id)), branch_id, task.kept_from)
