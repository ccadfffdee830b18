"""Times promised to customers: the manager is reminded before one passes; once it has, nobody is left in the dark.

Half an hour before, in working time, the manager is nudged. When it has passed, his superior is told, and the customer
honestly, with a new time. When that passes too, they are told once more, without another time; from then on it stands
in the superior's agenda until it is done (`bot.care.agenda`). Looked for at every tick by a partial index: nothing due
costs one look.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.planning_context import Desk
from bot.service import Office, manager_requests
from bot.store.models import PROMISED_RULES, Contact, Manager, Reminded, Task, TaskState
from bot.store.session import driver

NUDGE = timedelta(minutes=30)
"""So long before the promised time the manager is reminded."""

_INSTANT = timedelta(microseconds=1)
_RULES = ", ".join(f"'{rule}'" for rule in PROMISED_RULES)
_STEP = f"""
(SELECT id FROM tasks WHERE state = '{TaskState.OPEN}' AND rule IN ({_RULES}) AND reminded = %s AND due_at < %s
 AND manager_id IN (SELECT id FROM managers WHERE branch_id = ANY(%s)) ORDER BY due_at, id LIMIT 50)
"""  # noqa: S608 - our own words
_DUE = f"{_STEP} UNION ALL {_STEP} UNION ALL {_STEP}"
"""As the partial index `ix_tasks_promised` says it."""


def tick(desk: Desk, db: Session, now: datetime) -> int:
    """Nudge whose promise is about to pass, tell of those that have passed; return how many."""
    db.flush()
    working = [branch_id for branch_id, calendar in desk.calendars_of(db).items() if calendar.at_work(now)]
    return sum(_watch(desk, db, number, now) for number in _due(db, working, now)) if working else 0


def _due(db: Session, branches: Sequence[int], now: datetime) -> Sequence[int]:
    facts = [Reminded.NOTHING, now + NUDGE + _INSTANT, branches]
    facts += [Reminded.NUDGED, now, branches, Reminded.MISSED, now, branches]
    found = driver(db).execute(_DUE, facts)
    return [number for (number,) in found.fetchall()]


def _watch(desk: Desk, db: Session, task_id: int, now: datetime) -> bool:
    """Take the next step about one promise."""
    query = select(Task).where(Task.id == task_id, Task.state == TaskState.OPEN).with_for_update(skip_locked=True)
    task = db.scalars(query.execution_options(populate_existing=True)).first()
    manager = db.get(Manager, task.manager_id) if task is not None else None
    if task is None or manager is None:
        return False
    office: Office = desk.staff_office(db, manager, now)
    contact = db.get(Contact, task.contact_id) if task.contact_id else None
    if task.reminded >= Reminded.MISSED:
        task.reminded = Reminded.BROKEN
        manager_requests.missed_again(office, contact, task)
    elif task.due_at < now:
        task.reminded = Reminded.MISSED
        manager_requests.missed(office, contact, task)
    else:
        task.reminded = Reminded.NUDGED
        manager_requests.nudge(office, contact, task)
    return True
