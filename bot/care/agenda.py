"""A manager's agenda: what stands before him today, read the same way for the 08:00 brief, 早报 and 待办.

Each kind of item comes as its first lines and a count of all, so that a supervisor of thousands of open complaints
costs no more than the lines he is shown. Complaints, tasks and return visits are read for one viewer at a time, for
what he may see differs (recusal); the rest is read for all viewers at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, Date, Integer, Select, Text, case, cast, column, func, or_, select, values
from sqlalchemy.orm import Session

from bot.business_hours import WorkingTime
from bot.care import return_visits as visits
from bot.care.birthday_dates import kept_on
from bot.care.rest_days import Span
from bot.clock import local_date
from bot.customers import superior_ids, unnamed_column
from bot.customers.levels import level_rank
from bot.learning import open_questions as questions
from bot.store.models import (
    PROMISED_RULES,
    Complaint,
    Contact,
    Contract,
    Customer,
    Manager,
    Reminded,
    Role,
    Task,
    TaskState,
)
from bot.tickets import queries
from bot.tickets.queries import Listed
from bot.tickets.visibility import not_recused

Item = TypeVar("Item")

ITEMS = 10
"""As many of each kind are named wherever an agenda is read; the rest is counted, and listed for who asks for it."""

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)
"""Contracts are shown when they end within a week, and when they reach their 30-day mark."""


class Named(NamedTuple):
    """How a customer is called in a line: the facts, not yet the words; `unnamed` is for one without a file."""

    manager_id: int | None
    name: str
    honorific: str
    level: str
    unnamed: str


class Birthday(NamedTuple):
    """A customer's birthday, kept on `day`."""

    customer_id: int
    day: date
    who: Named


class TaskLine(NamedTuple):
    """An open task; `since` is the time first promised, from which its being late counts."""

    id: int
    title: str
    text: str
    due_at: datetime
    since: datetime
    who: Named


class Promise(NamedTuple):
    """A time promised to a customer that was let pass by somebody of a supervisor's staff, or by himself."""

    title: str
    manager: str
    due_at: datetime
    since: datetime
    who: Named


class Visit(NamedTuple):
    """A complaint whose customer is asked today how content he is."""

    number: str
    who: Named


class Ending(NamedTuple):
    """A contract that ends soon, or ended on a rest day just past."""

    name: str
    ends_on: date
    who: Named


@dataclass(frozen=True, slots=True)
class Section(Generic[Item]):
    """The first items of a kind, and how many there are altogether."""

    items: Sequence[Item] = ()
    total: int = 0


@dataclass(slots=True)
class Agenda:
    """What stands before one manager."""

    complaints: Section[Listed] = field(default_factory=Section)
    tasks: Section[TaskLine] = field(default_factory=Section)
    promises: Section[Promise] = field(default_factory=Section)
    birthdays: Section[Birthday] = field(default_factory=Section)
    visits: Section[Visit] = field(default_factory=Section)
    contracts: Section[Ending] = field(default_factory=Section)
    questions: int = 0  # that he was asked and has not answered
    unannounced: tuple[int, ...] = ()  # years without a notice of holidays, for supervisors to see to

    @property
    def calls(self) -> bool:
        """Return whether there is anything to send a brief for: open questions have cards of their own."""
        sections = (
            self.complaints,
            self.tasks,
            self.promises,
            self.birthdays,
            self.visits,
            self.contracts,
        )
        return bool(self.unannounced) or any(each.total for each in sections)


def agendas(
    db: Session, viewers: Sequence[Manager], calendars: Mapping[int, WorkingTime], now: datetime, limit: int
) -> dict[int, Agenda]:
    """Return each viewer's agenda by his id, with at most `limit` items of a kind; `calendars` are the branches'."""

    def zone_of(viewer: Manager) -> ZoneInfo:
        return calendars[viewer.branch_id].zone

    found = {viewer.id: Agenda() for viewer in viewers}
    for span, mine in _by_span(viewers, calendars, now).items():
        ids = [viewer.id for viewer in mine]
        for number, birthdays in _birthdays(db, ids, span, limit).items():
            found[number].birthdays = birthdays
        for number, contracts in _contracts(db, ids, span, limit).items():
            found[number].contracts = contracts
        visited = set(db.scalars(visits.closed_for(span, zone_of(mine[0])).with_only_columns(Complaint.owner_id)))
        for viewer in mine:
            if viewer.id in visited:
                found[viewer.id].visits = _visits(db, viewer, span, zone_of(viewer), limit)
    busy = set(
        db.scalars(select(Task.manager_id).where(Task.state == TaskState.OPEN, Task.manager_id.in_(found)).distinct())
    )
    for viewer in viewers:
        _read_own(db, viewer, found[viewer.id], now, zone_of(viewer), limit, has_tasks=viewer.id in busy)
    for number, count in questions.still_asked(db, list(found)).items():
        found[number].questions = count
    return found


def _read_own(
    db: Session, viewer: Manager, agenda: Agenda, now: datetime, zone: ZoneInfo, limit: int, *, has_tasks: bool
) -> None:
    """Read into an agenda what differs from viewer to viewer."""
    page = queries.open_for(db, viewer, now, limit)
    agenda.complaints = Section(page.rows, page.total)
    if has_tasks:
        agenda.tasks = open_tasks(db, viewer, now, zone, limit)
    if viewer.role is Role.SUPERVISOR:
        agenda.promises = _promises(db, viewer, now, limit)


def _by_span(
    viewers: Iterable[Manager], calendars: Mapping[int, WorkingTime], now: datetime
) -> Mapping[Span, list[Manager]]:
    found: dict[Span, list[Manager]] = defaultdict(list)
    for viewer in viewers:
        calendar = calendars[viewer.branch_id]
        found[Span.of(calendar, local_date(now, calendar.zone))].append(viewer)
    return found


_WHO = (
    Customer.manager_id,
    func.coalesce(Customer.name, ""),
    func.coalesce(Customer.honorific, ""),
    func.coalesce(cast(Customer.level, Text), ""),
)

_SINCE = func.coalesce(Task.promised_at, Task.due_at)
"""The time a customer was told first."""


def _birthdays(db: Session, ids: list[int], span: Span, limit: int) -> dict[int, Section[Birthday]]:
    """Return the birthdays of the span's days by manager."""
    kept = [(*birthday, day) for day in span.days() for birthday in kept_on(day)]
    born = values(
        column("calendar", Customer.birthday_calendar.type),
        column("month", Integer),
        column("day", Integer),
        column("leap", Boolean),
        column("kept", Date),
        name="born",
    ).data(kept)
    same = (
        (Customer.birthday_calendar == born.c.calendar)
        & (Customer.birthday_month == born.c.month)
        & (Customer.birthday_day == born.c.day)
        & (Customer.birthday_leap_month == born.c.leap)
    )
    order = (born.c.kept, level_rank(), Customer.id)
    query = select(Customer.id, born.c.kept, *_WHO).join(born, same).where(Customer.manager_id.in_(ids))
    return {
        number: Section([Birthday(row[0], row[1], Named._make((*row[2:6], ""))) for row in rows], total)
        for number, (rows, total) in _first(db, query, order, limit).items()
    }


def _contracts(db: Session, ids: list[int], span: Span, limit: int) -> dict[int, Section[Ending]]:
    """Return the contracts that end within a week (or ended since the last workday) or reached their 30-day mark."""
    soon = Contract.ends_on.between(span.first, span.day + WEEK)
    mark = Contract.ends_on.between(span.first + MONTH, span.day + MONTH)
    query = select(Contract.name, Contract.ends_on, *_WHO).join(Customer, Customer.id == Contract.customer_id)
    order = (Contract.ends_on, level_rank(), Contract.id)
    mine = query.where(Customer.manager_id.in_(ids), or_(soon, mark))
    return {
        number: Section([Ending(row[0], row[1], Named._make((*row[2:6], ""))) for row in rows], total)
        for number, (rows, total) in _first(db, mine, order, limit).items()
    }


def _first(
    db: Session, query: Select[*tuple[Any, ...]], order: Sequence[Any], limit: int
) -> dict[int, tuple[list[Any], int]]:
    """Return the first rows of each customer's manager and how many he has altogether."""
    place = func.row_number().over(partition_by=Customer.manager_id, order_by=order).label("place")
    total = func.count().over(partition_by=Customer.manager_id).label("total")
    ranked = query.add_columns(Customer.manager_id.label("whose"), place, total).subquery()
    found: dict[int, tuple[list[Any], int]] = {}
    for row in db.execute(select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.whose, ranked.c.place)):
        found.setdefault(row.whose, ([], row.total))[0].append(row)
    return found


def open_tasks(db: Session, viewer: Manager, now: datetime, zone: ZoneInfo, limit: int = ITEMS) -> Section[TaskLine]:
    """Return his open tasks: late ones first, the longest late before the rest; then today's and later ones by level.

    A pseudonym in a text is put in plain words, as everywhere.
    """
    late, today = Task.due_at < now, datetime.combine(local_date(now, zone), time.max, zone)
    urgency, called = case((late, 0), (Task.due_at <= today, 1), else_=2), unnamed_column()
    text = func.replace(Task.text, func.coalesce(Contact.pseudonym, ""), called)
    query = (
        select(Task.id, Task.title, text, Task.due_at, _SINCE, *_WHO, called)
        .add_columns(func.count().over().label("total"))
        .outerjoin(Customer, Customer.id == Task.customer_id)
        .outerjoin(Contact, Contact.id == Task.contact_id)
        .outerjoin(Complaint, Complaint.id == Task.complaint_id)
        .where(Task.manager_id == viewer.id, Task.state == TaskState.OPEN)
        .where(or_(Task.complaint_id.is_(None), not_recused(db, viewer)))
        .order_by(urgency, case((late, _SINCE)), level_rank(), Task.due_at, Task.id)
        .limit(limit)
    )
    rows = db.execute(query).all()
    return Section(
        [TaskLine(row[0], row[1], row[2], row[3], row[4], Named._make(row[5:10])) for row in rows],
        rows[0].total if rows else 0,
    )


def _promises(db: Session, viewer: Manager, now: datetime, limit: int) -> Section[Promise]:
    """Return what he or his staff promised and let pass, the longest first; none that accuses him or one above him."""
    missed = or_(Task.reminded >= Reminded.MISSED, Task.due_at < now)
    below = or_(Manager.id == viewer.id, Manager.supervisor_id == viewer.id, Manager.branch_id == viewer.branch_id)
    kept_away = Task.kept_from.overlap([viewer.id, *superior_ids(db, viewer)])
    query = (
        select(Task.title, Manager.name, Task.due_at, _SINCE, *_WHO, unnamed_column())
        .add_columns(func.count().over().label("total"))
        .join(Manager, Manager.id == Task.manager_id)
        .outerjoin(Customer, Customer.id == Task.customer_id)
        .outerjoin(Contact, Contact.id == Task.contact_id)
        .where(Task.state == TaskState.OPEN, Task.rule.in_(PROMISED_RULES), missed)
        .where(below, ~kept_away)
        .order_by(_SINCE, Task.id)
        .limit(limit)
    )
    rows = db.execute(query).all()
    return Section(
        [Promise(row[0], row[1], row[2], row[3], Named._make(row[4:9])) for row in rows], rows[0].total if rows else 0
    )


def _visits(db: Session, viewer: Manager, span: Span, zone: ZoneInfo, limit: int) -> Section[Visit]:
    """Return his complaints whose customers are asked how content they are on the span's last day."""
    query = (
        visits.closed_for(span, zone)
        .with_only_columns(Complaint.number, *_WHO, unnamed_column(), func.count().over().label("total"))
        .join(Contact, Contact.id == Complaint.contact_id)
        .outerjoin(Customer, Customer.id == Complaint.customer_id)
        .where(Complaint.owner_id == viewer.id, Contact.openid.is_not(None), not_recused(db, viewer))
        .order_by(level_rank(), Complaint.id)
        .limit(limit)
    )
    rows = db.execute(query).all()
    return Section([Visit(row[0], Named._make(row[1:6])) for row in rows], rows[0].total if rows else 0)
