"""Business hours as they are written: what is taken, what is refused, and the database refuses the same."""

from __future__ import annotations

import json

import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.business_hours import Hours, HoursError

CLOSED: dict[str, list[str]] = {day: [] for day in ("mon", "tue", "wed", "thu", "fri")}
GOOD = [
    {"workdays": ["08:30-18:00"]},
    {"workdays": ["08:30-12:00", "12:00-18:00"], "sat": ["09:00-12:00"], "wed": []},
    {"workdays": ["00:00-24:00"], "sun": []},
    {"workdays": ["09:00-17:00"], **CLOSED, "sun": ["10:00-12:00"]},
]
BAD = [
    ({}, "workdays"),
    ([], "workdays"),
    ({"sat": ["09:00-12:00"]}, "workdays"),
    ({"workdays": []}, "workdays"),
    ({"workdays": "08:30-18:00"}, "方括号"),
    ({"workdays": ["8:30-18:00"]}, "8:30-18:00"),
    ({"workdays": ["08:30-24:30"]}, "24:30"),
    ({"workdays": ["18:00-08:30"]}, "晚于"),
    ({"workdays": ["08:30-12:00", "11:00-18:00"]}, "重叠"),
    ({"workdays": ["13:30-18:00", "08:30-12:00"]}, "顺序"),
    ({"workdays": ["08:30-18:00"], "周六": []}, "周六"),
    ({"workdays": ["08:30-18:00"], "sat": None}, "sat"),
    ({"workdays": [830]}, "830"),
    ({"workdays": ["08:30-18:00"], **CLOSED}, "一天"),
]


@pytest.mark.parametrize("written", GOOD)
def test_taken_by_both(db, make, written):
    make.branch()
    db.execute(text("UPDATE branches SET hours = :hours"), {"hours": json.dumps(written)})
    assert Hours.of(written).workdays


@pytest.mark.parametrize(("written", "said"), BAD)
def test_refused_by_both(db, make, written, said):
    with pytest.raises(HoursError, match=said):
        Hours.of(written)
    make.branch()
    with pytest.raises(IntegrityError) as caught:
        db.execute(text("UPDATE branches SET hours = :hours"), {"hours": json.dumps(written)})
    assert isinstance(caught.value.orig, CheckViolation)
