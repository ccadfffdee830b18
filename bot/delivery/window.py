"""The customer-service window: until when, and how many messages, the platform lets us send.

Official page "客服消息": what the person did opens a window; a new message of his resets the count.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from bot.store.models import Contact


class Trigger(enum.StrEnum):
    """What the person did."""

    MESSAGE = "message"
    TAP = "tap"  # menu click, scancode_push, scancode_waitmsg, a tapped choice
    SCAN = "scan"
    FOLLOW = "follow"


class Window(NamedTuple):
    """How long a window stays open and how many messages may go through it."""

    duration: timedelta
    messages: int


_MESSAGE = Window(timedelta(hours=48), 5)
_MOMENT = Window(timedelta(minutes=1), 3)


def opened_by(trigger: Trigger) -> Window:
    """Return the window that `trigger` opens."""
    return _MESSAGE if trigger is Trigger.MESSAGE else _MOMENT


def is_open(until: datetime | None, left: int, now: datetime) -> bool:
    """Tell whether a customer-service message may be sent now."""
    return until is not None and until > now and left > 0


def is_used_up(until: datetime | None, left: int, now: datetime) -> bool:
    """Tell whether it is the number of messages that keeps it shut, not the time since the person's last one."""
    return until is not None and until > now and left <= 0


def take_one(db: Session, contact_id: int, now: datetime) -> bool:
    """Use up one message of the window; False when it is shut or empty. Atomic across processes."""
    taken = db.execute(
        update(Contact)
        .where(Contact.id == contact_id, Contact.window_left > 0, Contact.window_until > now)
        .values(window_left=Contact.window_left - 1)
        .returning(Contact.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


def give_back(db: Session, contact_id: int) -> None:
    """Return one message that surely did not leave."""
    db.execute(
        update(Contact)
        .where(Contact.id == contact_id)
        .values(window_left=func.least(Contact.window_left + 1, _MESSAGE.messages))
        .execution_options(synchronize_session=False)
    )


def shut(db: Session, contact_id: int, *, over_at: datetime | None = None) -> None:
    """Record that the platform says its count is used up (45047) or, with `over_at`, that its time is over (45015)."""
    until = Contact.window_until if over_at is None else func.least(Contact.window_until, over_at)
    db.execute(
        update(Contact)
        .where(Contact.id == contact_id)
        .values(window_left=0, window_until=until)
        .execution_options(synchronize_session=False)
    )
