"""Make database rows with sensible values; every argument can be given instead."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.messages import Channel
from bot.store.models import (
    Account,
    Base,
    Branch,
    Complaint,
    Contact,
    Contract,
    Customer,
    Level,
    Manager,
    Role,
)

_Row = TypeVar("_Row", bound=Base)


class Factory:
    """Adds rows to one session and flushes them; `commit` when other connections must see them."""

    def __init__(self, db: Session, clock: Clock) -> None:
        self.db = db
        self.clock = clock
        self._numbers = itertools.count(1)

    def commit(self) -> None:
        """Let other connections see what was made."""
        self.db.commit()

    def branch(self, **values: Any) -> Branch:
        """Make a branch; without a name the one default branch."""
        known = self.db.scalar(select(Branch).where(Branch.name == values.get("name", "城南分公司")))
        if known is not None:
            return known
        defaults = {"name": "城南分公司", "placeholders": {"branch": "城南分公司", "hotline": "10000"}}
        return self._add(Branch, defaults, values)

    def account(self, **values: Any) -> Account:
        """Make an account; without a name the one default Official Account."""
        channel, name = values.get("channel", Channel.OFFICIAL), values.get("name", "official")
        known = self.db.scalar(select(Account).where(Account.channel == channel, Account.name == name))
        if known is not None:
            return known
        defaults = {"branch_id": self.branch().id, "channel": channel, "name": name, "pack": "telecom"}
        return self._add(Account, defaults, values)

    def manager(self, **values: Any) -> Manager:
        """Make an account manager."""
        number = next(self._numbers)
        defaults = {
            "branch_id": self.branch().id,
            "name": f"王芳{number}",
            "role": Role.MANAGER,
            "phone": f"139000{number:05}",
            "wecom_userid": f"manager{number}",
        }
        return self._add(Manager, defaults, values)

    def supervisor(self, **values: Any) -> Manager:
        """Make a supervisor."""
        return self.manager(**({"role": Role.SUPERVISOR} | values))

    def customer(self, **values: Any) -> Customer:
        """Make a gold customer; a manager is made for him unless one is given."""
        number = next(self._numbers)
        if "manager" not in values and "manager_id" not in values:
            values["manager"] = self.manager()
        defaults = {
            "branch_id": self.branch().id,
            "name": f"李雷{number}",
            "honorific": "先生",
            "level": Level.GOLD,
            "phone": f"138000{number:05}",
            "created_at": self.clock.now() - timedelta(days=400),
        }
        return self._add(Customer, defaults, values)

    def contact(self, customer: Customer | None = None, **values: Any) -> Contact:
        """Make a follower of the Official Account, tied to `customer` when given."""
        number = next(self._numbers)
        defaults = {
            "account_id": self.account().id,
            "openid": f"oOpenId{number:020}",
            "customer_id": customer.id if customer else None,
            "pseudonym": f"客户{number:06}",
            "following": True,
            "followed_at": self.clock.now() - timedelta(days=300),
            "window_left": 0,
            "created_at": self.clock.now() - timedelta(days=300),
        }
        return self._add(Contact, defaults, values)

    def open_contact(self, customer: Customer | None = None, *, left: int = 5, **values: Any) -> Contact:
        """Make a follower who has just written: his customer-service window is open."""
        until = self.clock.now() + timedelta(hours=48)
        recent = {"window_until": until, "window_left": left, "last_message_at": self.clock.now()}
        return self.contact(customer, **(recent | values))

    def contract(self, customer: Customer, **values: Any) -> Contract:
        """Make a contract of `customer`."""
        return self._add(Contract, {"customer_id": customer.id, "name": "宽带合约"}, values)

    def complaint(self, contact: Contact, **values: Any) -> Complaint:
        """Make an open complaint of `contact`, owned by his customer's manager."""
        number = next(self._numbers)
        customer = self.db.get(Customer, contact.customer_id) if contact.customer_id else None
        owner_id = customer.manager_id if customer and customer.manager_id else None
        defaults = {
            "number": f"TS20261121-{number:04}",
            "branch_id": self.branch().id,
            "account_id": contact.account_id,
            "contact_id": contact.id,
            "customer_id": contact.customer_id,
            "owner_id": values.get("owner_id") or owner_id or self.manager().id,
            "what": "宽带太慢",
            "category": "网络质量",
            "filed_at": self.clock.now(),
            "due_at": self.clock.now() + timedelta(hours=4),
        }
        return self._add(Complaint, defaults, values)

    def _add(self, kind: type[_Row], defaults: dict[str, Any], values: dict[str, Any]) -> _Row:
        row = kind(**(defaults | values))
        self.db.add(row)
        self.db.flush()
        return row
