"""Branches, accounts, managers, customers and the WeChat contacts that may be either."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from bot.markup import inert
from bot.store.models.base import Base, word


class Level(enum.StrEnum):
    """How valued a customer is; higher levels are served first."""

    NORMAL = "普通"
    SILVER = "银"
    GOLD = "金"
    DIAMOND = "钻石"


class Calendar(enum.StrEnum):
    """By which calendar a birthday is kept."""

    SOLAR = "solar"
    LUNAR = "lunar"


class Role(enum.StrEnum):
    """What a member of the staff may do."""

    MANAGER = "manager"
    SUPERVISOR = "supervisor"


class Purpose(enum.StrEnum):
    """What a message is for; consent and policy are by purpose."""

    REPLY = "reply"  # answers a message of the person himself
    SERVICE = "service"  # transactional news: complaint state, appointment, contract expiry
    CARE = "care"  # birthday, festival, return visit
    MARKETING = "marketing"  # offers
    STAFF = "staff"  # to a manager


class Branch(Base):
    """A branch (分公司) or outlet (网点); `placeholders` fill the texts ({{hotline}} …).

    `hours` are its business hours as `bot.business_hours.hours` reads them.
    """

    __tablename__ = "branches"
    __table_args__ = (CheckConstraint("tiexin_hours_valid(hours)", name="hours"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    name: Mapped[str] = mapped_column(unique=True)
    placeholders: Mapped[dict[str, Any]] = mapped_column(default=dict)
    hours: Mapped[dict[str, Any]] = mapped_column(server_default='{"workdays": ["08:30-18:00"]}')


class Account(Base):
    """A WeChat account of a branch: the Official Account or the managers' WeCom app; credentials live in settings."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("channel", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    channel: Mapped[str]  # bot.messages.Channel
    name: Mapped[str]
    pack: Mapped[str]
    branch: Mapped[Branch] = relationship()


class Manager(Base):
    """An account manager (客户经理) or supervisor (主管)."""

    __tablename__ = "managers"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(word(Role), default=Role.MANAGER)
    phone: Mapped[str] = mapped_column(default="")
    wecom_account: Mapped[str] = mapped_column(default="work")
    wecom_userid: Mapped[str | None]
    supervisor_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))
    active: Mapped[bool] = mapped_column(default=True)


Index("uq_managers_wecom", Manager.wecom_account, Manager.wecom_userid, unique=True)


class Customer(Base):
    """A VIP customer; seen only by his manager and that manager's superiors."""

    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"), index=True)
    code: Mapped[str | None] = mapped_column(unique=True)  # the branch's own customer number
    name: Mapped[str]
    honorific: Mapped[str] = mapped_column(default="")  # 总 | 先生 | 女士 …
    level: Mapped[Level] = mapped_column(word(Level), default=Level.NORMAL)
    phone: Mapped[str] = mapped_column(default="")
    birthday_calendar: Mapped[Calendar | None] = mapped_column(word(Calendar))
    birthday_month: Mapped[int | None]
    birthday_day: Mapped[int | None]
    birthday_leap_month: Mapped[bool] = mapped_column(default=False)
    birthday_year: Mapped[int | None]
    quiet_from: Mapped[str | None]  # HH:MM, overrides the branch's quiet hours
    quiet_to: Mapped[str | None]
    bereaved_until: Mapped[date | None]  # no festive care until then
    created_at: Mapped[datetime]
    manager: Mapped[Manager | None] = relationship()
    branch: Mapped[Branch] = relationship()

    @validates("name", "honorific")
    def _inert(self, _column: str, value: str) -> str:
        """Keep names from becoming links where managers read them."""
        return inert(value)


Index(
    "ix_customers_birthday",
    Customer.birthday_month,
    Customer.birthday_day,
    Customer.birthday_calendar,
    postgresql_where=Customer.birthday_calendar.is_not(None),
)


class Contact(Base):
    """A person on one Official Account: an OpenID, perhaps tied to a customer.

    `window_until` and `window_left` mirror the platform's customer-service window: until when and how many messages
    may still be sent (5 within 48 h of a message, 3 within 1 min of a follow, tap or scan).
    After an unsubscribe the OpenID, the customer link and what was learned are erased; `pseudonym` stays.
    """

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("account_id", "openid"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    openid: Mapped[str | None]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))  # by QR, before a customer is known
    pseudonym: Mapped[str]
    following: Mapped[bool] = mapped_column(default=True)
    followed_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]
    window_until: Mapped[datetime | None]
    window_left: Mapped[int] = mapped_column(default=0)
    turns: Mapped[int] = mapped_column(default=0, server_default="0")  # so many were committed; see plain turns
    care_stopped_at: Mapped[datetime | None]  # opt-out of a contact that is no known customer
    created_at: Mapped[datetime]
    customer: Mapped[Customer | None] = relationship()
    account: Mapped[Account] = relationship()


class Consent(Base):
    """A customer's yes or no to one purpose; no row means not asked (care allowed by contract, marketing not)."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("customer_id", "purpose"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(word(Purpose))
    granted: Mapped[bool]
    source: Mapped[str]  # contract | chat | import
    at: Mapped[datetime]


class Contract(Base):
    """A contract (协议) of a customer; its end is reminded of 30, 7 and 1 days before."""

    __tablename__ = "contracts"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    product: Mapped[str] = mapped_column(default="")
    ends_on: Mapped[date | None] = mapped_column(index=True)
    customer: Mapped[Customer] = relationship()


class NoticeQuota(Base):
    """How many accepted 订阅通知 a contact has left for a template (one acceptance, one message)."""

    __tablename__ = "notice_quotas"
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    template_id: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[int] = mapped_column(default=0)
