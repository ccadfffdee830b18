"""Complaints and their time: who has not taken one is reminded before it; once it has passed, all concerned are told.

Of one whose customer has left nobody is reminded: he waits for nothing (`bot.care.departed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.care.planning_context import Desk
from bot.schedule import Context
from bot.service import complaint_deadlines
from bot.store.models import UNANSWERED_STATES, Complaint, ComplaintState
from bot.store.session import driver
from bot.tickets import complaints


def remind(desk: Desk, context: Context) -> str:
    """Remind, within working time, the owners of complaints that nobody has taken when a share of their time is over.

    The share is of the hours within which a complaint is answered (`complaint_nudge_percent`).
    """
    db, now, reminded = context.db, context.now, 0
    settings = desk.settings
    left = timedelta(hours=settings.complaint_reply_hours) * (100 - settings.complaint_nudge_percent) / 100
    calendars = {branch: calendar for branch, calendar in desk.calendars_of(db).items() if calendar.at_work(now)}
    found = driver(db).execute(_UNTAKEN, [now, list(calendars)]).fetchall()
    for number, branch_id, due_at in found:
        if calendars[branch_id].between(now, due_at) <= left:
            complaint = db.get_one(Complaint, number)
            complaint_deadlines.nudge(desk.office(db, complaint, now), complaint)
            reminded += 1
    return f"{reminded} not taken"


def tick(desk: Desk, db: Session, now: datetime) -> int:
    """Escalate what is overdue and was not noted yet; return how many."""
    told = 0
    for complaint_id in _overdue(db, now):
        complaint = complaints.locked(db, complaint_id)
        if complaint is not None and complaint.state in UNANSWERED_STATES and complaint.due_at < now:
            told += complaint_deadlines.passed(desk.office(db, complaint, now), complaint)
    return told


_STILL_THERE = "EXISTS (SELECT FROM contacts WHERE contacts.id = contact_id AND openid IS NOT NULL)"
_UNTAKEN = f"""
SELECT id, branch_id, due_at FROM complaints
WHERE state IN ('{ComplaintState.FILED}', '{ComplaintState.REOPENED}') AND noted_due IS DISTINCT FROM due_at
  AND due_at >= %s AND branch_id = ANY(%s) AND {_STILL_THERE} ORDER BY due_at, id LIMIT 500
"""  # noqa: S608 - our own words
_UNNOTED = """
SELECT id FROM complaints
WHERE state IN ({}) AND noted_due IS DISTINCT FROM due_at AND due_at < %s AND {} ORDER BY due_at, id LIMIT 50
""".format(", ".join(f"'{state.value}'" for state in UNANSWERED_STATES), _STILL_THERE)
"""As the partial index `ix_complaints_unnoted` says it, so that those noted long ago cost nothing: it runs all day."""


def _overdue(db: Session, now: datetime) -> Sequence[int]:
    """Return the complaints whose passing due time was not noted yet, the longest overdue first."""
    db.flush()
    return [number for (number,) in driver(db).execute(_UNNOTED, [now]).fetchall()]
