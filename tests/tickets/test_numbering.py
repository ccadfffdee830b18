"""Numbers: unique under two hands at once, given back by a rollback, read however they are typed."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from bot.store.session import driver
from bot.tickets.numbering import COUNTED, counting, read_number

_NEXT = f"WITH {COUNTED} SELECT number FROM counted"
DAY = date(2026, 11, 21)


def next_number(db, day):
    return driver(db).execute(_NEXT, counting(day)).fetchone()[0]


def test_numbers_count_per_day(db):
    assert [next_number(db, DAY) for _ in range(2)] == ["TS20261121-0001", "TS20261121-0002"]
    assert next_number(db, date(2026, 11, 22)) == "TS20261122-0001"


def test_rollback_gives_a_number_back(db):
    next_number(db, DAY)
    db.commit()
    assert next_number(db, DAY) == "TS20261121-0002"
    db.rollback()
    assert next_number(db, DAY) == "TS20261121-0002"


def test_two_threads_never_share_a_number(store):
    given: list[str] = []
    start = threading.Barrier(2)

    def file() -> None:
        start.wait()
        for _ in range(25):
            with store.begin() as db:
                given.append(next_number(db, DAY))

    threads = [threading.Thread(target=file) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == [f"TS20261121-{number:04d}" for number in range(1, 51)]


@pytest.mark.parametrize(
    "text", ["TS20261121-0007", "ts20261121-0007", "我的TS 20261121-0007怎么样了", "TS20261121 0007", "ts202611210007"]
)
def test_reading(text):
    assert read_number(text) == "TS20261121-0007"


def test_no_number():
    assert read_number("TS2026-07 和 20261121-0007") is None
