"""A database a test: one migrated, empty database is cleaned and renamed for the next test.

Copying the template costs 0.3 to 0.5 s; removing what a test wrote costs some milliseconds. The new name keeps a
thread that outlives its test from writing into the next one's.
"""

from __future__ import annotations

import itertools

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row
from sqlalchemy import make_url

from bot.store.embedded import EmbeddedServers
from bot.store.migrate import migrate
from bot.store.postgres import ROLE
from tests.auxil.waiting import until

_TEMPLATE = "tiexin_template"

_TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
_SCHEMA = """
    SELECT (SELECT md5(string_agg(concat(oid, xmin), ',' ORDER BY oid)) FROM pg_class WHERE oid >= 16384)
        || (SELECT md5(string_agg(concat(attrelid, attnum, xmin), ',' ORDER BY attrelid, attnum)) FROM pg_attribute
            WHERE attrelid >= 16384)
        || (SELECT md5(string_agg(concat(oid, xmin), ',' ORDER BY oid)) FROM pg_proc WHERE oid >= 16384)
        || (SELECT md5(string_agg(concat(oid, xmin, tgenabled), ',' ORDER BY oid)) FROM pg_trigger)
        || (SELECT md5(string_agg(concat(oid, xmin), ',' ORDER BY oid)) FROM pg_namespace)
"""
"""Every change of the schema writes new rows into the catalogue; a copy keeps those of the template."""
_RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences
    WHERE last_value IS NOT NULL
"""


class Databases:
    """Hands out empty databases of the newest schema and takes them back."""

    def __init__(self, servers: EmbeddedServers) -> None:
        self._servers = servers
        self._numbers = itertools.count(1)
        self._clean: list[str] = []
        with self._admin() as connection:
            # Nothing is forced to the disk: the tests kill processes, not the machine.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        self._execute(f"CREATE DATABASE {{}} OWNER {ROLE}", _TEMPLATE)
        migrate(self.url(_TEMPLATE))
        with self._admin(_TEMPLATE) as connection:
            self._tables = scalars(connection, _TABLES)
            self._schema = scalars(connection, _SCHEMA)
            self._filled = {name: _content(connection, name) for name in _filled(connection, self._tables)}

    def url(self, name: str) -> str:
        """Return the address of a database for the program's role."""
        return make_url(self._servers.database_url).set(database=name).render_as_string(hide_password=False)

    def take(self) -> str:
        """Return the name of a database as the migrations leave it."""
        name = f"test_{next(self._numbers)}"
        if self._clean:
            self._execute("ALTER DATABASE {} RENAME TO {}", self._clean.pop(), name)
        else:
            self._execute(f"CREATE DATABASE {{}} OWNER {ROLE} TEMPLATE {_TEMPLATE} STRATEGY file_copy", name)
        return name

    def give_back(self, name: str) -> None:
        """Take what a test leaves, whoever is still connected; one whose schema was changed is thrown away."""
        with self._admin() as admin:
            until(lambda: _alone(admin, name))
        with self._admin(name) as connection:
            clean = self._cleaned(connection)
        if clean:
            with self._admin() as admin:
                until(lambda: _alone(admin, name))
            self._clean.append(name)
        else:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _cleaned(self, connection: psycopg.Connection[tuple[object, ...]]) -> bool:
        """Remove all rows and restart the numbers; False when the database cannot be made what it was."""
        if scalars(connection, _SCHEMA) != self._schema:
            return False
        filled = _filled(connection, self._tables)
        if any(name not in filled or _content(connection, name) != content for name, content in self._filled.items()):
            return False
        connection.execute("SET session_replication_role = replica")  # the order of foreign keys does not matter
        for name in filled:
            if name not in self._filled:
                connection.execute(f"DELETE FROM {name}".encode())
        connection.execute(_RESTART)
        return True

    def _admin(self, name: str = "") -> psycopg.Connection[tuple[object, ...]]:
        url = make_url(self._servers.admin_url)
        address = url.set(database=name) if name else url
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)

    def _execute(self, statement: str, *names: str) -> None:
        with self._admin() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def scalars(connection: psycopg.Connection[tuple[object, ...]], query: str) -> list[str]:
    """Return the only column of a query."""
    return connection.cursor(row_factory=scalar_row).execute(query.encode()).fetchall()


def _alone(admin: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    """End the connections to a database; True when none is left."""
    ended = admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    return not ended.fetchall()


def _filled(connection: psycopg.Connection[tuple[object, ...]], tables: list[str]) -> list[str]:
    """Return those of `tables` that have rows."""
    return scalars(connection, " UNION ALL ".join(f"(SELECT '{one}' FROM {one} LIMIT 1)" for one in tables))


def _content(connection: psycopg.Connection[tuple[object, ...]], table: str) -> list[str]:
    return scalars(connection, f"SELECT t::text FROM {table} AS t ORDER BY 1")
