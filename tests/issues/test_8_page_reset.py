"""Issue 8, the page's 复位: after days ahead no card reached a manager, what lay ahead counted for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.delivery.policy import MEMBER_LIMIT
from bot.dialogue import Router
from bot.store.models import Outbox, OutboxState, Purpose
from handlers import build_router
from scripts.simulator.actors import words
from scripts.simulator.testkit import Customer, World
from tests.scenarios.talking import CHARGED, complaint, filed, talk

URGES_A_DAY = MEMBER_LIMIT // 2 + 1


@pytest.fixture
def router() -> Router:
    """The program's own handlers."""
    return build_router()


def play(world: World, customer: Customer) -> str:
    """File a complaint and let the customer press for it on two days of next week; return its number."""
    number, monday = filed(customer), world.clock.moment().replace(hour=9, minute=0) + timedelta(days=3)
    for day in (monday, monday + timedelta(days=1)):
        for urge in range(URGES_A_DAY):
            world.clock.move_to(day + timedelta(minutes=31 * urge))
            talk(customer, "催一下")
        world.settle()
    return number


def test_a_manager_is_told_after_the_clock_was_set_back(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    first = play(world, wang)
    told = select(Outbox.id).where(Outbox.purpose == Purpose.STAFF, Outbox.state == OutboxState.SENT)
    assert len(truth.scalars(told).all()) > MEMBER_LIMIT
    world.clock.reset()
    talk(wang, "催一下")
    second = filed(wang, CHARGED)
    world.settle()
    assert any(second in words(one) for one in zhou.received)
    urged = [event for event in complaint(truth, first).events if event.kind == "urged"]
    assert urged[-1].at < urged[0].at
    assert urged[-1].data["told"]
