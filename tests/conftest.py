"""Shared fixtures: the real servers once a run, a fresh database a test, a clock that stands still."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
import redis
from hypothesis import settings as hypothesis_settings
from psycopg import sql
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.config import Settings, load_settings
from bot.store.embedded import EmbeddedServers
from bot.store.migrate import migrate
from bot.store.postgres import ROLE
from bot.store.session import Store
from tests.auxil.factories import Factory

hypothesis_settings.register_profile("tiexin", deadline=None)  # a slow machine is no failure
hypothesis_settings.load_profile("tiexin")

SHANGHAI = ZoneInfo("Asia/Shanghai")
KNOWLEDGE = Path(__file__).parent.parent / "knowledge"
_TEMPLATE = "tiexin_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """PostgreSQL and Valkey in a home of their own, gone after the run."""
    home = Path(tempfile.mkdtemp(prefix="tx-", dir="/tmp"))
    try:
        with EmbeddedServers(home) as running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _execute(servers: EmbeddedServers, statement: str, name: str) -> None:
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _url(servers: EmbeddedServers, name: str) -> str:
    return make_url(servers.database_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template_database(servers: EmbeddedServers) -> str:
    """A migrated, empty database that each test's own is copied from.

    Nothing is forced to the disk: the tests kill processes, not the machine. That makes a database a test cheap.
    """
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    _execute(servers, "CREATE DATABASE {} OWNER " + ROLE, _TEMPLATE)
    migrate(_url(servers, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def database_url(servers: EmbeddedServers, template_database: str) -> Iterator[str]:
    """A fresh, migrated, empty database; its owner is the program's role, which is no superuser."""
    name = f"test_{next(_numbers)}"
    _execute(servers, f"CREATE DATABASE {{}} OWNER {ROLE} TEMPLATE {template_database} STRATEGY file_copy", name)
    yield _url(servers, name)
    _execute(servers, "DROP DATABASE {} WITH (FORCE)", name)


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
