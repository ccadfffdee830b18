"""The demo's people: loaded once, with dates that have something to show today."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from bot.store.models import Branch, Calendar, Consent, Contact, Contract, Customer, Manager, Purpose, Role
from scripts.demo.load import load

PEOPLE = Path(__file__).parent.parent.parent / "scripts" / "demo" / "people.yaml"
TABLES = (Branch, Manager, Customer, Contact, Contract, Consent)


@pytest.fixture
def people():
    return yaml.safe_load(PEOPLE.read_text(encoding="utf-8"))


def counts(db):
    return [db.scalar(select(func.count()).select_from(table)) for table in TABLES]


def test_loading_twice_changes_nothing(db, clock, people):
    load(db, people, clock.now())
    db.commit()
    before = counts(db)
    birthdays = db.scalars(select(Customer.birthday_day).order_by(Customer.id)).all()
    clock.advance(timedelta(days=3))
    load(db, people, clock.now())
    db.commit()
    assert counts(db) == before
    assert db.scalars(select(Customer.birthday_day).order_by(Customer.id)).all() == birthdays


def test_who_left_is_not_brought_back(db, clock, people):
    load(db, people, clock.now())
    contact = db.scalars(select(Contact)).first()
    contact.openid = None
    contact.customer = None
    db.flush()
    load(db, people, clock.now())
    assert db.scalar(select(func.count(Contact.id))) == 8


def test_there_is_something_to_show(db, clock, people):
    load(db, people, clock.now())
    birthdays = {(c.birthday_calendar, c.birthday_month, c.birthday_day) for c in db.scalars(select(Customer))}
    assert (Calendar.SOLAR, 11, 23) in birthdays
    assert any(calendar is Calendar.LUNAR for calendar, _, _ in birthdays)
    ends = set(db.scalars(select(Contract.ends_on)))
    today = clock.now().date()
    assert {today + timedelta(days=days) for days in (1, 7, 30)} <= ends
    liu = db.scalars(select(Customer).where(Customer.name == "刘芳")).one()
    query = select(Consent.granted).where(Consent.customer_id == liu.id, Consent.purpose == Purpose.CARE)
    assert db.scalar(query) is False


def test_everybody_has_his_place(db, clock, people):
    load(db, people, clock.now())
    boss = db.scalars(select(Manager).where(Manager.role == Role.SUPERVISOR)).one()
    staff = db.scalars(select(Manager).where(Manager.role == Role.MANAGER)).all()
    assert {member.supervisor_id for member in staff} == {boss.id}
    assert db.scalar(select(func.count(Customer.id)).where(Customer.manager_id.is_(None))) == 0
    names = set(db.scalars(select(Customer.name)))
    assert "小唐" not in names
    assert "吴婷" in names
