"""Who may see a customer: his own manager and that manager's superiors, nobody else."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from bot.customers.contact_profile import Staff
from bot.customers.names import address, mask
from bot.store.models import Complaint, Contact, Customer, Manager, Role

DEPARTED = "已取消关注的客户"
"""How the staff reads of one who has left and was forgotten: nothing tells him from others who have."""


def reachable(contact: Contact) -> bool:
    """Return whether words can reach somebody in WeChat at all, now or when he writes."""
    return contact.openid is not None and contact.following


def unnamed(contact: Contact) -> str:
    """Return how the staff reads of somebody without a file: by his pseudonym, as long as he is there."""
    return contact.pseudonym if contact.openid is not None else DEPARTED


def unnamed_column() -> ColumnElement[str]:
    """Return `unnamed` as a column of a query on `Contact`, empty where the query found none."""
    return case((Contact.id.is_(None), ""), (Contact.openid.is_(None), DEPARTED), else_=Contact.pseudonym)


class Seen(NamedTuple):
    """A customer as one member of the staff may see him."""

    name: str
    level: str
    phone: str


def superior_ids(db: Session, manager: Manager | Staff) -> frozenset[int]:
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


def name_seen(db: Session, viewer: Manager, customer: Customer | None, contact: Contact | None) -> str:
    """Return the customer's full name to those who may see his file, else how he is addressed."""
    if customer is None:
        return unnamed(contact) if contact else address("", "")
    return customer.name if visible_to(db, viewer, customer) else address(customer.name, customer.honorific)


def seen_by(db: Session, viewer: Manager, customer: Customer | None, contact: Contact | None) -> Seen:
    """Return what the viewer may see of somebody he has to deal with.

    Of one without a file he sees the number that was left for a complaint which is his to handle.
    """
    name = name_seen(db, viewer, customer, contact)
    if customer is not None:
        return Seen(name, customer.level.value, masked_phone(db, customer.phone, viewer, customer))
    mine = (Complaint.contact_id == contact.id, Complaint.owner_id == viewer.id) if contact else ()
    left = select(Complaint.phone).where(*mine, Complaint.phone != "").order_by(Complaint.id.desc()).limit(1)
    return Seen(name, "", (db.scalar(left) or "") if mine else "")
