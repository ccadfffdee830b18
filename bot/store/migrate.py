"""Bring the database to this program's version."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from bot.store.session import CONNECT_SECONDS, sqlalchemy_url


class DatabaseTooNew(Exception):
    """The database was migrated by a newer version of the program."""


def _config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = sqlalchemy_url(database_url)
    return config


@lru_cache(maxsize=1)
def head() -> str:
    """Return the revision this program needs."""
    revision = ScriptDirectory.from_config(_config("postgresql://")).get_current_head()
    assert revision is not None
    return revision


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """Return all revisions this program can migrate from."""
    scripts = ScriptDirectory.from_config(_config("postgresql://"))
    return frozenset(script.revision for script in scripts.walk_revisions())


def current(database_url: str) -> str | None:
    """Return the revision the database has, None when it is empty."""
    engine = create_engine(sqlalchemy_url(database_url), connect_args={"connect_timeout": CONNECT_SECONDS})
    try:
        with engine.connect() as connection:
            return revision_of(connection)
    finally:
        engine.dispose()


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the database behind `connection`, None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(database_url: str) -> None:
    """Refuse a database that is ahead of this program; one that is away or still empty is for `/readyz` to tell.

    Raises:
        DatabaseTooNew: the database was migrated by a newer version.
    """
    plain = sqlalchemy_url(database_url).replace("+psycopg", "", 1)
    with suppress(psycopg.OperationalError, psycopg.errors.UndefinedTable):
        with psycopg.connect(plain, connect_timeout=CONNECT_SECONDS) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if row is not None and row[0] not in known():
            raise DatabaseTooNew(row[0])


def migrate(database_url: str) -> None:
    """Upgrade the database to this program's version; safe to call from several processes at once.

    Raises:
        DatabaseTooNew: the database is ahead of this program.
    """
    revision = current(database_url)
    if revision is not None and revision not in known():
        raise DatabaseTooNew(revision)
    command.upgrade(_config(database_url), "head")
