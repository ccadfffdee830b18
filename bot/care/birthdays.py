"""Birthday greetings: one for each customer and birthday, on the day, belated, or recorded as too late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, selectinload

from bot.care.birthday_dates import kept_on
from bot.care.planning_context import OPENS, Desk, active_manager, called, written_day
from bot.delivery import bulk
from bot.delivery.bulk import Planned
from bot.delivery.outbox import Fallback
from bot.delivery.policy import Reason
from bot.knowledge.texts import Texts
from bot.messages import Text
from bot.schedule import Context
from bot.store.models import Customer, Level, Outbox, OutboxState, Purpose

RULE = "birthday"
TOO_LATE = "too_late"
BELATED_DAYS = 3
EXPIRES = time(20)
_KEYS = {Level.DIAMOND: "diamond", Level.GOLD: "gold", Level.SILVER: "silver", Level.NORMAL: "default"}


def plan(desk: Desk, context: Context) -> str:
    """Put the greetings of the day the job was due for into the outbox.

    Late by up to three days they are belated; older ones are recorded as skipped. Greetings of the last three days
    that nobody could send in time (everything was down) are followed by belated ones.
    """
    db, now = context.db, context.now
    day = desk.day(context.due_at)
    people = born_on(db, day)
    missed = _missed(desk, db, now)
    greetings = [_greeting(desk, db, customer, day, now) for customer in people]
    late = [_belated(desk, db, customer, kept, now, occasion=f"{kept}:belated") for customer, kept in missed]
    bulk.put(db, [*greetings, *late], now)
    return f"{len(people)} birthdays, {len(missed)} belated"


def born_on(db: Session, day: date) -> Sequence[Customer]:
    """Return the customers whose birthday is kept on `day`."""
    wanted = [(each.calendar, each.month, each.day, each.leap) for each in kept_on(day)]
    columns = (
        Customer.birthday_calendar,
        Customer.birthday_month,
        Customer.birthday_day,
        Customer.birthday_leap_month,
    )
    query = select(Customer).where(tuple_(*columns).in_(wanted)).options(selectinload(Customer.manager))
    return db.scalars(query.order_by(Customer.id)).all()


def greeting_for(texts: Texts, customer: Customer, *, belated: bool = False) -> str:
    """Return the words for a customer's level; without a manager the ones that name none."""
    manager = active_manager(customer)
    level = _KEYS[customer.level] if manager else "default"
    words = {"customer": called(customer), "manager": manager.name if manager else ""}
    return texts.say(f"birthday.late.{level}" if belated else f"birthday.{level}", **words)


def _greeting(desk: Desk, db: Session, customer: Customer, day: date, now: datetime) -> Planned:
    on_time_until = desk.at(day, EXPIRES)
    late = (desk.day(desk.next_open(now)) - day).days
    if late > BELATED_DAYS:
        words = Text(greeting_for(desk.texts_for(db, customer.branch_id), customer, belated=True))
        return Planned(customer, Purpose.CARE, RULE, str(day), words, due_at=now, refused=TOO_LATE)
    if now >= on_time_until:
        return _belated(desk, db, customer, day, now, occasion=str(day))
    due_at = max(now, desk.at(day, OPENS))
    return _planned(desk, db, customer, due_at=due_at, expires_at=on_time_until, occasion=str(day))


def _belated(desk: Desk, db: Session, customer: Customer, day: date, now: datetime, occasion: str) -> Planned:
    last = desk.at(day + timedelta(days=BELATED_DAYS), EXPIRES)
    due_at = desk.next_open(now)
    return _planned(desk, db, customer, due_at=due_at, expires_at=last, occasion=occasion, belated=True)


def _planned(
    desk: Desk,
    db: Session,
    customer: Customer,
    *,
    due_at: datetime,
    expires_at: datetime,
    occasion: str,
    belated: bool = False,
) -> Planned:
    texts = desk.texts_for(db, customer.branch_id)
    words = greeting_for(texts, customer, belated=belated)
    fallback = _fallback(desk, texts, customer, words, due_at, belated=belated)
    return Planned(customer, Purpose.CARE, RULE, occasion, Text(words), due_at, expires_at, fallback)


def _fallback(desk: Desk, texts: Texts, customer: Customer, words: str, due_at: datetime, *, belated: bool) -> Fallback:
    key = "task.birthday.late" if belated else "task.birthday"
    text = texts.say(key, customer=called(customer), level=customer.level.value, text=words)
    fallback: Fallback = {"task": {"title": texts.say("task.birthday.title"), "text": text}}
    manager = active_manager(customer)
    if desk.settings.wechat_notice_care and manager is not None:
        fields = {
            "thing1": texts.say("birthday.notice.late" if belated else "birthday.notice", customer=called(customer)),
            "name2": manager.name,
            "time3": written_day(desk.day(due_at)),
        }
        fallback["notice"] = {"id": desk.settings.wechat_notice_care, "fields": fields, "page": ""}
    return fallback


def _missed(desk: Desk, db: Session, now: datetime) -> list[tuple[Customer, date]]:
    """Return whose greeting was ready on the day but could not be sent until it expired, with that day.

    After a downtime planning comes before the sweep: what has expired by then may still look as if it waited.
    """
    today = desk.day(desk.next_open(now))
    days = [str(today - timedelta(days=back)) for back in range(1, BELATED_DAYS + 1)]
    skipped = (Outbox.state == OutboxState.SKIPPED) & (Outbox.reason == Reason.EXPIRED)
    expiring = Outbox.state.in_([OutboxState.WAITING, OutboxState.QUEUED]) & (Outbox.expires_at <= now)
    found: list[Outbox] = []
    for each in (skipped, expiring):  # by an index each: nearly every greeting ever is in neither
        query = select(Outbox).where(Outbox.rule == RULE, Outbox.occasion.in_(days), each).order_by(Outbox.id)
        found += db.scalars(query.options(selectinload(Outbox.customer).selectinload(Customer.manager)))
    return [(row.customer, date.fromisoformat(row.occasion)) for row in found if row.customer is not None]
