"""Numbers of complaints: TS20261121-0007, counted per business day."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.store.models import DayCounter

PREFIX = "TS"
PATTERN = re.compile(r"TS\s*(\d{8})\s*-?\s*(\d{4,})", re.IGNORECASE)


def next_number(db: Session, day: date) -> str:
    """Return the next number of `day`; two transactions never get the same one.

    The counter's row stays locked until the transaction ends, so take the number as late as possible. A rollback
    gives it back.
    """
    key = f"{day:%Y%m%d}"
    statement = insert(DayCounter).values(kind=PREFIX, day=key, value=1)
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "day"], set_={"value": DayCounter.__table__.c.value + 1}
    )
    value = db.scalars(statement.returning(DayCounter.value)).one()
    return f"{PREFIX}{key}-{value:04d}"


def read_number(text: str) -> str | None:
    """Return the complaint number in `text` in its proper form, however it was typed."""
    found = PATTERN.search(text)
    return f"{PREFIX}{found.group(1)}-{found.group(2)}" if found else None
