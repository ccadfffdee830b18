"""Recusal (回避): who of the staff words accuse, and who takes them instead; nobody handles or sees what accuses him.

Whatever a customer says that leads to a card, task or message of the staff passes through here first: a complaint
with all its words, each addition, a wish to talk, a question, an alarm, praise. `bot.understanding.accusation` says who
is meant, `bot.tickets.visibility` who may see a complaint. This says where it goes, in this order:

1. who would take it anyway, unless he is accused or stands below an accused;
2. the next level above the highest accused that is not accused itself;
3. another supervisor of the branch, of the branches above, of anywhere, rather none who stands below an accused;
4. who would take it anyway, when he is only below an accused: better he than nobody, and the accused does not see it;
5. a colleague, of the branch first, rather none who stands below an accused: better he than a desk nobody reads;
6. nobody at work: it is kept under the placeholder of `bot.customers.responsibility` until somebody else is, with an
   alarm in the log, `doctor` and `/readyz`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from psycopg import Connection
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.customers import Party, Staff, nobody, one_level_up, party, superior_ids
from bot.customers.names import surname
from bot.service import staff_names
from bot.service.context import Office
from bot.service.staff_names import Member
from bot.store.models import Branch, ComplaintState, Manager, Role
from bot.tickets.filing import Draft
from bot.understanding import accusation
from bot.understanding.accusation import Colleague, Speaker

log = structlog.get_logger()

PERSONAL = frozenset({"", "attitude", "marketing", "other", "integrity", "fraud"})
"""Categories of complaints about people or about nothing known, in which a name alone counts; of all packs."""

DEEDS = frozenset(
    {"fee", "handling", "rights", "unsubscribe", "number", "money", "deposit", "wealth", "loan", "credit"}
    | {"payment", "price", "transfer", "member", "insurance", "finance", "charging", "licence"}
)
"""Categories of complaints about what one of the staff may have done (a fee, a plan): who did it counts; all packs'."""

STILL = timedelta(days=30)
"""So long after its end, words of misconduct or complaint are taken to be about a complaint of whom it accused."""

_ACCUSED = f"""
SELECT about_id, about_too FROM complaints
WHERE (contact_id = %(contact)s OR customer_id = %(customer)s) AND about_id IS NOT NULL
      AND (state <> '{ComplaintState.CLOSED}' OR closed_at > %(since)s)
"""  # noqa: S608 - our own words


class Words(NamedTuple):
    """What was said: is it a complaint, of which category, and who has the matter in hand that it adds to.

    `doubtful` are words that nobody knows what they are about, or that contradict who answered: a name alone counts.
    """

    text: str
    filed: bool = False
    category: str = ""
    handlers: tuple[int, ...] = ()
    doubtful: bool = False


def accused(connection: Connection[Any], person: Party, words: Words) -> tuple[int, ...]:
    """Return the ids of whom the words accuse or are to be kept from, the highest first."""
    if not (words.filed or words.doubtful or words.handlers or accusation.hints(words.text)):
        return ()
    staff = _staff(connection, person)
    found = accusation.accused(
        words.text,
        _colleagues(person, staff),
        speaker=Speaker(surname(person.name), words.handlers),
        personal=words.doubtful or (words.filed and words.category in PERSONAL),
        filed=words.filed,
        deed=words.category in DEEDS,
    )
    return _ranked(found, {each.id: each.supervisor_id for each in staff})


def names_staff(connection: Connection[Any], person: Party, text: str) -> bool:
    """Return whether the text names one of those the person may speak of: it is no question for others then."""
    return accusation.named(text, _colleagues(person, _staff(connection, person)))


def vouched(connection: Connection[Any], person: Party, text: str) -> bool:
    """Return whether the text speaks well of one of those the person may speak of, or clears him, and accuses none."""
    return accusation.vouched(text, _colleagues(person, _staff(connection, person)))


def posed(connection: Connection[Any], person: Party, text: str) -> bool:
    """Return whether the text tells of somebody who passes himself off as one of the staff."""
    return accusation.posed(text, _colleagues(person, _staff(connection, person)))


def accusing(connection: Connection[Any], person: Party, draft: Draft, limit: int) -> str:
    """Return of what happened, when it is longer than `limit` characters, the part that accuses whom all words do."""
    staff = _staff(connection, person)
    found = accused(connection, person, Words(draft.whole, filed=True, category=draft.category))
    return accusation.accusing(draft.what, [each for each in _colleagues(person, staff) if each.id in found], limit)


def barred(
    office: Office,
    person: Party,
    text: str,
    *,
    whatever: bool = False,
    doubtful: bool = False,
    handlers: tuple[int, ...] = (),
) -> tuple[int, ...]:
    """Return from whom words outside a complaint are kept: whom they accuse, and whom his complaints do.

    The latter counts for words of complaint or misconduct, and always with `whatever`: who despairs may despair of
    him. With `doubtful` a name alone counts, and 她 is one of the `handlers` who have what the words are for.
    """
    found = accused(office.raw, person, Words(text, handlers=handlers, doubtful=doubtful))
    if not whatever and not accusation.complains(text):
        return found
    return tuple(dict.fromkeys((*found, *_complained_of(office, person, office.now - STILL))))


def unwanted(office: Office, person: Party, text: str, unfiled: Draft | None = None) -> tuple[int, ...]:
    """Return who is not to get a customer's wish to talk, the highest first.

    They are those whom the words or a complaint that is just being told (`unfiled`) accuse, those a complaint accuses
    that is open, and those he does not want to talk to.
    """
    found = {*barred(office, person, text), *_complained_of(office, person, office.now)}
    if unfiled is not None:
        words = Words(unfiled.whole, filed=True, category=unfiled.category)
        found |= {*accused(office.raw, person, words)}
    if text.strip():
        found |= accusation.refused(text, _colleagues(person, _staff(office.raw, person)))
    return ranked(office.db, found) if found else ()


def _complained_of(office: Office, person: Party, since: datetime) -> list[int]:
    """Return whom the person's complaints accuse that are open, or were closed after `since`."""
    facts = {"contact": person.contact_id, "customer": person.customer_id, "since": since}
    rows = office.raw.execute(_ACCUSED, facts).fetchall()
    return [each for about, too in rows for each in (about, *too)]


def responsible(office: Office, person: Party, kept_from: Sequence[int]) -> Staff:
    """Return who takes what a person brings when it is to be kept from some of the staff."""
    usual = office.responsible(person)
    return taker(office.db, usual, person.branch_id, kept_from) if kept_from else usual


def taker(db: Session, usual: Staff, branch_id: int, kept_from: Sequence[int]) -> Staff:
    """Return who takes what `usual` would take, in the order above."""
    if not kept_away(db, usual, kept_from):
        return usual
    above = superior(db, db.get_one(Manager, kept_from[0]), kept_from) or _other(
        db, branch_id, kept_from, Manager.role == Role.SUPERVISOR
    )
    if above is not None:
        return Staff.of(above)
    if usual.id not in kept_from:
        return usual
    colleague = _other(db, branch_id, kept_from, Manager.role != Role.SUPERVISOR)
    return Staff.of(colleague) if colleague is not None else _unmanned(db, branch_id)


def _unmanned(db: Session, branch_id: int) -> Staff:
    """Return the placeholder, with an alarm: whoever runs the program is to find somebody."""
    log.error("nobody_may_take_it", branch_id=branch_id)
    return Staff.of(nobody(db, branch_id))


def superior(db: Session, manager: Manager | Staff, kept_from: Collection[int] = ()) -> Manager | None:
    """Return the next level above `manager` that may see it; None where there is none."""
    seen = {manager.id}
    above = one_level_up(db, manager)
    while above is not None and above.id not in seen:
        if not kept_away(db, above, kept_from):
            return above
        seen.add(above.id)
        above = one_level_up(db, above)
    return None


def kept_away(db: Session, manager: Manager | Staff, kept_from: Collection[int]) -> bool:
    """Return whether he is one of those, or stands below one."""
    if not kept_from:
        return False
    return manager.id in kept_from or not superior_ids(db, manager).isdisjoint(kept_from)


def recused(office: Office, person: Party, draft: Draft) -> tuple[Staff, Draft]:
    """Return who handles the complaint and the draft that names whom it is about."""
    draft = named(office, person, draft)
    return responsible(office, person, draft.accused), draft


def named(office: Office, person: Party, draft: Draft) -> Draft:
    """Return the draft that names whom all its words accuse."""
    found = accused(office.raw, person, Words(draft.whole, filed=True, category=draft.category))
    return replace(draft, accused=found)


def accuses_superior(connection: Connection[Any], contact_id: int, draft: Draft) -> bool:
    """Return whether what is told accuses somebody above the customer's own manager."""
    person = party(connection, contact_id)
    found = accused(connection, person, Words(draft.whole, filed=True, category=draft.category))
    return bool(found) and (person.manager is None or set(found) != {person.manager.id})


def ranked(db: Session, found: Iterable[int]) -> tuple[int, ...]:
    """Return them the highest first."""
    return tuple(sorted(found, key=lambda each: (len(superior_ids(db, db.get_one(Manager, each))), each)))


def _ranked(found: Collection[int], superiors: dict[int, int | None]) -> tuple[int, ...]:
    def depth(member: int | None) -> int:
        seen: set[int] = set()
        while member is not None and member not in seen:
            seen.add(member)
            member = superiors.get(member)
        return len(seen)

    return tuple(sorted(found, key=lambda each: (depth(each), each)))


def _staff(connection: Connection[Any], person: Party) -> list[Member]:
    own = person.manager
    branches = frozenset({person.branch_id, own.branch_id} if own else {person.branch_id})
    return staff_names.staff(connection, branches, own.id if own else None)


def _colleagues(person: Party, staff: Sequence[Member]) -> list[Colleague]:
    own = person.manager
    return [
        Colleague(
            each.id,
            each.name,
            surname(each.name),
            own=own is not None and own.id == each.id,
            above=own is not None and own.supervisor_id == each.id,
        )
        for each in staff
    ]


def _other(db: Session, branch_id: int, kept_from: Sequence[int], who: ColumnElement[bool]) -> Manager | None:
    """Return one of `who`: of the branch, of those above it, of anywhere; below an accused only in need."""
    near = {branch: distance for distance, branch in enumerate(_upwards(db, branch_id))}
    found = db.scalars(select(Manager).where(Manager.active, who, Manager.id.not_in(kept_from))).all()
    return min(
        found,
        key=lambda each: (kept_away(db, each, kept_from), near.get(each.branch_id, len(near)), each.id),
        default=None,
    )


def _upwards(db: Session, branch_id: int | None) -> list[int]:
    found: list[int] = []
    while branch_id is not None and branch_id not in found:
        found.append(branch_id)
        branch = db.get(Branch, branch_id)
        branch_id = branch.parent_id if branch else None
    return found
