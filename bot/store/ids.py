"""Keys of rows that come back from outside: in a tapped option, a card's id, a typed command."""

from __future__ import annotations

import re

_KEY = re.compile(r"[0-9]{1,18}")
"""ASCII digits only, and so few that PostgreSQL's bigint holds them."""


def row_id(text: str) -> int | None:
    """Return the key that `text` is, None when it can be none."""
    return int(text) if _KEY.fullmatch(text) else None
