"""Migrations: a fresh database equals the models, a second run does nothing, a newer one is refused."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine, make_url, text

from bot.store import migrate
from bot.store.embedded import EmbeddedServers
from bot.store.models import Base
from bot.store.postgres import ROLE
from bot.store.session import Store, sqlalchemy_url

ROOT = Path(__file__).parents[2]
MIGRATE = "import sys; from bot.store.migrate import migrate; migrate(sys.argv[1])"
FIRST_RELEASE = """
    INSERT INTO branches (name, placeholders) VALUES ('城南分公司', '{}');
    INSERT INTO accounts (branch_id, channel, name, pack) VALUES (1, 'official', 'main', 'telecom');
    INSERT INTO unanswered (account_id, text, reason, candidates, at) VALUES (1, '能不能刷脸取号', 'far', '[]', now());
    INSERT INTO inbound (channel, account, key, kind, text, state, late, received_at)
        VALUES ('official', 'main', 'm1', 'text', '能不能刷脸取号', 'done', false, now());
"""
_numbers = itertools.count(1)


@pytest.fixture
def empty_url(servers: EmbeddedServers) -> Iterator[str]:
    """A database without any table."""
    name = sql.Identifier(f"empty_{next(_numbers)}")
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER " + ROLE).format(name))
        yield make_url(servers.database_url).set(database=name._obj[0]).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def tables(url: str) -> set[tuple[str, str]]:
    """Return every column of every table, so that any change shows."""
    with psycopg.connect(url) as connection:
        query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        return set(connection.execute(query).fetchall())


def test_an_empty_database_has_no_revision_and_gets_the_head(empty_url: str) -> None:
    assert migrate.current(empty_url) is None
    migrate.migrate(empty_url)
    assert migrate.current(empty_url) == migrate.head()


def test_a_fresh_database_is_what_the_models_say(database_url: str) -> None:
    engine = create_engine(sqlalchemy_url(database_url))
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": lambda name, kind, _: not (name or "").startswith("procrast")}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_the_checks_of_the_words_are_those_of_the_enums(database_url: str) -> None:
    """Autogenerate does not see check constraints; a member added to an enum needs a migration all the same."""
    with psycopg.connect(database_url) as connection:
        checks = connection.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        ).fetchall()
    wanted = {
        (table.name, member)
        for table in Base.metadata.tables.values()
        for column in table.columns
        for member in getattr(column.type, "enums", ())
    }
    missing = {
        (name, member)
        for name, member in wanted
        if not any(table == name and f"'{member}'" in definition for table, definition in checks)
    }
    assert wanted
    assert missing == set()


def test_the_job_queues_own_tables_are_there(database_url: str) -> None:
    assert {"procrastinate_jobs", "procrastinate_events"} <= {table for table, _ in tables(database_url)}


def test_a_second_run_changes_nothing(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO branches (name, placeholders) VALUES ('城南分公司', '{}')")
    before = tables(database_url)
    migrate.migrate(database_url)
    assert tables(database_url) == before
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT name FROM branches").fetchall() == [("城南分公司",)]


def test_a_database_of_the_first_release_keeps_its_rows(empty_url: str) -> None:
    command.upgrade(migrate._config(empty_url), "0001")
    with psycopg.connect(empty_url) as connection:
        connection.execute(FIRST_RELEASE)
    migrate.migrate(empty_url)
    with psycopg.connect(empty_url) as connection:
        asked = connection.execute("SELECT text, outcome, question_id FROM unanswered").fetchall()
        messages = connection.execute("SELECT text, state, outcome, item FROM inbound").fetchall()
    assert asked == [("能不能刷脸取号", "unknown", None)]
    assert messages == [("能不能刷脸取号", "done", None, None)]


def test_the_second_migration_can_be_taken_back(empty_url: str) -> None:
    command.upgrade(migrate._config(empty_url), "0001")
    before = tables(empty_url)
    migrate.migrate(empty_url)
    assert tables(empty_url) > before
    command.downgrade(migrate._config(empty_url), "0001")
    assert tables(empty_url) == before


def test_a_newer_database_is_refused_and_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    before = tables(database_url)
    with pytest.raises(migrate.DatabaseTooNew, match="9999_from_the_future"):
        migrate.migrate(database_url)
    assert tables(database_url) == before
    assert migrate.current(database_url) == "9999_from_the_future"


def test_processes_that_migrate_at_once_wait_for_each_other(empty_url: str) -> None:
    racing = [subprocess.Popen([sys.executable, "-c", MIGRATE, empty_url], cwd=ROOT) for _ in range(3)]
    assert [process.wait() for process in racing] == [0, 0, 0]
    assert migrate.current(empty_url) == migrate.head()


def test_every_revision_is_known_and_they_form_one_line() -> None:
    scripts = ScriptDirectory(str(ROOT / "bot" / "store" / "migrations"))
    assert scripts.get_heads() == [migrate.head()]
    assert migrate.head() in migrate.known()


def test_the_revision_can_be_asked_over_an_open_connection(store: Store) -> None:
    with store.begin() as db:
        assert migrate.revision_of(db.connection()) == migrate.head()


def test_the_parts_refuse_a_newer_database_and_leave_the_rest_to_the_health_check(database_url: str) -> None:
    migrate.migrate(database_url)
    migrate.refuse_newer(database_url)
    migrate.refuse_newer("postgresql://nobody@127.0.0.1:1/none")
    engine = create_engine(sqlalchemy_url(database_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(migrate.DatabaseTooNew, match="9999"):
        migrate.refuse_newer(database_url)
