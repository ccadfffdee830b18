"""Who may see a customer: his own manager and that manager's superiors, nobody else."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.customers.names import mask
from bot.store.models import Customer, Manager, Role


def superior_ids(db: Session, manager: Manager) -> frozenset[int]:
    """Return the ids of all who stand above `manager`, at any distance."""
    seen: set[int] = set()
    above = manager.supervisor_id
    while above is not None and above not in seen:
        seen.add(above)
        superior = db.get(Manager, above)
        above = superior.supervisor_id if superior else None
    return frozenset(seen - {manager.id})


def is_superior(db: Session, viewer: Manager, manager: Manager) -> bool:
    """Return whether `viewer` stands above `manager`, at any distance."""
    return viewer.id in superior_ids(db, manager)


def visible_to(db: Session, viewer: Manager, customer: Customer) -> bool:
    """Return whether `viewer` may see the customer's file.

    A customer nobody looks after yet is seen by the supervisors of his branch.
    """
    if not viewer.active:
        return False
    if customer.manager_id is None:
        return viewer.role is Role.SUPERVISOR and viewer.branch_id == customer.branch_id
    if customer.manager_id == viewer.id:
        return True
    manager = db.get(Manager, customer.manager_id)
    return manager is not None and is_superior(db, viewer, manager)


def masked_phone(db: Session, phone: str, viewer: Manager, customer: Customer | None) -> str:
    """Return the number as `viewer` may see it: whole for the owner and his superiors, else `138****5678`.

    A person without a customer file left the number himself for whoever handles his case, so it is shown whole only
    by the case's own check; here it is masked.
    """
    if customer is not None and visible_to(db, viewer, customer):
        return phone
    return mask(phone)
