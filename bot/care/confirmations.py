"""Answered complaints nobody confirms: asked once more, then closed by rule, so that care does not pause for ever.

Looked for at every tick by a partial index: nothing due costs one look. People are written to on their branch's
workdays within the hours for it only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from bot.business_hours import WorkingTime
from bot.care.planning_context import CLOSES, OPENS, Desk
from bot.clock import local
from bot.service import complaint_handling
from bot.store.models import Complaint, ComplaintState
from bot.store.session import driver
from bot.tickets import complaints

_AT_ONCE = 50
_UNCONFIRMED = f"""
SELECT id FROM complaints
WHERE state = '{ComplaintState.ANSWERED}' AND coalesce(confirm_asked_at, answered_at) < %s AND branch_id = ANY(%s)
ORDER BY coalesce(confirm_asked_at, answered_at), id LIMIT {_AT_ONCE}
"""  # noqa: S608 - our own words
"""As the partial index `ix_complaints_unconfirmed` says it."""


def tick(desk: Desk, db: Session, now: datetime) -> int:
    """Ask about, or close, what has waited for its customer long enough; return how many."""
    if not OPENS <= local(now, desk.settings.zone).time() < CLOSES:
        return 0
    db.flush()
    done = 0
    for until, branches in _waited(desk, db, now).items():
        for (number,) in driver(db).execute(_UNCONFIRMED, [until, branches]).fetchall():
            complaint = complaints.locked(db, number)
            if complaint is not None and complaint.state is ComplaintState.ANSWERED:
                _settle(desk, db, complaint, now)
                done += 1
    return done


def _waited(desk: Desk, db: Session, now: datetime) -> Mapping[datetime, list[int]]:
    """Return the branches that work today, by the moment before which their customers have waited long enough."""
    today, found = desk.day(now), defaultdict[datetime, list[int]](list)
    for branch_id, calendar in desk.calendars_of(db).items():
        if calendar.is_workday(today):
            last = workdays_before(calendar, today, desk.settings.complaint_confirm_days)
            found[desk.at(last + timedelta(days=1), time())].append(branch_id)
    return found


def _settle(desk: Desk, db: Session, complaint: Complaint, now: datetime) -> None:
    office = desk.office(db, complaint, now)
    if complaint.confirm_asked_at is None:
        complaint_handling.ask_to_confirm(office, complaint, desk.settings.complaint_confirm_days)
    else:
        complaint_handling.close_by_rule(office, complaint)


def workdays_before(calendar: WorkingTime, day: date, count: int) -> date:
    """Return the last day after which `count` workdays have come, `day` among them."""
    while count > 0:
        count -= calendar.is_workday(day)
        day -= timedelta(days=1)
    return day
