"""Fixtures of the delivery's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from bot.delivery import outbox
from bot.delivery.batch_sender import BatchSender
from bot.delivery.sender import Order, Sender
from bot.knowledge.texts import TextBook
from bot.messages import Card
from bot.store.models import Purpose
from tests.auxil.platform import Platform


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def book(settings) -> TextBook:
    return TextBook(settings.tiexin_knowledge)


@pytest.fixture
def sender(store, clock, settings, book, platform) -> Sender:
    return Sender(store, clock, settings, book, platform, jitter=lambda: 0.5)


@pytest.fixture
def rounds(sender) -> Iterator[BatchSender]:
    made = BatchSender(sender, 4)
    yield made
    made.close()


@pytest.fixture
def deliver(rounds) -> Callable[[int], None]:
    """Send one row as the worker does."""

    def send(outbox_id: int) -> None:
        assert rounds.send([Order(outbox_id)]) == set()

    return send


@pytest.fixture
def put(db, make, clock) -> Callable[..., list[Order]]:
    """Put one message to each of so many managers and return the orders, each with its job."""

    def enqueue(count: int, to=None, **values) -> list[Order]:
        defaults = {"purpose": Purpose.STAFF, "rule": "news", "occasion": "1", "now": clock.now()}
        for number in range(count):
            part = {"part": Card(f"task-{number}-0", "新任务", "打电话")}
            outbox.enqueue(db, to=to or make.manager(), **(defaults | part | values))
        make.commit()
        jobs = db.execute(text("SELECT (args->>'outbox_id')::bigint, id FROM procrastinate_jobs ORDER BY 1")).all()
        db.rollback()
        return [Order(*job) for job in jobs]

    return enqueue
