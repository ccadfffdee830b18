"""Open complaints whose customers have left and were forgotten: closed by rule some workdays later.

The manager can close one by hand before that (结案). When a customer left stands in the audit log.
"""

from __future__ import annotations

from datetime import time, timedelta

from bot import audit
from bot.care.confirmations import workdays_before
from bot.care.planning_context import Desk
from bot.schedule import Context
from bot.service import departures
from bot.store.models import OPEN_STATES
from bot.store.session import driver
from bot.tickets import complaints

_OPEN = ", ".join(f"'{state.value}'" for state in OPEN_STATES)
_DEPARTED = f"""
SELECT c.id FROM complaints c JOIN contacts p ON p.id = c.contact_id
WHERE c.state IN ({_OPEN}) AND c.branch_id = %s AND p.openid IS NULL AND c.filed_at < %s
    AND NOT EXISTS (SELECT FROM audit_log a
                    WHERE a.action = '{audit.ERASED}' AND a.at >= %s AND a.object = 'contact:' || p.id)
ORDER BY c.id LIMIT 500
"""  # noqa: S608 - our own words
"""Read by the index of those who were forgotten lately."""


def close(desk: Desk, context: Context) -> str:
    """Close what has waited for `complaint_confirm_days` workdays, on its branch's workdays; return it in words."""
    db, day = context.db, desk.day(context.due_at)
    days, closed = desk.settings.complaint_confirm_days, 0
    for branch_id, calendar in desk.calendars_of(db).items():
        if not calendar.is_workday(day):
            continue
        until = desk.at(workdays_before(calendar, day, days) + timedelta(days=1), time())
        for (number,) in driver(db).execute(_DEPARTED, [branch_id, until, until]).fetchall():
            complaint = complaints.locked(db, number)
            if complaint is not None and complaint.state in OPEN_STATES:
                departures.close_by_rule(desk.office(db, complaint, context.now), complaint, days)
                closed += 1
    return f"{closed} of customers who left"
