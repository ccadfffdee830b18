"""The manager's 08:00 brief: one message with today's birthdays, complaints, tasks, visits and ends of contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import tasks
from bot.business_hours import IMPORT_COMMAND
from bot.care import visits
from bot.care.birthdays import born_on
from bot.care.desk import OPENS, Desk, called, spoken_day
from bot.channels.types import Text
from bot.clock import local
from bot.delivery import outbox
from bot.schedule import Context
from bot.store.models import (
    Complaint,
    ComplaintState,
    Contact,
    Contract,
    Customer,
    Manager,
    NoticeQuota,
    Purpose,
    Role,
    Task,
)
from bot.store.session import driver
from bot.texts import Texts
from bot.tickets import lists

_Item = TypeVar("_Item")

RULE = "brief"
NOT_AFTER = time(12)
ITEMS = 5
"""As many of each kind are named; the rest is counted."""

_STATES = {
    ComplaintState.FILED: "new",
    ComplaintState.TAKEN: "accepted",
    ComplaintState.ANSWERED: "replied",
    ComplaintState.REOPENED: "reopened",
}


def plan(desk: Desk, context: Context) -> str:
    """Put up a brief for every manager at work; after noon it is no brief any more and none is sent."""
    db, now = context.db, context.now
    day = desk.day(context.due_at)
    until = desk.at(day, NOT_AFTER)
    if now > until:
        return "skipped: too late in the day"
    query = select(Manager).where(Manager.active, Manager.wecom_userid.is_not(None)).order_by(Manager.id)
    managers = db.scalars(query).all()
    birthdays = born_on(db, day)
    visited = visits.closed_on(desk, db, day - timedelta(days=visits.AFTER_DAYS))
    for manager in managers:
        mine = [customer for customer in birthdays if customer.manager_id == manager.id]
        asked = [complaint for complaint in visited if complaint.owner_id == manager.id]
        words = Brief(desk, db, manager, now).text(mine, asked)
        outbox.enqueue(
            db,
            to=manager,
            purpose=Purpose.STAFF,
            rule=RULE,
            occasion=str(day),
            part=Text(words),
            now=now,
            expires_at=until,
            urgent=False,
        )
    return f"{len(managers)} briefs"


class Brief:
    """Writes one manager's brief."""

    def __init__(self, desk: Desk, db: Session, manager: Manager, now: datetime) -> None:
        self._desk = desk
        self._db = db
        self._manager = manager
        self._now = now
        self._day = desk.day(now)
        self._texts: Texts = desk.texts_for(db, manager.branch_id)

    def text(self, birthdays: Sequence[Customer], visited: Sequence[Complaint]) -> str:
        """Return the whole brief."""
        end_of_day = self._desk.at(self._day + timedelta(days=1), time())
        sections = (
            self._section("birthdays", birthdays, self._birthday),
            self._section("complaints", lists.open_for(self._db, self._manager), self._complaint),
            self._section("tasks", tasks.open_of(self._db, self._manager, until=end_of_day), self._task),
            self._section("return_visits", visited, self._visit),
            self._section("contracts", self._ending(), self._contract),
            self._section("calendar", self._unannounced(), self._notice),
        )
        lines = [line for section in sections for line in section]
        body = lines or [self._say("none")]
        head = self._say("head", manager=self._manager.name, date=spoken_day(self._day))
        return "\n".join([head, *body, self._say("tail")])

    def _section(self, name: str, items: Sequence[_Item], line: Callable[[_Item], str]) -> Iterator[str]:
        if not items:
            return
        yield self._say(name)
        yield from (line(item) for item in items[:ITEMS])
        if len(items) > ITEMS:
            yield self._say("more", count=len(items) - ITEMS)

    def _birthday(self, customer: Customer) -> str:
        how = "birthday.auto" if reachable(self._db, customer, self._desk.at(self._day, OPENS)) else "birthday.by_you"
        return self._say("birthday.item", customer=called(customer), level=customer.level.value, how=self._say(how))

    def _complaint(self, complaint: Complaint) -> str:
        customer = called(complaint.customer) if complaint.customer else complaint.contact.pseudonym
        left = complaint.due_at - self._now
        facts = {"number": complaint.number, "customer": customer, "left": self._lasting(left)}
        state = self._texts.say(f"complaint.state.{_STATES[complaint.state]}")
        if complaint.state is ComplaintState.ANSWERED:
            return self._say("complaint.answered", state=state, **facts)
        if left < timedelta():
            return self._say("complaint.overdue", **facts)
        return self._say("complaint.item", state=state, **facts)

    def _task(self, task: Task) -> str:
        customer = called(task.customer) if task.customer else ""
        return self._say("task.item", title=task.title, customer=customer, due=self._when(task.due_at))

    def _visit(self, complaint: Complaint) -> str:
        customer = called(complaint.customer) if complaint.customer else complaint.contact.pseudonym
        return self._say("return_visit.item", customer=customer, number=complaint.number)

    def _contract(self, contract: Contract) -> str:
        days = ((contract.ends_on or self._day) - self._day).days
        key = "contract.item" if days else "contract.today"
        return self._say(key, customer=called(contract.customer), contract=contract.name, days=days)

    def _ending(self) -> Sequence[Contract]:
        """Return what ends within a week, and what reaches its 30-day mark today."""
        days: list[date] = [self._day + timedelta(days=left) for left in (*range(8), 30)]
        mine = (Customer.manager_id == self._manager.id, Contract.ends_on.in_(days))
        query = select(Contract).join(Customer).where(*mine).order_by(Contract.ends_on, Contract.id)
        return self._db.scalars(query).all()

    def _unannounced(self) -> Sequence[int]:
        """Return the years whose notice of holidays a supervisor should see to."""
        supervises = self._manager.role is Role.SUPERVISOR
        return self._desk.calendars.unannounced(driver(self._db), self._day) if supervises else ()

    def _notice(self, year: int) -> str:
        return self._say("calendar.item", year=year, command=IMPORT_COMMAND)

    def _say(self, key: str, **values: object) -> str:
        return self._texts.say(f"manager.brief.{key}", **values)

    def _when(self, moment: datetime) -> str:
        there = local(moment, self._desk.settings.zone)
        clock = f"{there:%H:%M}"
        return clock if there.date() == self._day else f"{spoken_day(there.date())}{clock}"

    def _lasting(self, span: timedelta) -> str:
        hours, minutes = divmod(int(abs(span).total_seconds()) // 60, 60)
        if hours:
            return self._texts.say("when.hours", hours=hours, minutes=minutes)
        return self._texts.say("when.minutes", minutes=minutes)


def reachable(db: Session, customer: Customer, at: datetime) -> bool:
    """Return whether a greeting can reach the customer by itself at that time."""
    mine = (Contact.customer_id == customer.id, Contact.following, Contact.openid.is_not(None))
    window = select(func.count(Contact.id)).where(*mine, Contact.window_until > at, Contact.window_left > 0)
    notice = select(func.count()).select_from(NoticeQuota).join(Contact).where(*mine, NoticeQuota.left > 0)
    return bool(db.scalar(window)) or bool(db.scalar(notice))
