"""A filed complaint as handlers need it: the person's own by its id, and what the texts about it are filled with."""

from __future__ import annotations

from bot.dialogue import Turn
from bot.store.ids import row_id
from bot.store.models import Complaint
from bot.tickets.assignee import handled_by
from bot.tickets.complaints import locked
from bot.tickets.queries import Standing
from handlers.common import office


def own_complaint(turn: Turn, number: str) -> Complaint | None:
    """Return the person's own complaint by its id, locked; another's is not found."""
    key = row_id(number)
    complaint = locked(turn.db, key) if key is not None else None
    person = turn.person
    if complaint is None:
        return None
    same_customer = person.customer_id is not None and complaint.customer_id == person.customer_id
    return complaint if complaint.contact_id == person.contact_id or same_customer else None


def facts_of(turn: Turn, complaint: Complaint | Standing) -> dict[str, str]:
    """Return what the texts about a complaint are filled with."""
    here = office(turn)
    manager = complaint.manager if isinstance(complaint, Standing) else handled_by(turn.db, complaint).name
    return {
        "number": complaint.number,
        "category": here.title(complaint.category or "other"),
        "manager": manager,
        "due": here.when(complaint.due_at),
    }
