"""A change reaches the other processes at once, and after a lost connection too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy.orm import Session

from bot.learning.versions import bump, in_force
from bot.runtime.knowledge_watcher import KnowledgeWatcher
from bot.store.session import Store
from tests.auxil.waiting import until

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


class Looker:
    """Remembers what it saw at each look."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.threads: set[str] = set()

    def look(self, db: Session) -> None:
        version = in_force(db).get("bikes")
        self.numbers.append(version.number if version else 0)
        self.threads.add(threading.current_thread().name)


@pytest.fixture
def looker() -> Looker:
    return Looker()


@pytest.fixture
def watcher(database_url: str, looker: Looker) -> Iterator[KnowledgeWatcher]:
    running = KnowledgeWatcher(database_url, looker.look)
    running.start()
    until(lambda: looker.numbers)
    yield running
    running.stop()


def change(store: Store) -> int:
    with store.begin() as db:
        return bump(db, "bikes", NOW)


@pytest.mark.usefixtures("watcher")
def test_every_commit_is_noticed(store: Store, looker: Looker) -> None:
    for wanted in (1, 2, 3):
        assert change(store) == wanted
        until(lambda wanted=wanted: looker.numbers[-1] == wanted)  # type: ignore[misc]
    assert looker.threads == {"knowledge-follower"}


@pytest.mark.usefixtures("watcher")
def test_what_is_rolled_back_is_not_told(store: Store, looker: Looker) -> None:
    with store.session() as db:
        bump(db, "bikes", NOW)
        db.rollback()
    change(store)
    until(lambda: looker.numbers[-1])
    assert set(looker.numbers) == {0, 1}


@pytest.mark.usefixtures("watcher")
def test_a_change_nobody_told_of_is_found(store: Store, looker: Looker) -> None:
    change(store)
    until(lambda: looker.numbers[-1] == 1)
    with psycopg.connect(store.database_url) as connection:
        connection.execute("UPDATE knowledge_versions SET version = 7")  # as a pooler that passes no notices on
    until(lambda: looker.numbers[-1] == 7)


@pytest.mark.usefixtures("watcher")
def test_a_lost_connection_is_made_again(store: Store, looker: Looker) -> None:
    with psycopg.connect(store.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    store.engine.dispose()
    change(store)
    until(lambda: looker.numbers[-1] == 1)


def test_it_stops_when_asked(database_url: str, looker: Looker) -> None:
    watcher = KnowledgeWatcher(database_url, looker.look)
    watcher.start()
    until(lambda: looker.numbers)
    stopping = threading.Thread(target=watcher.stop)
    stopping.start()
    stopping.join(30)
    assert not stopping.is_alive()


def test_it_waits_for_a_database_that_is_not_there(looker: Looker) -> None:
    watcher = KnowledgeWatcher("postgresql://u:p@127.0.0.1:1/x", looker.look)
    watcher.start()
    watcher.stop()
    assert looker.numbers == []


def test_an_error_of_ours_does_not_end_it(database_url: str, looker: Looker) -> None:
    def look(db: Session) -> None:
        looker.look(db)
        if len(looker.numbers) == 1:
            raise ValueError("of our own")

    watcher = KnowledgeWatcher(database_url, look, rest=0.01)
    watcher.start()
    until(lambda: len(looker.numbers) > 1)
    watcher.stop()
