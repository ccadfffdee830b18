"""Who knows about what: a category's own person, else who looks after the customers that asked, else the supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import audit
from bot.customers import fallback_owner
from bot.store.models import Knower, Manager, OpenQuestion, Unanswered


def knower_of(db: Session, question: OpenQuestion) -> Manager | None:
    """Return who is asked: who was asked before, else as above; at work and with WeCom. None when there is nobody."""
    for found in (question.knower, _by_category(db, question), _by_customers(db, question), _by_branch(db, question)):
        if found is not None and found.active and found.wecom_userid:
            return found
    return None


def listed(db: Session, pack: str, branch_id: int) -> Sequence[Knower]:
    """Return who answers for what in a branch; its own choice stands before the one for all branches."""
    query = select(Knower).where(Knower.pack == pack, (Knower.branch_id == branch_id) | Knower.branch_id.is_(None))
    rows = db.scalars(query.order_by(Knower.category, Knower.branch_id.desc())).all()
    own = {row.category for row in rows if row.branch_id is not None}
    return [row for row in rows if row.branch_id is not None or row.category not in own]


def appoint(
    db: Session,
    *,
    pack: str,
    branch_id: int | None,
    category: str,
    manager: Manager,
    by: Manager | None,
    now: datetime,
    trace: str = "",
) -> None:
    """Let somebody answer for a category from now on, in one branch or (None) in all of them."""
    here = Knower.branch_id == branch_id if branch_id is not None else Knower.branch_id.is_(None)
    query = select(Knower).where(Knower.pack == pack, here, Knower.category == category).with_for_update()
    row = db.scalars(query).first()
    before = {"manager": row.manager_id} if row else {}
    if row is None:
        row = Knower(pack=pack, branch_id=branch_id, category=category, manager_id=manager.id)
        db.add(row)
    row.manager_id = manager.id
    audit.record(
        db,
        now=now,
        actor=audit.actor_of(by),
        action="knower.set",
        object=f"knower:{pack}:{branch_id or 'all'}:{category}",
        before=before,
        after={"manager": manager.id},
        trace=trace,
    )


def named(db: Session, branch_id: int, name: str) -> Manager | None:
    """Return the active member of a branch's staff of that name."""
    query = select(Manager).where(Manager.branch_id == branch_id, Manager.active, Manager.name == name)
    return db.scalars(query.order_by(Manager.id).limit(1)).first()


def _by_category(db: Session, question: OpenQuestion) -> Manager | None:
    if question.category is None:
        return None
    here = (Knower.branch_id == question.branch_id) | Knower.branch_id.is_(None)
    query = select(Knower).where(Knower.pack == question.pack, Knower.category == question.category, here)
    row = db.scalars(query.order_by(Knower.branch_id.asc().nulls_last()).limit(1)).first()
    return row.manager if row else None


def _by_customers(db: Session, question: OpenQuestion) -> Manager | None:
    """Return whose customers asked it most."""
    asked = select(Unanswered.manager_id).where(Unanswered.question_id == question.id)
    query = asked.where(Unanswered.manager_id.is_not(None)).group_by(Unanswered.manager_id)
    most = db.scalar(query.order_by(func.count().desc(), Unanswered.manager_id).limit(1))
    return db.get(Manager, most) if most else None


def _by_branch(db: Session, question: OpenQuestion) -> Manager | None:
    found = fallback_owner(db, question.branch_id)
    return found if found.active else None
