"""Calendar days saved, listed and taken back; every import is an entry of the audit log that can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, extract, or_, select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.business_hours.notice import Stated
from bot.store.models import AuditEntry, CalendarDay, DayKind

IMPORTED, UNDONE = "calendar.imported", "calendar.undone"


class CalendarError(Exception):
    """The days cannot be changed; the message says in Chinese why and what to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What an import is about: whose days (None: all branches'), and the year when it is that year's whole notice."""

    branch_id: int | None
    notice_year: int | None
    source: str
    by: str


def save(db: Session, days: Sequence[Stated], batch: Batch, now: datetime) -> int | None:
    """Save the days and return the import's number; None when they are there already.

    They replace the rows of the same days, and those that an earlier import of the same year's notice made.
    """
    _one_at_a_time(db)
    rows = [_row(each, batch, now) for each in sorted({each.day: each for each in days}.values())]
    before = _rows(db, batch.branch_id, [row.day for row in rows], batch.notice_year)
    if _said(before) == _said(rows):
        return None
    return _put(db, (batch.by, IMPORTED, now), batch.branch_id, before, rows)


def undo(db: Session, number: int, by: str, now: datetime) -> int:
    """Put the days back as they were before import `number`; return how many it had saved.

    Raises:
        CalendarError: there is no such import, it was undone, or its days were changed since.
    """
    _one_at_a_time(db)
    entry = db.get(AuditEntry, number)
    if entry is None or entry.action != IMPORTED:
        raise CalendarError(f"没有第 {number} 次导入，用 --list 年份 可以看到编号。")
    branch_id = entry.after["branch"]
    old, new = (_restored(side["days"], branch_id) for side in (entry.before, entry.after))
    present = _rows(db, branch_id, [row.day for row in (*old, *new)], None)
    if _said(present) != _said(new):
        raise CalendarError(
            f"第 {number} 次导入已经撤销，或者那些日子后来又改过；用 --list 年份 查看，先撤销后来的那次。"
        )
    _put(db, (by, UNDONE, now), branch_id, present, old)
    return len(new)


def of_year(db: Session, year: int) -> Sequence[CalendarDay]:
    """Return the rows of a year: those for all branches first, then branch by branch."""
    query = select(CalendarDay).where(extract("year", CalendarDay.day) == year)
    return db.scalars(query.order_by(CalendarDay.branch_id.nulls_first(), CalendarDay.day)).all()


def imports_of(db: Session, year: int) -> Sequence[AuditEntry]:
    """Return the imports and undoings that touched a year, oldest first."""
    query = select(AuditEntry).where(AuditEntry.action.in_([IMPORTED, UNDONE])).order_by(AuditEntry.id)
    return [entry for entry in db.scalars(query) if str(year) in _years(entry)]


def _years(entry: AuditEntry) -> set[str]:
    return {each["date"][:4] for side in (entry.before, entry.after) for each in side["days"]}


def _one_at_a_time(db: Session) -> None:
    db.execute(text("LOCK TABLE calendar_days IN SHARE ROW EXCLUSIVE MODE"))  # readers go on


def _rows(db: Session, branch_id: int | None, days: Iterable[date], notice_year: int | None) -> list[CalendarDay]:
    """Return the branch's rows of these days, and all of a year's notice when one is given."""
    touched: list[ColumnElement[bool]] = [CalendarDay.day.in_(list(days))]
    if notice_year is not None:
        touched.append(CalendarDay.notice_year == notice_year)
    query = select(CalendarDay).where(CalendarDay.branch_id.is_not_distinct_from(branch_id), or_(*touched))
    return list(db.scalars(query.order_by(CalendarDay.day)))


def _put(
    db: Session,
    act: tuple[str, str, datetime],
    branch_id: int | None,
    before: Sequence[CalendarDay],
    after: Sequence[CalendarDay],
) -> int:
    """Put rows in the place of others and log it; return the entry's number."""
    who, action, now = act
    was, becomes = ({"branch": branch_id, "days": [_json(row) for row in rows]} for rows in (before, after))
    db.execute(delete(CalendarDay).where(CalendarDay.id.in_([row.id for row in before])))
    db.add_all(after)
    db.flush()
    years = sorted({row.day.year for row in (*before, *after)})
    about = f"calendar:{years[-1]}"
    return audit.record(db, now=now, actor=who, action=action, object=about, before=was, after=becomes)


def _row(stated: Stated, batch: Batch, now: datetime) -> CalendarDay:
    return CalendarDay(
        day=stated.day,
        kind=stated.kind,
        name=stated.name,
        source=batch.source,
        notice_year=batch.notice_year,
        branch_id=batch.branch_id,
        made_by=batch.by,
        made_at=now,
    )


def _said(rows: Iterable[CalendarDay]) -> list[tuple[Any, ...]]:
    """Return what tells rows apart, whoever made them."""
    return [(row.day, row.kind, row.name, row.notice_year) for row in rows]


def _json(row: CalendarDay) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in ("name", "source", "notice_year", "made_by")}
    return {"date": str(row.day), "kind": row.kind.value, **kept, "made_at": row.made_at.isoformat()}


def _restored(days: Iterable[dict[str, Any]], branch_id: int | None) -> list[CalendarDay]:
    return [
        CalendarDay(
            day=date.fromisoformat(each["date"]),
            kind=DayKind(each["kind"]),
            branch_id=branch_id,
            made_at=datetime.fromisoformat(each["made_at"]),
            **{name: each[name] for name in ("name", "source", "notice_year", "made_by")},
        )
        for each in days
    ]
