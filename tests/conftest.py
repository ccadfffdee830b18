"""Shared fixtures: the real servers once a run, a fresh database a test, a clock that stands still."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import redis
from hypothesis import settings as hypothesis_settings
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.config import Settings, load_settings
from bot.store.embedded import EmbeddedServers
from bot.store.session import Store
from tests.auxil.databases import Databases
from tests.auxil.factories import Factory

hypothesis_settings.register_profile("tiexin", deadline=None)  # a slow machine is no failure
hypothesis_settings.load_profile("tiexin")

SHANGHAI = ZoneInfo("Asia/Shanghai")
KNOWLEDGE = Path(__file__).parent.parent / "knowledge"


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """PostgreSQL and Valkey in a home of their own, gone after the run."""
    home = Path(tempfile.mkdtemp(prefix="tx-", dir="/tmp"))
    try:
        with EmbeddedServers(home) as running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def databases(servers: EmbeddedServers) -> Databases:
    """Where each test gets its database from."""
    return Databases(servers)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A fresh, migrated, empty database; its owner is the program's role, which is no superuser."""
    name = databases.take()
    yield databases.url(name)
    databases.give_back(name)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Connections to the test's database."""
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture
def db(store: Store) -> Iterator[Session]:
    """A session; what other connections should see must be committed."""
    with store.session() as session:
        yield session


@pytest.fixture
def redis_url(servers: EmbeddedServers) -> Iterator[str]:
    """The address of the emptied Valkey."""
    client = redis.Redis.from_url(servers.redis_url)
    client.flushall()
    yield servers.redis_url
    client.close()


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the emptied Valkey."""
    client = redis.Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at Saturday 2026-11-21 10:00 in Shanghai until it is moved."""
    return ManualClock(datetime(2026, 11, 21, 10, 0, tzinfo=SHANGHAI))


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """The demo's settings on the test's own servers; nothing is read from an .env file."""
    return load_settings(
        _env_file=None,
        tiexin_demo=True,
        database_url=database_url,
        redis_url=redis_url,
        tiexin_home=tmp_path,
        tiexin_knowledge=KNOWLEDGE,
    )


@pytest.fixture
def make(db: Session, clock: ManualClock) -> Factory:
    """Make rows with sensible values: `make.customer(name="王磊")`; flushed, not committed."""
    return Factory(db, clock)
