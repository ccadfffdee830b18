"""Two schedulers and two workers, killed again and again: each birthday is sent or recorded exactly once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from bot.delivery.sweep import sweep
from bot.store.models import Calendar, Contact, Outbox, OutboxState, ScheduledRun, Task
from tests.auxil.crew import TABLE, crew, work

ROOT = Path(__file__).parent.parent.parent
NINE = datetime(2026, 11, 21, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PEOPLE = 90
KILLS = 6


class _Crew:
    """The processes of a test."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", "tests.auxil.crew", name.rstrip("12"), self._url, NINE.isoformat()]
        self.running[name] = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(20)

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait until `reached`, looking again whenever a little time has passed."""
        watched = next(iter(self.running.values()))
        for _ in range(3000):
            if reached():
                return
            try:
                watched.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError("a process ended by itself")
        raise AssertionError("nothing moves any more")


@contextmanager
def _crew(database_url: str) -> Iterator[_Crew]:
    crew = _Crew(database_url)
    try:
        yield crew
    finally:
        for name in list(crew.running):
            crew.kill(name)


@pytest.fixture
def people(make, clock, db):
    """Half of them have an open window, half become tasks for their manager."""
    clock.set(NINE)
    managers = [make.manager() for _ in range(6)]
    born = {"birthday_calendar": Calendar.SOLAR, "birthday_month": 11, "birthday_day": 21}
    for number in range(PEOPLE):
        customer = make.customer(**born, manager=managers[number // 2 % 6])
        (make.open_contact if number % 2 else make.contact)(customer)
    db.execute(text(TABLE))
    make.commit()


def _got(db) -> list[tuple[str, str, str]]:
    db.rollback()
    return [tuple(row) for row in db.execute(text("SELECT way, person, words FROM platform_got"))]


def test_each_birthday_is_sent_or_recorded_exactly_once(people, db, database_url):
    chance = random.Random(20261121)
    with _crew(database_url) as crew_:
        for name in ("scheduler1", "scheduler2", "worker1", "worker2"):
            crew_.start(name)
        for kill in range(KILLS):
            goal = (kill + 1) * PEOPLE // (KILLS + 2) - chance.randrange(8)
            crew_.until(lambda goal=goal: len(_got(db)) >= goal)
            victim = chance.choice(["worker1", "worker2", f"scheduler{1 + kill % 2}"])
            crew_.kill(victim)
            crew_.start(victim)
    _settle(db, database_url)
    _check(db)


def _settle(db, database_url) -> None:
    """Everybody is dead: let their heartbeats be old and do the rest."""
    db.rollback()
    db.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
    db.commit()
    parts = crew(database_url, NINE)
    with parts.store.begin() as session:
        sweep(session, NINE)
    work(parts, None)
    parts.store.close()


def _check(db) -> None:
    got = _got(db)
    rows = db.scalars(select(Outbox).where(Outbox.rule == "birthday")).all()
    assert len(rows) == PEOPLE
    states = Counter(row.state for row in rows)
    assert set(states) <= {OutboxState.SENT, OutboxState.UNKNOWN, OutboxState.HANDED_OVER}
    assert states[OutboxState.HANDED_OVER] == PEOPLE // 2 == len(db.scalars(select(Task)).all())
    greetings = Counter(person for way, person, _ in got if way == "kf")
    openids = dict(db.execute(select(Contact.customer_id, Contact.openid)).all())
    for row in rows:
        times = greetings[openids[row.customer_id]]
        assert times <= 1
        assert times == (row.state is OutboxState.SENT) or row.state is OutboxState.UNKNOWN
    cards = {words for way, _, words in got if way == "wecom" and '"type": "card"' in words}
    assert len(cards) == PEOPLE // 2  # a repeated card has the same words: the platform shows it once
    planned = select(ScheduledRun).where(ScheduledRun.name == "birthdays", ScheduledRun.result != "first start")
    assert len(db.scalars(planned).all()) == 1
