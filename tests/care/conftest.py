"""Fixtures of the planning's tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from bot.schedule import Context
from bot.store.models import Outbox

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def desk(settings) -> Desk:
    return Desk(settings, TextBook(settings.tiexin_knowledge), lambda _pack, category: category)


@pytest.fixture
def plan(db, desk, clock) -> Callable[..., str]:
    """Run a planning function as the scheduler does: due at `due`, the clock at `now` (both local)."""

    def run(function: Callable[[Desk, Context], str], due: datetime, now: datetime | None = None) -> str:
        clock.set(now or due)
        result = function(desk, Context(db, due, clock.now()))
        db.commit()
        return result

    return run


@pytest.fixture
def rows(db) -> Callable[..., list[Outbox]]:
    """Return the outbox's rows of a rule, oldest first."""

    def read(rule: str) -> list[Outbox]:
        return list(db.scalars(select(Outbox).where(Outbox.rule == rule).order_by(Outbox.id)))

    return read
