"""People on an Official Account: found, followed, tied to a customer or a manager."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot import audit
from bot.customers.contact_profile import party
from bot.store.models import Contact, Customer, Manager
from bot.store.session import driver


class TiedError(Exception):
    """The person already belongs to somebody else; only the branch can change that."""


def find(db: Session, account_id: int, openid: str) -> Contact | None:
    """Return the contact with this OpenID on this account."""
    return db.scalars(select(Contact).where(Contact.account_id == account_id, Contact.openid == openid)).first()


def ensure(db: Session, account_id: int, openid: str, *, now: datetime) -> Contact:
    """Return the contact, made when new; two processes that meet the same stranger make one."""
    if known := find(db, account_id, openid):
        return known
    values = {"account_id": account_id, "openid": openid, "pseudonym": pseudonym(), "following": True}
    statement = insert(Contact).values(**values, window_left=0, created_at=now)
    db.execute(statement.on_conflict_do_nothing(index_elements=["account_id", "openid"]))
    return db.scalars(select(Contact).where(Contact.account_id == account_id, Contact.openid == openid)).one()


def pseudonym() -> str:
    """Return a fresh name that says nothing about the person: 客户-7F3A09C2."""
    return f"客户-{secrets.token_hex(4).upper()}"


def followed(db: Session, contact: Contact, *, now: datetime, trace: str = "") -> bool:
    """Note that the person follows; return whether he did before."""
    before = contact.followed_at is not None
    contact.following = True
    contact.followed_at = now
    actor = audit.actor_of(contact)
    audit.record(db, now=now, actor=actor, action="contact.followed", object=f"contact:{contact.id}", trace=trace)
    return before


def bind(db: Session, contact: Contact, customer: Customer, *, now: datetime, actor: str, trace: str = "") -> None:
    """Tie the contact to a customer's file.

    Raises:
        TiedError: he is tied to another customer already.
    """
    if contact.customer_id == customer.id:
        return
    if contact.customer_id is not None:
        raise TiedError(f"contact {contact.id} already belongs to a customer")
    contact.customer = customer
    db.flush()
    after = {"contact": contact.id}
    audit.record(
        db, now=now, actor=actor, action="customer.bound", object=f"customer:{customer.id}", after=after, trace=trace
    )


def tie_to_manager(db: Session, contact: Contact, manager: Manager, *, now: datetime, trace: str = "") -> bool:
    """Tie a person who scanned a manager's code to him; return whether anything changed.

    Raises:
        TiedError: he has another manager, or this one is not at work or of another branch.
    """
    db.flush()
    present = party(driver(db), contact.id).manager
    if present is not None and present.id == manager.id:
        return False
    if present is not None or not manager.active or manager.branch_id != contact.account.branch_id:
        raise TiedError(f"contact {contact.id} cannot be tied to manager {manager.id}")
    before = {"manager": contact.manager_id}
    contact.manager_id = manager.id
    audit.record(
        db,
        now=now,
        actor=audit.actor_of(contact),
        action="contact.tied",
        object=f"contact:{contact.id}",
        before=before,
        after={"manager": manager.id},
        trace=trace,
    )
    return True
