"""One worker or scheduler as a process of its own, to be killed by a test.

`python -m tests.auxil.crew worker|scheduler <database url> <moment>`: the clock stands at the moment. The platform is
a table of the same database that keeps every request, committed before it is answered.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg

from bot.care import job_table
from bot.clock import ManualClock
from bot.config import load_settings
from bot.delivery.worker import run_worker
from bot.knowledge.texts import TextBook
from bot.messages import part_to_json
from bot.schedule import Scheduler
from bot.store.session import Store
from tests.auxil.platform import Platform

KNOWLEDGE = Path(__file__).parent.parent.parent / "knowledge"
TABLE = "CREATE TABLE platform_got (id bigserial PRIMARY KEY, way text, person text, words text)"


@dataclass
class RecordingPlatform(Platform):
    """Keeps what it is asked in the database, where a killed process cannot take it away."""

    database_url: str = ""

    def ask(self, way: str, to: str, what: Any) -> None:
        words = json.dumps(part_to_json(what) if way in {"kf", "wecom"} else what, ensure_ascii=False, sort_keys=True)
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("INSERT INTO platform_got (way, person, words) VALUES (%s, %s, %s)", (way, to, words))


@dataclass
class Parts:
    """What the timetable is made of."""

    settings: Any
    store: Store
    clock: ManualClock
    book: TextBook
    packs: dict[str, Any]
    rewrite_append_file: Any = lambda: None
    spool: Any = field(default_factory=lambda: SimpleNamespace(drain=lambda db, now: True))  # nothing came in by Redis


def crew(database_url: str, moment: datetime) -> Parts:
    """Return the parts of one process."""
    settings = load_settings(_env_file=None, tiexin_demo=True, database_url=database_url, tiexin_knowledge=KNOWLEDGE)
    return Parts(settings, Store(database_url), ManualClock(moment), TextBook(KNOWLEDGE), {})


def work(parts: Parts, stop: threading.Event | None) -> None:
    """Run a worker; without `stop` until nothing is due."""
    platform = RecordingPlatform(database_url=parts.settings.database_url)
    run_worker(
        parts.settings,
        store=parts.store,
        clock=parts.clock,
        transports=platform,
        book=parts.book,
        resume_turn=lambda _: None,
        stop=stop,
        once=stop is None,
    )


def main() -> None:
    """Run until killed."""
    role, database_url, moment = sys.argv[1:]
    parts, stop = crew(database_url, datetime.fromisoformat(moment)), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if role == "worker":
        work(parts, stop)
    else:
        Scheduler(job_table.jobs(parts)).run(stop)
    parts.store.close()


if __name__ == "__main__":
    main()
