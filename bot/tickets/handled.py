"""Who has a complaint in hand: its owner, or a superior who took it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.store.models import Complaint, Manager

HANDLED = frozenset({"taken", "answered", "not_solved", "filed"})
"""The steps of a complaint's story that say who has it in hand."""


def handled_by(db: Session, complaint: Complaint) -> Manager:
    """Return who took or answered it last, a superior perhaps; its owner while nobody did since it came (back) up."""
    step = next((each for each in reversed(complaint.events) if each.kind in HANDLED), None)
    if step is None or not step.actor.startswith("manager:"):
        return complaint.owner
    return db.get(Manager, int(step.actor.partition(":")[2])) or complaint.owner
