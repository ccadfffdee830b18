"""What planning works with: settings, texts of a branch, and the hours in which people are written to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.business_hours import Calendars, WorkingTime
from bot.care.rest_days import next_workday
from bot.clock import local, local_date
from bot.config import Settings
from bot.customers import address, pack_of_branch
from bot.delivery import outbox
from bot.knowledge.texts import TextBook, Texts
from bot.messages import Text
from bot.service import Office
from bot.store.models import Branch, Complaint, Customer, Manager, Purpose
from bot.store.session import Within, driver
from bot.tickets.sla import Clockwork

OPENS, CLOSES = time(9), time(20)
"""When greetings and reminders go out, local time."""


@dataclass(frozen=True)
class Desk:
    """Shared by all planning; `title` gives a complaint category's name by pack and id."""

    settings: Settings
    book: TextBook
    title: Callable[[str, str], str] = lambda _pack, category: category

    def day(self, moment: datetime) -> date:
        """Return the business day of a moment."""
        return local_date(moment, self.settings.zone)

    def at(self, day: date, hour: time) -> datetime:
        """Return `hour` of a business day."""
        return datetime.combine(day, hour, self.settings.zone)

    @cached_property
    def calendars(self) -> Calendars:
        """The branches' business calendars."""
        return Calendars(self.settings.zone)

    def working_time(self, db: Session, branch_id: int) -> WorkingTime:
        """Return a branch's business calendar."""
        return self.calendars.of(driver(db), branch_id)

    def clockwork(self, db: Session, branch_id: int) -> Clockwork:
        """Return how a branch's due times are counted."""
        return Clockwork(self.settings.complaint_reply_hours, self.working_time(db, branch_id))

    def calendars_of(self, db: Session) -> dict[int, WorkingTime]:
        """Return every branch's business calendar by its id."""
        return {branch_id: self.working_time(db, branch_id) for branch_id in db.scalars(select(Branch.id))}

    def next_open_workday(self, db: Session, branch_id: int, now: datetime) -> datetime:
        """Return `next_open` on a day the branch works."""
        moment = self.next_open(now)
        day = self.day(moment)
        workday = next_workday(self.working_time(db, branch_id), day)
        return moment if workday == day else self.at(workday, OPENS)

    def next_open(self, now: datetime) -> datetime:
        """Return `now` within the hours people are written to, else when they begin next."""
        here = local(now, self.settings.zone)
        if here.time() < OPENS:
            return self.at(here.date(), OPENS)
        return now if here.time() < CLOSES else self.at(here.date() + timedelta(days=1), OPENS)

    def texts_for(self, db: Session, branch_id: int) -> Texts:
        """Return a branch's texts: of its Official Account's pack, with its own placeholders."""
        branch = db.get(Branch, branch_id)
        return self.book.of(self.pack_of(db, branch_id), branch.placeholders if branch else None)

    def pack_of(self, db: Session, branch_id: int) -> str:
        """Return the pack of a branch's Official Account; asked for once a session, for a plan speaks to thousands."""
        known: dict[int, str] = db.info.setdefault("packs", {})
        if branch_id not in known:
            known[branch_id] = pack_of_branch(db, branch_id) or self.settings.tiexin_pack
        return known[branch_id]

    def office(self, db: Session, complaint: Complaint, now: datetime) -> Office:
        """Return what a use case needs to act on a complaint by itself."""
        pack = complaint.contact.account.pack
        return Office(
            transaction=Within(db),
            say=self.texts_for(db, complaint.branch_id).say,
            now=now,
            clockwork=self.clockwork(db, complaint.branch_id),
            title=lambda category: self.title(pack, category),
            template=self.settings.wechat_template_complaint,
        )

    def staff_office(self, db: Session, manager: Manager, now: datetime) -> Office:
        """Return what a use case needs to write to a member of the staff by itself."""
        pack = self.pack_of(db, manager.branch_id)
        return Office(
            transaction=Within(db),
            say=self.texts_for(db, manager.branch_id).say,
            now=now,
            clockwork=self.clockwork(db, manager.branch_id),
            title=lambda category: self.title(pack, category),
        )


def tell_until(
    db: Session, manager: Manager, words: str, *, rule: str, occasion: str, now: datetime, until: datetime
) -> None:
    """Send a member of the staff words once, outside his quiet hours and only as long as they are of use."""
    outbox.enqueue(
        db,
        to=manager,
        purpose=Purpose.STAFF,
        rule=rule,
        occasion=occasion,
        part=Text(words),
        now=now,
        expires_at=until,
        urgent=False,
    )


def called(customer: Customer) -> str:
    """Return how a customer is addressed."""
    return address(customer.name, customer.honorific)


def active_manager(customer: Customer) -> Manager | None:
    """Return the customer's manager when he is at work."""
    manager = customer.manager
    return manager if manager is not None and manager.active else None


def spoken_day(day: date) -> str:
    """Return a date as people say it: 12月21日."""
    return f"{day.month}月{day.day}日"


def written_day(day: date) -> str:
    """Return a date as template fields want it: 2026年12月21日."""
    return f"{day.year}年{day.month:02}月{day.day:02}日"
