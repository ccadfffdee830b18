"""Numbers of complaints: TS20261121-0007, counted per business day."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy.orm import Session

from bot.store.session import driver

PREFIX = "TS"
PATTERN = re.compile(r"TS\s*(\d{8})\s*-?\s*(\d{4,})", re.IGNORECASE)

_NEXT = """
INSERT INTO day_counters (kind, day, value) VALUES (%s, %s, 1)
ON CONFLICT (kind, day) DO UPDATE SET value = day_counters.value + 1
RETURNING value
"""


def next_number(db: Session, day: date) -> str:
    """Return the next number of `day`; two transactions never get the same one.

    The counter's row stays locked until the transaction ends, so take the number as late as possible. A rollback
    gives it back.
    """
    key = f"{day:%Y%m%d}"
    row = driver(db).execute(_NEXT, [PREFIX, key]).fetchone()
    assert row is not None
    return f"{PREFIX}{key}-{row[0]:04d}"


def read_number(text: str) -> str | None:
    """Return the complaint number in `text` in its proper form, however it was typed."""
    found = PATTERN.search(text)
    return f"{PREFIX}{found.group(1)}-{found.group(2)}" if found else None
