"""Who is responsible: one manager for everybody, also for those who have none yet."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from bot.customers.contact_profile import Staff
from bot.messages import Channel
from bot.store.models import OPEN_STATES, Account, Branch, Complaint, Manager, Role

NOBODY = "值班主管"
"""The name under which a case is kept while an installation has nobody at work at all."""


def fallback_owner(db: Session, branch_id: int) -> Manager:
    """Return who is responsible for a branch's customers without a manager: always somebody, so nothing is refused.

    The branch's supervisor, else its manager with the fewest open complaints, else the same of the branches above;
    where nobody works in any of them, any supervisor, else anybody at work. While nobody at all is at work it is kept
    under a placeholder that is not at work itself; `doctor` and `/readyz` say so, and `bot.care.orphans` hands on
    what it has as soon as there is somebody.
    """
    seen: set[int] = set()
    here: int | None = branch_id
    while here is not None and here not in seen:
        if found := supervisor_of_branch(db, here) or _least_loaded(db, Manager.branch_id == here):
            return found
        seen.add(here)
        branch = db.get(Branch, here)
        here = branch.parent_id if branch else None
    anybody = _least_loaded(db, Manager.role == Role.SUPERVISOR) or _least_loaded(db, true())
    return anybody or nobody(db, branch_id)


def nobody(db: Session, branch_id: int) -> Manager:
    """Return the placeholder under which is kept what nobody at work may take; he is not at work himself."""
    known = select(Manager).where(Manager.name == NOBODY, ~Manager.active, Manager.wecom_userid.is_(None))
    found = db.scalars(known.order_by(Manager.id).limit(1)).first()
    if found is None:
        found = Manager(branch_id=branch_id, name=NOBODY, role=Role.SUPERVISOR, active=False)
        db.add(found)
        db.flush()
    return found


def supervisor_of_branch(db: Session, branch_id: int) -> Manager | None:
    """Return the branch's longest-serving active supervisor."""
    query = select(Manager).where(Manager.branch_id == branch_id, Manager.active, Manager.role == Role.SUPERVISOR)
    return db.scalars(query.order_by(Manager.id).limit(1)).first()


def one_level_up(db: Session, manager: Manager | Staff) -> Manager | None:
    """Return who a case goes to when `manager` could not settle it; None at the top."""
    if manager.supervisor_id is not None:
        superior = db.get(Manager, manager.supervisor_id)
        if superior and superior.active:
            return superior
    branch_supervisor = supervisor_of_branch(db, manager.branch_id)
    return branch_supervisor if branch_supervisor and branch_supervisor.id != manager.id else None


def standing_in(db: Session, manager: Manager) -> Manager:
    """Return the manager, or once he has left (inactive) his superior; at the top, with nobody above, himself."""
    return manager if manager.active else one_level_up(db, manager) or manager


def _least_loaded(db: Session, among: ColumnElement[bool]) -> Manager | None:
    load = (
        select(func.count(Complaint.id))
        .where(Complaint.owner_id == Manager.id, Complaint.state.in_(OPEN_STATES))
        .scalar_subquery()
    )
    query = select(Manager).where(Manager.active, among)
    return db.scalars(query.order_by(load, Manager.id).limit(1)).first()


def pack_of_branch(db: Session, branch_id: int) -> str | None:
    """Return the pack of a branch's Official Account, None when it has none."""
    query = select(Account.pack).where(Account.branch_id == branch_id, Account.channel == Channel.OFFICIAL)
    return db.scalar(query.order_by(Account.id).limit(1))
