"""The business calendar: days that are worked or not worked against the rule of the week."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base, word


class DayKind(enum.StrEnum):
    """How a day differs from the week's rule."""

    HOLIDAY = "holiday"  # nobody works
    WORKDAY = "workday"  # a make-up workday (补班), or a holiday on which the branch works all the same


class CalendarDay(Base):
    """A day of the published calendar, or of one branch's own; without a branch it holds for all.

    `notice_year` is the year whose notice of the State Council the row comes from; empty for single corrections and for
    a branch's own days, which do not make a year's calendar complete.
    """

    __tablename__ = "calendar_days"
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column("date")
    kind: Mapped[DayKind] = mapped_column(word(DayKind))
    name: Mapped[str] = mapped_column(default="")  # the festival
    source: Mapped[str] = mapped_column(default="")  # the file it was read from, or who decided it
    notice_year: Mapped[int | None]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    made_by: Mapped[str]  # as in the audit log
    made_at: Mapped[datetime]


Index("uq_calendar_days", CalendarDay.day, func.coalesce(CalendarDay.branch_id, 0), unique=True)
