"""Queries: which complaints there are: a customer's, and a manager's page of open ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection
from sqlalchemy import ColumnElement, CompoundSelect, Select, Text, case, cast, func, select, union
from sqlalchemy.orm import Session

from bot.customers import unnamed_column
from bot.customers.levels import level_rank
from bot.store.models import (
    OPEN_STATES,
    Complaint,
    ComplaintState,
    Contact,
    Customer,
    Manager,
    Outbox,
    OutboxState,
    Role,
)
from bot.tickets.assignee import HANDLED
from bot.tickets.complaints import ENDINGS
from bot.tickets.visibility import not_recused

RECENT = timedelta(days=30)
CONSIDERED = 200
"""As many that are due first are compared by level; a page shows ten at the most."""
_UNANSWERED = (ComplaintState.FILED, ComplaintState.TAKEN, ComplaintState.REOPENED)


class Whose(NamedTuple):
    """A person sees what he filed, also from another account of the same customer file."""

    contact_id: int
    customer_id: int | None = None


class Standing(NamedTuple):
    """How far a complaint is, as its customer is told: one row, not the complaint with all that belongs to it."""

    id: int
    number: str
    state: ComplaintState
    category: str
    filed_at: datetime
    due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    manager: str  # the name of who has it in hand, as `bot.tickets.assignee` says; empty when he has left
    answer: str  # the last answer's words, empty when there was none
    withdrawn: bool  # it ended because the customer took it back, this last time


_HANDLED = ", ".join(f"'{kind}'" for kind in sorted(HANDLED))
_ENDED = ", ".join(f"'{kind}'" for kind in ENDINGS)
_STANDING = f"""
SELECT c.id, c.number, c.state, c.category, c.filed_at, c.due_at, c.answered_at, c.closed_at,
       coalesce(h.name, o.name, u.name, ''), coalesce(s.answer, ''), coalesce(s.ended = 'withdrawn', false)
FROM complaints c
JOIN managers w ON w.id = c.owner_id
LEFT JOIN managers o ON o.id = w.id AND o.active
LEFT JOIN managers u ON u.id = w.supervisor_id AND u.active AND u.id IS DISTINCT FROM c.about_id
CROSS JOIN LATERAL (
    SELECT (array_agg(e.actor ORDER BY e.id DESC) FILTER (WHERE e.kind IN ({_HANDLED})))[1] AS handler,
           (array_agg(e.text ORDER BY e.id DESC) FILTER (WHERE e.kind = 'answered'))[1] AS answer,
           (array_agg(e.kind ORDER BY e.id DESC) FILTER (WHERE e.kind IN ({_ENDED})))[1] AS ended
    FROM complaint_events e WHERE e.complaint_id = c.id
) s
LEFT JOIN managers h ON h.active
    AND h.id = CASE WHEN s.handler LIKE 'manager:%%' THEN substr(s.handler, 9)::bigint END
WHERE (c.contact_id = %(contact)s OR c.customer_id = %(customer)s)
"""  # noqa: S608 - our own words
_OPEN = "c.state IN ({})".format(", ".join(f"'{state.value}'" for state in OPEN_STATES))
_NEWEST = "ORDER BY c.id DESC"


def open_of(connection: Connection[Any], whose: Whose) -> list[Standing]:
    """Return the person's open complaints, the newest first."""
    return _standing(connection, whose, f"AND {_OPEN} {_NEWEST}")


def recent_of(connection: Connection[Any], whose: Whose, now: datetime) -> list[Standing]:
    """Return the person's open complaints and those closed within 30 days, open ones first, then the newest."""
    among = f"AND ({_OPEN} OR c.closed_at > %(since)s) {_NEWEST} LIMIT 20"
    found = _standing(connection, whose, among, since=now - RECENT)
    return sorted(found, key=lambda each: each.state is ComplaintState.CLOSED)


def by_number(connection: Connection[Any], whose: Whose, number: str) -> Standing | None:
    """Return the person's complaint with this number; another's is not found."""
    return next(iter(_standing(connection, whose, "AND c.number = %(number)s", number=number)), None)


def latest_filed(connection: Connection[Any], contact_id: int, since: datetime, until: datetime) -> Standing | None:
    """Return the open complaint that was filed last from this account, if that was between `since` and `until`."""
    among = f"AND {_OPEN} AND c.filed_at BETWEEN %(since)s AND %(until)s {_NEWEST} LIMIT 1"
    return next(iter(_standing(connection, Whose(contact_id), among, since=since, until=until)), None)


def _standing(connection: Connection[Any], whose: Whose, among: str, **values: object) -> list[Standing]:
    """Read the complaints of a person, those that are `among`."""
    facts = {"contact": whose.contact_id, "customer": whose.customer_id, **values}
    rows = connection.execute(f"{_STANDING} {among}", facts).fetchall()
    return [Standing._make((*row[:2], ComplaintState(row[2]), *row[3:])) for row in rows]


def numbered(db: Session, number: str) -> Complaint | None:
    """Return the complaint with this number; the caller checks who may see it."""
    return db.scalars(select(Complaint).where(Complaint.number == number)).first()


class Listed(NamedTuple):
    """An open complaint as one line of a list for staff."""

    id: int
    number: str
    state: ComplaintState
    category: str
    due_at: datetime
    customer_manager_id: int | None
    name: str  # empty without a customer file
    honorific: str
    level: str
    unnamed: str  # how one without a file is called
    departed: bool  # he has left: no answer can reach him, and nobody waits for one
    unsent: str  # why the customer has not had its answer yet (`bot.delivery.policy.Reason`); empty when he has

    def late(self, now: datetime) -> bool:
        """Return whether its time has passed without an answer for one who waits."""
        return self.state is not ComplaintState.ANSWERED and self.due_at < now and not self.departed


class Page(NamedTuple):
    """The first open complaints of a list, and how many there are altogether."""

    rows: Sequence[Listed]
    total: int


def open_for(db: Session, viewer: Manager, now: datetime, limit: int) -> Page:
    """Return the first `limit` complaints a manager has open; a supervisor sees his whole branch.

    First what is late, the longest first; then what waits for an answer, then what waits for the customer or whose
    customer has left, each by level and time, the levels being compared among the `CONSIDERED` that are due first.
    What accuses him is left out, here and wherever complaints are listed or counted for staff (`not_recused`).
    """
    visible = not_recused(db, viewer)
    first = _due_first(viewer, visible).subquery()
    waits = Complaint.state.in_(_UNANSWERED) & Contact.openid.is_not(None)
    late = waits & (Complaint.due_at < now)
    urgency = case((late, 0), (waits, 1), else_=2)
    query = (
        select(
            Complaint.id,
            Complaint.number,
            Complaint.state,
            Complaint.category,
            Complaint.due_at,
            Customer.manager_id,
            func.coalesce(Customer.name, ""),
            func.coalesce(Customer.honorific, ""),
            func.coalesce(cast(Customer.level, Text), ""),
            unnamed_column(),
            Contact.openid.is_(None),
            func.coalesce(_unsent().scalar_subquery(), ""),
        )
        .join(first, first.c.id == Complaint.id)
        .join(Contact, Contact.id == Complaint.contact_id)
        .outerjoin(Customer, Customer.id == Complaint.customer_id)
        .order_by(urgency, case((late, Complaint.due_at)), level_rank(), Complaint.due_at, Complaint.id)
        .limit(limit)
    )
    rows = [Listed._make(row) for row in db.execute(query)]
    if len(rows) < min(limit, CONSIDERED):  # all there are
        return Page(rows, len(rows))
    return Page(rows, _open_count(db, viewer, visible))


def _open_count(db: Session, viewer: Manager, visible: ColumnElement[bool]) -> int:
    """Count the complaints a manager has open, of a branch's thousands those that accuse nobody by the index alone."""
    own = Complaint.owner_id == viewer.id
    parts = [own & visible]
    if viewer.role is Role.SUPERVISOR:
        here = Complaint.branch_id == viewer.branch_id
        accusing = Complaint.about_id.is_not(None)
        parts = [here & ~accusing, here & accusing & visible, own & ~here & visible]
    counts = [select(func.count()).where(part, Complaint.state.in_(OPEN_STATES)).scalar_subquery() for part in parts]
    return sum(db.execute(select(*counts)).one())


def _unsent() -> Select[str]:
    """Return the query for why an answered complaint's answer waits."""
    answers = (
        Outbox.recipient == func.concat("contact:", Complaint.contact_id),
        Outbox.rule == "complaint_answer",
        func.starts_with(Outbox.occasion, Complaint.number + ":"),
    )
    waiting = Complaint.state == ComplaintState.ANSWERED, Outbox.state == OutboxState.WAITING
    return select(func.max(Outbox.reason)).where(*answers, *waiting).correlate(Complaint)


def _due_first(viewer: Manager, visible: ColumnElement[bool]) -> CompoundSelect[int]:
    """Return the query for the ids of those due first, unanswered and answered: read in the order of an index.

    A supervisor of thousands must not have the level of every customer looked up for ten lines.
    """
    return union(
        *(
            select(Complaint.id)
            .where(mine, Complaint.state.in_(states), visible)
            .order_by(Complaint.due_at, Complaint.id)
            .limit(CONSIDERED)
            .subquery()
            .select()
            for mine in _whose(viewer)
            for states in (_UNANSWERED, (ComplaintState.ANSWERED,))
        )
    )


def _whose(viewer: Manager) -> list[ColumnElement[bool]]:
    """Return the conditions of which one holds for what he is to see: his own, a supervisor's his branch's too."""
    own: list[ColumnElement[bool]] = [Complaint.owner_id == viewer.id]
    return [*own, Complaint.branch_id == viewer.branch_id] if viewer.role is Role.SUPERVISOR else own


def media_count(complaint: Complaint) -> int:
    """Return how many pictures and the like are kept with it."""
    return sum(event.kind == "media" for event in complaint.events)
