"""The assignee of a complaint: who has it in hand, its owner or a superior who took it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.customers import standing_in
from bot.store.models import Complaint, Manager

HANDLED = frozenset({"taken", "answered", "not_solved", "filed", "moved"})
"""The steps of a complaint's story that say who has it in hand."""


def handled_by(db: Session, complaint: Complaint) -> Manager:
    """Return who took or answered it last, a superior perhaps; its owner while nobody did since it came (back) up.

    Who has left has nothing in hand any more: then it is his superior, when there is one.
    """
    step = next((each for each in reversed(complaint.events) if each.kind in HANDLED), None)
    by_staff = step is not None and step.actor.startswith("manager:")
    last = db.get(Manager, int(step.actor.partition(":")[2])) if step is not None and by_staff else None
    if last is not None and last.active:
        return last
    found = standing_in(db, complaint.owner)
    return complaint.owner if found.id in complaint.accused else found
