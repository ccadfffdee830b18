"""Recusal: a complaint about a member of the staff is not his to handle, and he does not see it."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import select

from bot.casework.office import Office
from bot.customers import Party, Staff, one_level_up, party
from bot.customers.names import surname
from bot.store.models import Manager
from bot.tickets.filing import Draft

ATTITUDE = "attitude"
"""The category of complaints about how people were treated; the same id in every pack."""

_ACCUSES = re.compile(r"(?:投诉|举报)")
_HIS_MANAGER = re.compile(r"(?:客户|我的|我们的?|你们的?|这个|那个|这位|那位)经理")


def accused(office: Office, contact_id: int, draft: Draft) -> Manager | None:
    """Return the member of the staff the complaint is about: named in a matter of conduct, or accused by name.

    "找过周敏，宽带还是慢" is about the line, not about her.
    """
    told = f"{draft.opening} {draft.what}"
    if draft.category != ATTITUDE and not _ACCUSES.search(told):
        return None
    person = party(office.raw, contact_id)
    own = person.manager
    for manager in _staff(office, person.branch_id):
        called = {manager.name, f"{surname(manager.name)}经理"} if own and manager.id == own.id else {manager.name}
        if any(_is_about(told, name, draft.category) for name in called):
            return manager
    his = own is not None and draft.category == ATTITUDE and _HIS_MANAGER.search(told)
    return office.db.get(Manager, own.id) if own and his else None


def recused(office: Office, person: Party, draft: Draft) -> tuple[Staff, Draft]:
    """Return who handles the complaint and the draft that names whom it is about.

    One level above the accused; where nobody is above him, it stays with who is responsible anyway.
    """
    draft, about = named(office, person.contact_id, draft)
    owner = office.responsible(person)
    above = one_level_up(office.db, about) if about is not None and about.id == owner.id else None
    return Staff.of(above) if above else owner, draft


def named(office: Office, contact_id: int, draft: Draft) -> tuple[Draft, Manager | None]:
    """Return the draft that names whom it is about, and him."""
    about = accused(office, contact_id, draft)
    if about is None:
        return draft, None
    if about.name in draft.opening and about.name not in draft.what:
        draft = replace(draft, what=f"{about.name}：{draft.what}")
    return replace(draft, about=about.id), about


def _is_about(told: str, name: str, category: str) -> bool:
    return name in told and (
        category == ATTITUDE or re.search(rf"{_ACCUSES.pattern}[^，,。]{{0,8}}{name}", told) is not None
    )


def _staff(office: Office, branch_id: int) -> list[Manager]:
    query = select(Manager).where(Manager.branch_id == branch_id, Manager.active)
    return list(office.db.scalars(query.order_by(Manager.id)))
