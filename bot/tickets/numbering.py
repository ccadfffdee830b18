"""Numbering of complaints: TS20261121-0007, counted per business day."""

from __future__ import annotations

import re
from datetime import date

PREFIX = "TS"
PATTERN = re.compile(r"TS\s*(\d{8})\s*-?\s*(\d{4,})", re.IGNORECASE)

COUNTED = """counted AS (
    INSERT INTO day_counters (kind, day, value) VALUES (%(kind)s, %(day)s, 1)
    ON CONFLICT (kind, day) DO UPDATE SET value = day_counters.value + 1
    RETURNING kind || day || '-' || lpad(value::text, greatest(4, length(value::text)), '0') AS number
)"""
"""Part of a statement that takes the next `number` of a day; two transactions never get the same one.

The counter's row stays locked until the transaction ends, so take the number as late as possible. A rollback gives it
back. The parameters are `counting`'s.
"""


def counting(day: date) -> dict[str, str]:
    """Return the parameters of `COUNTED`."""
    return {"kind": PREFIX, "day": f"{day:%Y%m%d}"}


def read_number(text: str) -> str | None:
    """Return the complaint number in `text` in its proper form, however it was typed."""
    found = PATTERN.search(text)
    return f"{PREFIX}{found.group(1)}-{found.group(2)}" if found else None
