"""The program's own records: what ran, what was changed by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base


class ScheduledRun(Base):
    """One due time of one named job; the unique key lets exactly one scheduler run it."""

    __tablename__ = "scheduled_runs"
    __table_args__ = (UniqueConstraint("name", "due_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    due_at: Mapped[datetime]
    ran_at: Mapped[datetime]
    result: Mapped[str] = mapped_column(default="")


class AuditEntry(Base):
    """One change of a customer, complaint or permission: who, what, before, after. Append only."""

    __tablename__ = "audit_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]  # customer:<contact id> | manager:<id> | system
    action: Mapped[str]  # complaint.filed, customer.bound, consent.changed …
    object: Mapped[str]  # complaint:12, customer:7 …
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    trace: Mapped[str] = mapped_column(default="")


Index("ix_audit_log_erased", AuditEntry.at, postgresql_where=AuditEntry.action == "contact.erased")
