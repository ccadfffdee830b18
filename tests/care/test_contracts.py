"""Ends of contracts: each mark once, late with the true number of days, superseded, too late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.care import contracts
from bot.channels.template_fields import template_data
from bot.store.models import Outbox, OutboxState, Purpose

ZONE = ZoneInfo("Asia/Shanghai")


def _at(day, hour=9, month=11):
    return datetime(2026, month, day, hour, tzinfo=ZONE)


@pytest.fixture
def contract(make):
    customer = make.customer(name="王磊", honorific="总", manager=make.manager(name="李红"))
    return make.contract(customer, name="宽带合约", ends_on=date(2026, 12, 21))


def _said(rows):
    return [(row.purpose, row.occasion.split(":")[2], row.part["content"]) for row in rows("contract_expiry")]


@pytest.mark.parametrize(("due", "mark"), [(_at(21), 30), (_at(14, month=12), 7), (_at(20, month=12), 1)])
def test_customer_and_manager_are_told_at_each_mark(contract, plan, rows, desk, db, due, mark):
    for _ in range(2):
        plan(contracts.plan, due)
    texts = desk.texts_for(db, contract.customer.branch_id)
    facts = {"customer": "王总", "contract": "宽带合约", "date": "12月21日", "manager": "李红"}
    assert _said(rows) == [
        (Purpose.SERVICE, str(mark), texts.say(f"contract.expiry.{mark}", **facts)),
        (Purpose.STAFF, str(mark), texts.say(f"contract.expiry.manager.{mark}", **facts)),
    ]


def test_no_other_day_says_anything(contract, plan, rows):
    for day in (20, 22, 23):
        plan(contracts.plan, _at(day))
    assert rows("contract_expiry") == []


@pytest.mark.parametrize(
    ("due", "now", "words"),
    [
        (_at(21), _at(23), "还有28天"),
        (_at(21), _at(21, 23), "还有29天"),  # said the next morning
        (_at(14, month=12), _at(16, month=12), "还有5天"),
        (_at(20, month=12), _at(21, month=12), "今天（12月21日）到期"),
        (_at(20, month=12), _at(23, month=12), "已在12月21日到期"),
    ],
)
def test_missed_mark_is_told_late_with_the_true_number_of_days(contract, plan, rows, due, now, words):
    plan(contracts.plan, due, now)
    customer, manager = rows("contract_expiry")
    assert words in customer.part["content"]
    assert manager.state is not OutboxState.SKIPPED


@pytest.mark.parametrize(
    ("due", "now", "reason"),
    [
        (_at(21), _at(14, month=12), "superseded"),
        (_at(14, month=12), _at(20, month=12), "superseded"),
        (_at(20, month=12), _at(25, month=12), "too_late"),
    ],
)
def test_what_makes_no_sense_any_more_is_recorded_as_skipped(contract, plan, rows, due, now, reason):
    plan(contracts.plan, due, now)
    (row,) = rows("contract_expiry")
    assert (row.state, row.reason) == (OutboxState.SKIPPED, reason)


def test_a_month_of_downtime_says_one_thing(contract, plan, rows):
    now = _at(20, 10, month=12)
    for due in (_at(21), _at(14, month=12), _at(20, month=12)):
        plan(contracts.plan, due, now)
    said = [row for row in rows("contract_expiry") if row.state is not OutboxState.SKIPPED]
    assert [row.occasion for row in said] == [f"contract:{contract.id}:1"] * 2


def test_it_waits_for_the_morning_and_is_no_news_the_day_after(contract, plan, rows):
    plan(contracts.plan, _at(21), _at(21, 23))
    row = rows("contract_expiry")[0]
    assert (row.state, row.due_at) == (OutboxState.WAITING, _at(22, 9))
    assert row.expires_at == _at(22, 21)


def test_template_fields_are_in_their_form(contract, plan, rows):
    plan(contracts.plan, _at(21))
    words = rows("contract_expiry")[0].fallback["template"]
    assert words["id"] == "TPL_CONTRACT_EXPIRY_0001"
    assert {name: entry["value"] for name, entry in template_data(words["fields"]).items()} == {
        "thing1": "宽带合约",
        "date2": "2026年12月21日",
        "name3": "李红",
        "thing4": "续约请回复“找经理”",
    }


def test_customer_without_a_manager_is_told_alone(make, plan, rows):
    make.contract(make.customer(manager=None), ends_on=date(2026, 12, 21))
    plan(contracts.plan, _at(21))
    assert [purpose for purpose, _, _ in _said(rows)] == [Purpose.SERVICE]


def test_contract_without_an_end_is_never_told(make, plan, db):
    make.contract(make.customer(), ends_on=None)
    for offset in range(40):
        plan(contracts.plan, _at(1) + timedelta(days=offset))
    assert db.scalars(select(Outbox)).all() == []
