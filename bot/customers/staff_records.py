"""What the staff was sent and wrote about a person who is forgotten: cards, notices, lists, briefs, their chat.

Such rows name him in words, not by a key, so they are found by what was caused by his messages and by the words
themselves, among those who may have got any of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.customers.access import superior_ids
from bot.customers.erasing import Person, like_any
from bot.store.models import ComplaintEvent, Manager, Outbox, OutboxState, Role, Task

_UNSETTLED = {OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING}

_SENT = text("""
    SELECT id FROM outbox
    WHERE manager_id = ANY(:staff) AND (trace = ANY(:traces) OR part::text LIKE ANY(:words)) FOR UPDATE
""")
_CHAT = text("""
    UPDATE inbound SET text = NULL, reply = NULL
    WHERE channel = 'wecom' AND (account, person) IN (
        SELECT wecom_account, wecom_userid FROM managers WHERE id = ANY(:staff) AND wecom_userid IS NOT NULL)
      AND state = 'done' AND (text LIKE ANY(:words) OR reply::text LIKE ANY(:words))
""")


def erase_staff_records(db: Session, person: Person, traces: Collection[str]) -> None:
    """Empty what was sent and said already; in what is still to go out he is replaced by his pseudonym.

    Words as vague as 王总 are enough for what is over, which nobody reads again, but not to change what another
    person of that name may be about.
    """
    words = like_any({*person.own, *person.called, *person.numbers, person.contact.pseudonym})
    staff = sorted(_concerned(db, person))
    found = db.scalars(_SENT, {"staff": staff, "traces": sorted(traces), "words": words}).all()
    for row in db.scalars(select(Outbox).where(Outbox.id.in_(found))):
        if row.state not in _UNSETTLED:
            row.part, row.fallback = {"type": "text", "content": ""}, {}
        elif row.trace in traces or _about(person, str(row.part)):
            said = {name: row.fallback[name] for name in ("said",) if name in row.fallback}  # moments, no numbers
            row.part, row.fallback = person.cleaned(row.part), person.cleaned(row.fallback) | said
    db.execute(_CHAT, {"staff": staff, "words": words})


def _about(person: Person, words: str) -> bool:
    return person.named_in(words) or any(number in words for number in person.numbers)


def _concerned(db: Session, person: Person) -> set[int]:
    """Return who of the staff may have got anything about him: those who handled it, and all above them."""
    direct = set(_handlers(db, person))
    branches = {person.contact.account.branch_id, *(complaint.branch_id for complaint in person.complaints)}
    supervisors = select(Manager.id).where(Manager.branch_id.in_(branches), Manager.role == Role.SUPERVISOR)
    direct |= set(db.scalars(supervisors))
    above = (superior_ids(db, manager) for manager in db.scalars(select(Manager).where(Manager.id.in_(direct))))
    return direct.union(*above)


def _handlers(db: Session, person: Person) -> Iterator[int]:
    yield from (number for number in (person.contact.manager_id,) if number is not None)
    if person.customer is not None and person.customer.manager_id is not None:
        yield person.customer.manager_id
    ids = [complaint.id for complaint in person.complaints]
    yield from (complaint.owner_id for complaint in person.complaints)
    about = (Task.contact_id == person.contact.id) | Task.complaint_id.in_(ids)
    yield from db.scalars(select(Task.manager_id).where(about).distinct())
    actors = select(ComplaintEvent.actor).where(
        ComplaintEvent.complaint_id.in_(ids), ComplaintEvent.actor.startswith("manager:")
    )
    yield from (int(actor.partition(":")[2]) for actor in db.scalars(actors.distinct()))
