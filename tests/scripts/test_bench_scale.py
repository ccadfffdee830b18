"""The ground of `bench_scale` is what it says, in small: its figures would mean nothing otherwise."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bot.care import deadlines
from bot.care.planning_context import Desk
from bot.clock import SystemClock
from bot.knowledge.texts import TextBook
from bot.store.models import OPEN_STATES
from scripts.bench_fill import Amounts, fill
from scripts.bench_scale import _working_day

FACTOR = 0.002


@pytest.fixture
def filled(database_url, db):
    fill(database_url, FACTOR, SystemClock().now())
    return db


def _count(db, query, **values):
    return db.scalar(text(f"SELECT count(*) FROM {query}"), values)


def test_the_tables_hold_what_is_said_and_nothing_is_due(filled, settings):
    amounts = Amounts.by(FACTOR)
    assert _count(filled, "customers WHERE name LIKE '客%'") == amounts.customers
    assert _count(filled, "customers WHERE birthday_calendar = 'lunar'") == amounts.customers // 5
    assert _count(filled, "contacts WHERE openid LIKE 'oScale%'") == amounts.contacts
    assert _count(filled, "contracts") == amounts.contracts
    assert _count(filled, "managers") == 208
    open_states = [state.value for state in OPEN_STATES]
    assert _count(filled, "complaints WHERE state = ANY(:open)", open=open_states) == amounts.complaints // 5
    assert _count(filled, "complaint_events") > 2.5 * amounts.complaints
    assert _count(filled, "inbound") == amounts.inbound
    assert _count(filled, "outbox") == amounts.outbox
    assert _count(filled, "complaint_events WHERE kind = 'overdue'") > amounts.complaints // 10
    desk = Desk(settings, TextBook(settings.tiexin_knowledge))
    assert deadlines.tick(desk, filled, SystemClock().now()) == 0


def test_new_rows_find_their_numbers_free(filled, make):
    make.complaint(make.contact(make.customer()))


def test_a_day_without_briefs_is_not_measured():
    assert _working_day().weekday() < 5
