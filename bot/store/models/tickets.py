"""Complaints, what happened to them, and tasks for managers."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.store.models.base import Base, word
from bot.store.models.people import Branch, Contact, Customer, Manager


class ComplaintState(enum.StrEnum):
    """Where a complaint stands."""

    FILED = "filed"  # number given, owner told
    TAKEN = "taken"  # owner pressed 接单
    ANSWERED = "answered"  # owner's answer reached the outbox; customer is asked whether it is solved
    REOPENED = "reopened"  # customer said not solved
    CLOSED = "closed"  # customer confirmed, or withdrew


OPEN_STATES = (
    ComplaintState.FILED,
    ComplaintState.TAKEN,
    ComplaintState.ANSWERED,
    ComplaintState.REOPENED,
)


UNANSWERED_STATES = (ComplaintState.FILED, ComplaintState.TAKEN, ComplaintState.REOPENED)
"""The customer waits for the branch; its clock runs."""


class Satisfaction(enum.StrEnum):
    """The return visit's question."""

    GOOD = "满意"
    FAIR = "一般"
    BAD = "不满意"


class Complaint(Base):
    """A complaint with one owner at any time; survives the customer's leaving under a pseudonym."""

    __tablename__ = "complaints"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)  # TS20261121-0007
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("managers.id"))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("managers.id"))  # whom it accuses; he never sees it
    about_too: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")  # and who else
    state: Mapped[ComplaintState] = mapped_column(word(ComplaintState), default=ComplaintState.FILED)
    category: Mapped[str] = mapped_column(default="")
    what: Mapped[str]
    since: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")  # where, or the number concerned
    wish: Mapped[str] = mapped_column(default="")
    may_call: Mapped[bool | None]
    phone: Mapped[str] = mapped_column(default="")
    escalation: Mapped[int] = mapped_column(default=0)  # 0 ordinary, 1 supervisor told
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]  # by when the owner answers
    noted_due: Mapped[datetime | None]  # the due time whose passing was noted and told
    taken_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    confirm_asked_at: Mapped[datetime | None]  # when the customer was asked once more whether it is solved
    closed_at: Mapped[datetime | None]
    satisfaction: Mapped[Satisfaction | None] = mapped_column(word(Satisfaction))
    satisfaction_reason: Mapped[str] = mapped_column(default="")
    owner: Mapped[Manager] = relationship(foreign_keys=owner_id)
    contact: Mapped[Contact] = relationship()
    customer: Mapped[Customer | None] = relationship()
    branch: Mapped[Branch] = relationship()
    events: Mapped[list[ComplaintEvent]] = relationship(order_by="ComplaintEvent.id", back_populates="complaint")

    @property
    def accused(self) -> tuple[int, ...]:
        """Return whom of the staff it is about, by id."""
        return () if self.about_id is None else (self.about_id, *self.about_too)


Index(
    "ix_complaints_unconfirmed",
    func.coalesce(Complaint.confirm_asked_at, Complaint.answered_at),
    postgresql_where=Complaint.state == ComplaintState.ANSWERED,
)


_OPEN = Complaint.state.in_(OPEN_STATES)
Index(
    "ix_complaints_unnoted",
    Complaint.due_at,
    Complaint.id,
    postgresql_where=Complaint.state.in_(UNANSWERED_STATES) & Complaint.noted_due.is_distinct_from(Complaint.due_at),
)
Index("ix_complaints_open_owner", Complaint.owner_id, Complaint.due_at, Complaint.id, postgresql_where=_OPEN)
Index(
    "ix_complaints_open_branch",
    Complaint.branch_id,
    Complaint.due_at,
    Complaint.id,
    postgresql_include=["about_id"],  # those that accuse nobody are counted from the index alone
    postgresql_where=_OPEN,
)
_ACCUSING = Complaint.about_id.is_not(None) & _OPEN
Index("ix_complaints_open_accusing", Complaint.branch_id, postgresql_where=_ACCUSING)
Index("ix_complaints_closed", Complaint.closed_at, postgresql_where=Complaint.state == ComplaintState.CLOSED)


class ComplaintEvent(Base):
    """One step in a complaint's story; never changed, never deleted."""

    __tablename__ = "complaint_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]  # filed joined added media taken answered solved not_solved closed escalated overdue rated …
    actor: Mapped[str]  # customer | manager:<id> | system
    text: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)  # media: kind, media_id, detail
    complaint: Mapped[Complaint] = relationship(back_populates="events")


class TaskState(enum.StrEnum):
    """Where a manager's task stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Reminded(enum.IntEnum):
    """What was done about the time a customer was promised."""

    NOTHING = 0
    NUDGED = 1  # the manager was reminded before it
    MISSED = 2  # it passed: supervisor and customer were told, and a new time
    BROKEN = 3  # that passed as well: they were told once more, and nothing is promised again


PROMISED_RULES = ("talk_to_manager", "unanswered", "wish")
"""Tasks whose due time a customer was told."""


class Task(Base):
    """Something a manager has to do; unique by (rule, occasion) so that no scheduler adds it twice."""

    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("rule", "occasion"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    manager_id: Mapped[int] = mapped_column(ForeignKey("managers.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"))
    kept_from: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), default=list, server_default="{}"
    )  # whom it accuses
    rule: Mapped[str]  # talk_to_manager | unanswered | wish | alarm | rated_badly | birthday | return_visit …
    occasion: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")  # ready to send, or what to do
    state: Mapped[TaskState] = mapped_column(word(TaskState), default=TaskState.OPEN)
    due_at: Mapped[datetime]
    promised_at: Mapped[datetime | None]  # the time first promised, once `due_at` is a later one
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0, server_default="0")  # `Reminded`: how far a promise was watched
    customer: Mapped[Customer | None] = relationship()


Index(
    "ix_tasks_promised",
    Task.reminded,
    Task.due_at,
    postgresql_where=(Task.state == TaskState.OPEN) & Task.rule.in_(PROMISED_RULES),
)
Index("ix_tasks_manager_open", Task.manager_id, Task.due_at, postgresql_where=Task.state == TaskState.OPEN)


class DayCounter(Base):
    """The last number given on a day, for complaint numbers."""

    __tablename__ = "day_counters"
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)  # 20261121
    value: Mapped[int]
