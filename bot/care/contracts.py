"""Ends of contracts: customer and manager are told 30, 7 and 1 days before, once for each mark.

A mark that was missed by downtime is told late with the true number of days, unless the next mark has come meanwhile;
what ended more than three days ago is recorded as skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.care.planning_context import Desk, active_manager, called, spoken_day, written_day
from bot.delivery import bulk
from bot.delivery.bulk import Planned
from bot.delivery.outbox import Fallback
from bot.knowledge.texts import Texts
from bot.messages import Text
from bot.schedule import Context
from bot.store.models import Contract, Customer, Purpose

RULE = "contract_expiry"
MARKS = (30, 7, 1)
STALE_AFTER_DAYS = 3
_UNTIL = time(21)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One mark of one contract, said on `day`, `left` days before its end (negative: after it)."""

    contract: Contract
    mark: int
    day: date
    left: int

    @property
    def occasion(self) -> str:
        """Its name in the outbox."""
        return f"contract:{self.contract.id}:{self.mark}"

    @property
    def wording(self) -> str:
        """Which sentence is right for the number of days that are really left."""
        if self.left < 0:
            return "late"
        if self.left == 0:
            return "today"
        return str(self.left) if self.left in MARKS else "other"


def plan(desk: Desk, context: Context) -> str:
    """Put up the reminders whose mark falls on the day the job was due for."""
    db, now = context.db, context.now
    due_day = desk.day(context.due_at)
    said_on = desk.day(desk.next_open(now))
    reminders = [_reminder(contract, due_day, said_on) for contract in _ending(db, due_day)]
    bulk.put(db, [each for reminder in reminders for each in _messages(desk, db, reminder, now)], now)
    return f"{len(reminders)} reminders"


def refusal(reminder: Reminder) -> str:
    """Return why a late reminder is not said any more, empty when it is."""
    if reminder.left < -STALE_AFTER_DAYS:
        return "too_late"
    nearer = [mark for mark in MARKS if mark < reminder.mark]
    return "superseded" if any(reminder.left <= mark for mark in nearer) else ""


def _reminder(contract: Contract, due_day: date, said_on: date) -> Reminder:
    ends = contract.ends_on or due_day
    return Reminder(contract, (ends - due_day).days, said_on, (ends - said_on).days)


def _ending(db: Session, day: date) -> Sequence[Contract]:
    days = [day + timedelta(days=mark) for mark in MARKS]
    query = select(Contract).where(Contract.ends_on.in_(days)).order_by(Contract.ends_on, Contract.id)
    return db.scalars(query.options(selectinload(Contract.customer).selectinload(Customer.manager))).all()


def _messages(desk: Desk, db: Session, reminder: Reminder, now: datetime) -> Iterator[Planned]:
    """Give what customer and manager are told, or that the customer is not told any more."""
    customer, manager = reminder.contract.customer, active_manager(reminder.contract.customer)
    if reason := refusal(reminder):
        name = Text(reminder.contract.name)
        yield Planned(customer, Purpose.SERVICE, RULE, reminder.occasion, name, due_at=now, refused=reason)
        return
    times = (desk.next_open(now), desk.at(reminder.day, _UNTIL))
    texts = desk.texts_for(db, customer.branch_id)
    words = _words(texts, "contract.expiry", reminder)
    fallback = _fallback(desk, texts, reminder, words)
    yield Planned(customer, Purpose.SERVICE, RULE, reminder.occasion, Text(words), *times, fallback)
    if manager is not None:
        words = _words(desk.texts_for(db, manager.branch_id), "contract.expiry.manager", reminder)
        yield Planned(manager, Purpose.STAFF, RULE, reminder.occasion, Text(words), *times)


def _words(texts: Texts, key: str, reminder: Reminder) -> str:
    customer = reminder.contract.customer
    manager = active_manager(customer)
    return texts.say(
        f"{key}.{reminder.wording}",
        customer=called(customer),
        contract=reminder.contract.name,
        date=spoken_day(reminder.contract.ends_on or reminder.day),
        days=reminder.left,
        manager=manager.name if manager else "",
    )


def _fallback(desk: Desk, texts: Texts, reminder: Reminder, words: str) -> Fallback:
    customer = reminder.contract.customer
    manager = active_manager(customer)
    day = reminder.contract.ends_on or reminder.day
    facts = {"customer": called(customer), "contract": reminder.contract.name, "date": spoken_day(day)}
    title = texts.say("task.contract.title")
    fallback: Fallback = {"task": {"title": title, "text": texts.say("task.contract", text=words, **facts)}}
    if desk.settings.wechat_template_expiry:
        fields = {
            "thing1": reminder.contract.name,
            "date2": written_day(day),
            "name3": manager.name if manager else texts.say("neutral.manager"),
            "thing4": texts.say("contract.expiry.hint"),
        }
        fallback["template"] = {"id": desk.settings.wechat_template_expiry, "fields": fields, "url": ""}
    return fallback
