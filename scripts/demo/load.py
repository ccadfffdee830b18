"""Put the demo's people into the database: `load(db, people, now)`, where `people` is `people.yaml` as read.

Dates are counted from the day of loading, so that the demo has something to show on any day: one customer's birthday
is the day after tomorrow, and contracts end in 30, 7 and 1 days. Loading again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import local_date
from bot.customers.contacts import pseudonym
from bot.messages import Channel
from bot.store.models import (
    Account,
    Branch,
    Calendar,
    Consent,
    Contact,
    Contract,
    Customer,
    Level,
    Manager,
    Purpose,
    Role,
)

ZONE = ZoneInfo("Asia/Shanghai")
BIRTHDAY_IN = timedelta(days=2)
People = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What everybody stands on."""

    outlet: Branch
    official: Account
    managers: Mapping[str, Manager]
    celebrated: str  # whose birthday is the day after tomorrow
    now: datetime
    today: date


def load(db: Session, people: People, now: datetime, *, official: str = "official", work: str = "work") -> None:
    """Add branches, accounts, staff and customers that are not there yet; the caller commits."""
    outlet = _branches(db, people["branch"], people.get("pages") or {})
    account = _account(db, outlet, Channel.OFFICIAL, official)
    _account(db, outlet, Channel.WECOM, work)
    managers = _managers(db, outlet, people["managers"], work)
    today = local_date(now, ZONE)
    celebrated = _celebrated(people["customers"])
    ground = _Ground(outlet, account, managers, celebrated, now, today)
    for person in people["customers"]:
        if person.get("known", True):
            _customer(db, ground, person)


def _branches(db: Session, names: Mapping[str, str], pages: Mapping[str, str]) -> Branch:
    company = _branch(db, names["company"], None)
    return _branch(db, names["outlet"], company, pages)


def _branch(db: Session, name: str, parent: Branch | None, pages: Mapping[str, str] | None = None) -> Branch:
    known = db.scalars(select(Branch).where(Branch.name == name)).first()
    if known is None:
        known = Branch(
            name=name, parent_id=parent.id if parent else None, placeholders={"branch": name, **(pages or {})}
        )
        db.add(known)
        db.flush()
    return known


def _account(db: Session, outlet: Branch, channel: Channel, name: str) -> Account:
    query = select(Account).where(Account.channel == channel, Account.name == name)
    known = db.scalars(query).first()
    if known is None:
        known = Account(branch_id=outlet.id, channel=channel, name=name, pack="telecom")
        db.add(known)
        db.flush()
    return known


def _managers(db: Session, outlet: Branch, people: Sequence[People], work: str) -> dict[str, Manager]:
    """Return the staff by the ids of the file; the first supervisor stands above all managers."""
    staff = {str(person["id"]): _manager(db, outlet, person, work) for person in people}
    superior = next((member for member in staff.values() if member.role is Role.SUPERVISOR), None)
    for member in staff.values():
        if superior is not None and member.role is Role.MANAGER and member.supervisor_id is None:
            member.supervisor_id = superior.id
    db.flush()
    return staff


def _manager(db: Session, outlet: Branch, person: People, work: str) -> Manager:
    query = select(Manager).where(Manager.wecom_account == work, Manager.wecom_userid == person["userid"])
    known = db.scalars(query).first()
    if known is None:
        known = Manager(
            branch_id=outlet.id,
            name=person["name"],
            role=Role(person["role"]),
            phone=person["phone"],
            wecom_account=work,
            wecom_userid=person["userid"],
        )
        db.add(known)
        db.flush()
    return known


def _celebrated(people: Sequence[People]) -> str:
    """Return the first customer who keeps his birthday by the solar calendar and agreed to be greeted."""
    for person in people:
        birthday = person.get("birthday")
        if birthday and birthday["kind"] == "solar" and "birthday" in person["consents"]:
            return str(person["id"])
    return ""


def _customer(db: Session, ground: _Ground, person: People) -> None:
    code = f"VIP-{person['id']}"
    if db.scalar(select(Customer.id).where(Customer.code == code)) is not None:
        return
    manager = ground.managers.get(str(person.get("manager")))
    customer = Customer(
        branch_id=ground.outlet.id,
        manager_id=manager.id if manager else None,
        code=code,
        name=person["name"],
        honorific=person.get("honorific", ""),
        level=Level(person["level"]),
        phone=person["phone"],
        created_at=ground.now,
        **_birthday(ground, person),
    )
    db.add(customer)
    db.flush()
    _consent(db, customer, person, ground.now)
    for contract in person["contracts"]:
        ends_on = ground.today + timedelta(days=contract["ends_in_days"])
        db.add(Contract(customer_id=customer.id, name=contract["name"], product=contract["product"], ends_on=ends_on))
    if person.get("following"):
        db.add(_contact(ground, customer, person["openid"]))
    db.flush()


def _birthday(ground: _Ground, person: People) -> dict[str, Any]:
    birthday = person.get("birthday")
    if not birthday:
        return {}
    month, day = birthday["month"], birthday["day"]
    if person["id"] == ground.celebrated:
        soon = ground.today + BIRTHDAY_IN
        month, day = soon.month, soon.day
    return {
        "birthday_calendar": Calendar(birthday["kind"]),
        "birthday_month": month,
        "birthday_day": day,
        "birthday_leap_month": birthday["leap"],
        "birthday_year": birthday["year"],
    }


def _consent(db: Session, customer: Customer, person: People, now: datetime) -> None:
    """Greetings are allowed to whom the contract says so; nobody has agreed to offers."""
    care = "birthday" in person["consents"]
    for purpose, granted in ((Purpose.CARE, care), (Purpose.MARKETING, False)):
        db.add(Consent(customer_id=customer.id, purpose=purpose, granted=granted, source="contract", at=now))


def _contact(ground: _Ground, customer: Customer, openid: str) -> Contact:
    since = ground.now - timedelta(days=100)
    return Contact(
        account_id=ground.official.id,
        openid=openid,
        customer_id=customer.id,
        pseudonym=pseudonym(),
        following=True,
        followed_at=since,
        window_left=0,
        created_at=since,
    )
