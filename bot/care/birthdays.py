"""Birthday greetings: one for each customer and birthday, on the day, belated, or recorded as too late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, selectinload

from bot.care.dates import kept_on
from bot.care.desk import OPENS, Desk, active_manager, called, written_day
from bot.channels.types import Text
from bot.delivery import outbox
from bot.delivery.outbox import Fallback
from bot.delivery.policy import Reason
from bot.schedule import Context
from bot.store.models import Customer, Level, Outbox, OutboxState, Purpose
from bot.texts import Texts

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
    for customer in people:
        _greet(desk, db, customer, day, now)
    missed = _follow_up(desk, db, now)
    return f"{len(people)} birthdays, {missed} belated"


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


def _greet(desk: Desk, db: Session, customer: Customer, day: date, now: datetime) -> None:
    on_time_until = desk.at(day, EXPIRES)
    late = (desk.day(desk.next_open(now)) - day).days
    if late > BELATED_DAYS:
        _skip(desk, db, customer, day, now)
    elif now < on_time_until:
        _put(desk, db, customer, day, now, due_at=max(now, desk.at(day, OPENS)), expires_at=on_time_until)
    else:
        _put_belated(desk, db, customer, day, now, occasion=str(day))


def _put_belated(desk: Desk, db: Session, customer: Customer, day: date, now: datetime, occasion: str) -> None:
    last = desk.at(day + timedelta(days=BELATED_DAYS), EXPIRES)
    _put(desk, db, customer, day, now, due_at=desk.next_open(now), expires_at=last, occasion=occasion, belated=True)


def _put(
    desk: Desk,
    db: Session,
    customer: Customer,
    day: date,
    now: datetime,
    *,
    due_at: datetime,
    expires_at: datetime,
    occasion: str = "",
    belated: bool = False,
) -> None:
    texts = desk.texts_for(db, customer.branch_id)
    words = greeting_for(texts, customer, belated=belated)
    outbox.enqueue(
        db,
        to=customer,
        purpose=Purpose.CARE,
        rule=RULE,
        occasion=occasion or str(day),
        part=Text(words),
        now=now,
        due_at=due_at,
        expires_at=expires_at,
        fallback=_fallback(desk, texts, customer, words, due_at, belated=belated),
    )


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


def _skip(desk: Desk, db: Session, customer: Customer, day: date, now: datetime) -> None:
    words = greeting_for(desk.texts_for(db, customer.branch_id), customer, belated=True)
    outbox.record_skipped(
        db,
        to=customer,
        purpose=Purpose.CARE,
        rule=RULE,
        occasion=str(day),
        part=Text(words),
        now=now,
        reason=TOO_LATE,
    )


def _follow_up(desk: Desk, db: Session, now: datetime) -> int:
    """Say belated words where the greeting was ready on the day but nothing could be sent until it expired.

    After a downtime planning comes before the sweep: what has expired by then may still look as if it waited.
    """
    today = desk.day(desk.next_open(now))
    days = [str(today - timedelta(days=back)) for back in range(1, BELATED_DAYS + 1)]
    skipped = (Outbox.state == OutboxState.SKIPPED) & (Outbox.reason == Reason.EXPIRED)
    expiring = Outbox.state.in_([OutboxState.WAITING, OutboxState.QUEUED]) & (Outbox.expires_at <= now)
    query = select(Outbox).where(Outbox.rule == RULE, Outbox.occasion.in_(days), skipped | expiring)
    rows = [row for row in db.scalars(query) if row.customer is not None]
    for row in rows:
        if row.customer is not None:
            day = date.fromisoformat(row.occasion)
            _put_belated(desk, db, row.customer, day, now, occasion=f"{day}:belated")
    return len(rows)
