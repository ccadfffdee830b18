"""The open complaints of a customer who has left: no answer reaches him, so they are closed by hand or by rule.

What was erased of him stays erased, also when the same person follows again: nobody can tell that he is the same.
"""

from __future__ import annotations

from bot.customers import scrub
from bot.service.context import Office
from bot.service.staff_notices import superior_of, tell, tell_all
from bot.store.models import Complaint, Manager
from bot.tickets import complaints
from bot.tickets.assignee import handled_by


def left(office: Office, contact_id: int, days: int) -> None:
    """Tell who has his open complaints that he is gone and what is to be done; `days`: workdays until it is by rule."""
    for complaint in complaints.open_of_contact(office.db, contact_id):
        tell_all(office, complaint, "manager.complaint.departed", days=days)


def close(office: Office, complaint: Complaint, manager: Manager, words: str) -> None:
    """Close it with the manager's word on how it ended, and tell whoever else had it.

    Raises:
        TransitionError: it is closed already.
    """
    concerned = {each.id: each for each in (complaint.owner, handled_by(office.db, complaint))}
    complaints.close(office.db, complaint, manager, now=office.now, text=scrub(words), trace=office.trace)
    concerned.pop(manager.id, None)
    for each in concerned.values():
        tell(office, each, complaint, "manager.complaint.closed_by", manager=manager.name, text=scrub(words))


def close_by_rule(office: Office, complaint: Complaint, days: int) -> None:
    """Close it as its customer left `days` workdays ago, and tell who has it and his superior.

    Raises:
        TransitionError: it is closed already.
    """
    concerned = [complaint.owner, handled_by(office.db, complaint), superior_of(office, complaint)]
    complaints.close_by_rule(office.db, complaint, now=office.now, trace=office.trace)
    for each in {each.id: each for each in concerned if each is not None}.values():
        tell(office, each, complaint, "manager.complaint.closed_departed", days=days)
