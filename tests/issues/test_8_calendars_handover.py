"""Issue 8, calendars first: a message that became a task was due four hours later, at night or on a holiday."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bot.store.models import Purpose, Task
from tests.conftest import SHANGHAI
from tests.delivery.conftest import book, deliver, platform, rounds, sender
from tests.delivery.test_sender import say

__all__ = ["book", "deliver", "platform", "rounds", "say", "sender"]


def test_it_is_due_after_four_working_hours(make, say, deliver, db, clock) -> None:
    clock.set(datetime(2026, 12, 31, 17, tzinfo=SHANGHAI))
    deliver(say(make.customer(), Purpose.CARE, rule="birthday"))
    assert db.scalars(select(Task.due_at)).one() == datetime(2027, 1, 4, 11, 30, tzinfo=SHANGHAI)
