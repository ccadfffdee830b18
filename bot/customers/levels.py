"""Customer levels as a sort key."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case

from bot.store.models import Customer, Level

_BEST_FIRST = (Level.DIAMOND, Level.GOLD, Level.SILVER, Level.NORMAL)


def level_rank() -> ColumnElement[int]:
    """Return a sort key by customer level, the most valued first, those without a file last."""
    ranks = {level: rank for rank, level in enumerate(_BEST_FIRST)}
    return case(ranks, value=Customer.level, else_=len(_BEST_FIRST))
