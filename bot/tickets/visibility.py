"""Visibility of complaints under recusal (回避): the one rule that every list, card, count and lookup goes through.

A complaint that accuses members of the staff names them in `about_id` and `about_too` (`bot.service.recusal` decides
whom). Nobody accused sees it, on no road; nor does anybody below an accused, except its owner: where nobody stands
above the accused it may be in the hands of one of his staff, who then is the only one to see it besides superiors.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, false, literal, or_, select
from sqlalchemy.orm import Session

from bot.customers import superior_ids
from bot.store.models import Complaint, Manager


def not_recused(db: Session, viewer: Manager) -> ColumnElement[bool]:
    """Return the SQL condition on `Complaint` that leaves out what is kept from the viewer.

    Every query whose result a member of the staff gets to see or have counted carries it.
    """
    above = _accuses(superior_ids(db, viewer))
    kept_from = or_(_accuses({viewer.id}), (Complaint.owner_id != viewer.id) & above)
    return or_(Complaint.about_id.is_(None), ~kept_from)


def may_see(db: Session, viewer: Manager, complaint: Complaint) -> bool:
    """Return whether nothing of the complaint is to be kept from the viewer; the same rule, asked of the database."""
    if complaint.about_id is None:
        return True
    return bool(db.scalar(select(exists().where(Complaint.id == complaint.id, not_recused(db, viewer)))))


def _accuses(managers: set[int] | frozenset[int]) -> ColumnElement[bool]:
    """Return the condition that one of the managers is accused; never NULL where `about_id` is set."""
    if not managers:
        return false()
    return Complaint.about_id.in_(managers) | or_(*(literal(each) == Complaint.about_too.any_() for each in managers))
