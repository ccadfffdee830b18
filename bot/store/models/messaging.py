"""What came in, what goes out, and why."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.store.models.base import Base, word
from bot.store.models.people import Contact, Customer, Manager, Purpose


class Outcome(enum.StrEnum):
    """How a question ended; `Inbound.outcome` and `Unanswered.outcome` use the same words."""

    ANSWERED = "answered"
    OFFERED = "offered"  # a few choices were shown
    CHOSEN = "chosen"  # one of them was picked and answered
    REFUSED = "refused"  # none of them was right
    UNKNOWN = "unknown"  # nobody had an answer ready
    HANDED_OVER = "handed_over"  # a person answers
    USEFUL = "useful"  # the customer said that an answer helped
    USELESS = "useless"  # … that it did not


class InboundState(enum.StrEnum):
    """How far an incoming message is."""

    ACCEPTED = "accepted"  # the platform was told `success`; the work goes on and must not be lost
    DONE = "done"  # effects and reply are committed
    PARKED = "parked"  # its turn died twice: nobody tries it again by himself, people see to it


class Inbound(Base):
    """One incoming message; its key is what makes three deliveries one effect.

    `reply` is the reply as JSON parts (bot.messages.reply_to_json), replayed to a retry. `payload` is the
    incoming message as JSON, kept while it is not done so that another process can finish it.
    """

    __tablename__ = "inbound"
    __table_args__ = (UniqueConstraint("channel", "account", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    account: Mapped[str]
    key: Mapped[str]
    person: Mapped[str | None]  # OpenID or UserID; erased on unsubscribe
    kind: Mapped[str]
    text: Mapped[str | None]
    payload: Mapped[dict[str, Any] | None]
    reply: Mapped[list[Any] | None]
    state: Mapped[InboundState] = mapped_column(word(InboundState))
    late: Mapped[bool] = mapped_column(default=False)
    incident: Mapped[str | None]
    outcome: Mapped[str | None]  # `Outcome`
    item: Mapped[str | None]  # the item id or the topic it was about
    received_at: Mapped[datetime]
    resume_at: Mapped[datetime | None]  # from then on a worker finishes it, or sends the reply that is still owed
    attempts: Mapped[int] = mapped_column(
        SmallInteger, default=0, server_default="0"
    )  # workers' tries, one that runs too
    done_at: Mapped[datetime | None]


Index("ix_inbound_resume", Inbound.resume_at, postgresql_where=Inbound.resume_at.is_not(None))
Index("ix_inbound_parked", Inbound.received_at, postgresql_where=Inbound.state == InboundState.PARKED)
Index("ix_inbound_person", Inbound.person, postgresql_where=Inbound.person.is_not(None))
Index("ix_inbound_outcome", Inbound.received_at, postgresql_where=Inbound.outcome.is_not(None))
# Not on (channel, account, person): without statistics the planner takes that one for a lookup by key.


class OutboxState(enum.StrEnum):
    """How far an outgoing message is."""

    WAITING = "waiting"  # until due_at
    QUEUED = "queued"  # a job is deferred
    SENDING = "sending"  # the request may have left
    SENT = "sent"
    SUPPRESSED = "suppressed"  # the policy said no; see reason
    SKIPPED = "skipped"  # came due too late, or its cause is gone
    FAILED = "failed"  # the platform said no for good
    UNKNOWN = "unknown"  # no answer after the request left; not resent blindly
    HANDED_OVER = "handed_over"  # became a task for the manager


class Outbox(Base):
    """One message to one person; unique by (recipient, rule, occasion)."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("recipient", "rule", "occasion"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str]  # customer:<id> | contact:<id> | manager:<id>
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"), index=True)
    purpose: Mapped[Purpose] = mapped_column(word(Purpose))
    rule: Mapped[str]  # birthday | contract_expiry | complaint_answer | late_reply | brief …
    occasion: Mapped[str]  # 2026-11-21 | complaint number and event | message key …
    part: Mapped[dict[str, Any]]  # bot.messages.part_to_json
    fallback: Mapped[dict[str, Any]] = mapped_column(default=dict)  # template fields, text for a task …
    state: Mapped[OutboxState] = mapped_column(word(OutboxState))
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # later it is skipped
    urgent: Mapped[bool] = mapped_column(default=False)  # goes out in quiet hours too
    attempts: Mapped[int] = mapped_column(default=0)
    via: Mapped[str] = mapped_column(default="")  # kf | notice | template | wecom | task
    reason: Mapped[str] = mapped_column(default="")
    platform_id: Mapped[str] = mapped_column(default="")
    response_code: Mapped[str] = mapped_column(default="")  # WeCom card update code
    trace: Mapped[str] = mapped_column(default="")  # id of the message that caused it, for the log
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    contact: Mapped[Contact | None] = relationship()
    customer: Mapped[Customer | None] = relationship()
    manager: Mapped[Manager | None] = relationship()


Index(
    "ix_outbox_open",
    Outbox.due_at,
    postgresql_where=Outbox.state.in_([OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING]),
)
Index(
    "ix_outbox_expired",
    Outbox.rule,
    Outbox.occasion,
    postgresql_where=(Outbox.state == OutboxState.SKIPPED) & (Outbox.reason == "expired"),
)
_AWAIT_CUSTOMER = Outbox.state.in_([OutboxState.WAITING, OutboxState.UNKNOWN]) & Outbox.reason.in_(
    ["window_shut", "unconfirmed"]
)
Index("ix_outbox_await_customer", Outbox.contact_id, postgresql_where=_AWAIT_CUSTOMER)
Index("ix_outbox_platform", Outbox.platform_id, postgresql_where=Outbox.platform_id != "")


class DeliveryEvent(Base):
    """One step of a delivery with its reason; never changed."""

    __tablename__ = "delivery_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    state: Mapped[OutboxState] = mapped_column(word(OutboxState))
    via: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")  # the platform's error code
    reason: Mapped[str] = mapped_column(default="")


class Unanswered(Base):
    """A question the assistant was not sure of, without personal data, for the knowledge editor."""

    __tablename__ = "unanswered"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))
    text: Mapped[str]
    reason: Mapped[str]
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    at: Mapped[datetime]
    question_id: Mapped[int | None] = mapped_column(ForeignKey("open_questions.id"), index=True)
    outcome: Mapped[str] = mapped_column(default=Outcome.UNKNOWN.value)  # `Outcome`: unknown, refused or useless
