"""What stands before the first customer: branches, accounts and the staff."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.store.models import OPEN_STATES, Account, Branch, Complaint, Manager, Role

DEFAULT_BRANCH = "总部"


_UNSTAFFED = """
WITH RECURSIVE chain (account, id, parent_id) AS (
    SELECT a.channel || ':' || a.name, b.id, b.parent_id FROM accounts a JOIN branches b ON b.id = a.branch_id
    UNION
    SELECT c.account, b.id, b.parent_id FROM chain c JOIN branches b ON b.id = c.parent_id
)
SELECT account FROM chain LEFT JOIN managers m ON m.branch_id = chain.id AND m.active
GROUP BY account HAVING count(m.id) = 0 ORDER BY account
"""


class StaffError(Exception):
    """A member of the staff cannot be added; the message says in Chinese why."""


def ensure_branch(db: Session, name: str) -> Branch:
    """Return the branch of that name, made when it is new; without a name the only branch there is, or 总部."""
    if not name and db.scalar(select(func.count()).select_from(Branch)) == 1:
        return db.execute(select(Branch)).scalar_one()
    wanted = name or DEFAULT_BRANCH
    known = db.scalar(select(Branch).where(Branch.name == wanted))
    if known is None:
        known = Branch(name=wanted, placeholders={"branch": wanted})
        db.add(known)
        db.flush()
    return known


def ensure_account(db: Session, *, channel: str, name: str, branch: str, pack: str) -> bool:
    """Give a configured account its row, without which no message finds its branch; return whether it is new."""
    if db.scalar(select(Account.id).where(Account.channel == channel, Account.name == name)) is not None:
        return False
    db.add(Account(branch_id=ensure_branch(db, branch).id, channel=channel, name=name, pack=pack))
    db.flush()
    return True


def unattended(connection: Connection) -> int:
    """Return how many open complaints belong to somebody who is not at work, so that nobody reads them."""
    waiting = select(func.count()).select_from(Complaint).join(Manager, Manager.id == Complaint.owner_id)
    return connection.execute(waiting.where(Complaint.state.in_(OPEN_STATES), ~Manager.active)).scalar_one()


def unstaffed(connection: Connection) -> list[str]:
    """Return the accounts ("official:official") for which nobody at work is found, neither in their branch nor above.

    What their customers bring goes to a superior elsewhere, who may not expect it (`bot.customers.responsibility`).
    """
    return list(connection.scalars(text(_UNSTAFFED)))


def add_staff(
    db: Session,
    *,
    name: str,
    userid: str,
    now: datetime,
    branch: str = "",
    phone: str = "",
    supervisor: bool = False,
    account: str = "work",
) -> Manager:
    """Add an account manager or supervisor; whoever comes later is led by the branch's supervisor.

    Raises:
        StaffError: the UserID is taken.
    """
    if db.scalar(select(Manager.id).where(Manager.wecom_account == account, Manager.wecom_userid == userid)):
        raise StaffError(f"企业微信账号 {userid} 已经登记过了")
    place = ensure_branch(db, branch)
    leader = select(Manager.id).where(Manager.branch_id == place.id, Manager.role == Role.SUPERVISOR, Manager.active)
    manager = Manager(
        branch_id=place.id,
        name=name,
        role=Role.SUPERVISOR if supervisor else Role.MANAGER,
        phone=phone,
        wecom_account=account,
        wecom_userid=userid,
        supervisor_id=None if supervisor else db.scalar(leader.order_by(Manager.id)),
    )
    db.add(manager)
    db.flush()
    after = {"name": name, "role": manager.role.value, "branch": place.name}
    audit.record(db, now=now, actor="system", action="staff.added", object=f"manager:{manager.id}", after=after)
    return manager
