"""Connections to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy.exc
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

BEYOND = 8
"""Connections beyond the pool's size: for four threads that keep late messages and up to four that do plain turns."""

CONNECT_SECONDS = 5
"""How long a server that does not answer is waited for; the driver itself would wait for minutes."""


LOST = (psycopg.OperationalError, sqlalchemy.exc.OperationalError)
"""What a statement raises whose connection broke; on another connection it may work."""

_PASSING = ("08", "57P", "53300")
"""SQLSTATEs of a server that cannot be reached, ends, starts or has no connection left: connection errors, operator
intervention (57P01 … 57P05), too many connections."""


def is_passing(error: BaseException) -> bool:
    """Tell a transient error, which ends when the server is back, from a statement that fails for good.

    Connections that are refused, break or are not answered come without a SQLSTATE, and so does a pool whose
    connections all hang.
    """
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return True
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_passing(error.orig))
    if not isinstance(error, psycopg.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(_PASSING)


def driver(session: Session) -> psycopg.Connection[Any]:
    """Return the driver's connection of a session's transaction, for what is run so often that the ORM costs.

    The session does not write its changes before them: flush first where they must be seen.
    """
    connection: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return connection


def sqlalchemy_url(database_url: str) -> str:
    """Return `database_url` with the driver the program uses."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must start with postgresql://")
    return f"postgresql+psycopg://{rest}"


class Transaction:
    """One transaction: the driver's connection at once, and an ORM session on it when first asked for.

    Most messages need two plain statements and no object; making a session costs as much as both.
    """

    __slots__ = ("_connection", "_engine", "_orm", "_pooled", "raw")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pooled = engine.raw_connection()
        self.raw: psycopg.Connection[Any] = self._pooled.driver_connection  # type: ignore[assignment]
        self._connection: Connection | None = None
        self._orm: Session | None = None

    @property
    def session(self) -> Session:
        """The ORM session of this transaction."""
        if self._orm is None:
            self._connection = Connection(self._engine, self._pooled)
            self._orm = Session(self._connection, expire_on_commit=False)
        return self._orm

    @property
    def reading(self) -> psycopg.Connection[Any]:
        """The driver's connection for what only looks."""
        return self.raw

    def flush(self) -> None:
        """Write what the session's objects changed."""
        if self._orm is not None:
            self._orm.flush()

    def commit(self) -> None:
        """Make it last, also when the session was asked for and then not used: it would commit nothing."""
        if self._orm is not None:
            self._orm.commit()
        self.raw.commit()  # does nothing when that was done

    def rollback(self) -> None:
        """Undo it; what comes after is a new transaction."""
        if self._orm is not None:
            self._orm.rollback()
        self.raw.rollback()

    def close(self) -> None:
        """Undo what was not committed and give the connection back."""
        if self._orm is not None and self._connection is not None:
            self._orm.close()
            self._connection.close()
        else:
            self._pooled.close()


class NeedsTransaction(Exception):
    """A turn that was tried without a transaction needs one."""


class Reading(Transaction):
    """Stands for the transaction of a turn that is expected to change nothing: it may look, and that is all."""

    __slots__ = ("_looking",)

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._looking = connection

    def __getattribute__(self, name: str) -> Any:
        """Give the connection to look with and refuse whatever else is asked for.

        Raises:
            NeedsTransaction: for all but `reading`.
        """
        if name == "reading":
            return object.__getattribute__(self, "_looking")
        raise NeedsTransaction(name)


class Within:
    """The transaction of a session that somebody else began, given as `Transaction` gives it."""

    __slots__ = ("session",)

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def raw(self) -> psycopg.Connection[Any]:
        """The driver's connection."""
        return driver(self.session)

    @property
    def reading(self) -> psycopg.Connection[Any]:
        """The driver's connection for what only looks."""
        return self.raw

    def flush(self) -> None:
        """Write what the session's objects changed."""
        self.session.flush()


class Store:
    """An engine with a bounded pool and its session factory; one a process."""

    def __init__(self, database_url: str, *, pool_size: int = 8) -> None:
        self.database_url = database_url
        self.engine: Engine = create_engine(
            sqlalchemy_url(database_url),
            pool_size=pool_size,
            pool_use_lifo=True,  # few connections that know their statements instead of many that forget them
            max_overflow=BEYOND,
            pool_timeout=10,
            hide_parameters=True,  # names and complaints are no business of a traceback
            pool_pre_ping=False,
            connect_args={
                "options": "-c timezone=UTC",
                "prepare_threshold": 3,
                "connect_timeout": CONNECT_SECONDS,
            },
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._generation = 0  # one more with every connection that broke
        event.listen(self.engine, "connect", self._connected)
        event.listen(self.engine, "checkout", self._taken)
        event.listen(self.engine, "checkin", self._given_back)

    def session(self) -> Session:
        """Return a new session; the caller closes it."""
        return self._sessions()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give a transaction that the caller commits; without that nothing of it stays."""
        transaction = Transaction(self.engine)
        try:
            yield transaction
        except psycopg.OperationalError:
            if transaction.raw.closed:  # the others that wait in the pool will have broken with it
                self._generation += 1
            raise
        finally:
            transaction.close()

    @contextmanager
    def at_once(self) -> Iterator[psycopg.Connection[Any]]:
        """Give the driver's connection, each statement a transaction of its own: no trips to begin and commit it."""
        pooled = self.engine.raw_connection()
        try:
            raw: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
            raw.autocommit = True
            try:
                yield raw
            finally:
                if not raw.closed:
                    raw.autocommit = False
                else:  # the others that wait in the pool will have broken with it
                    self._generation += 1
        except psycopg.OperationalError:
            pooled.invalidate()
            raise
        finally:
            pooled.close()

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Run one transaction: committed at the end, rolled back on any error."""
        with self._sessions.begin() as session:
            try:
                yield session
            except psycopg.OperationalError:
                if driver(session).closed:  # SQLAlchemy hears nothing of the driver's own statements
                    self._generation += 1
                raise

    def close(self) -> None:
        """Close all connections: those that wait at once, those that are in use as they come back."""
        self._generation += 1
        self.engine.dispose()

    def _connected(self, connection: object, record: ConnectionPoolEntry) -> None:
        record.info["generation"] = self._generation

    def _taken(self, connection: object, record: ConnectionPoolEntry, proxy: object) -> None:
        """Have a connection that is older than the last break replaced before it is used."""
        if record.info["generation"] != self._generation:
            raise sqlalchemy.exc.DisconnectionError

    def _given_back(self, connection: object, record: ConnectionPoolEntry) -> None:
        """Close a connection that outlived its generation; the pool would leave that to the garbage collector."""
        if record.info.get("generation") != self._generation:
            record.invalidate()


def _hold(session: Session, row: object) -> None:
    """Keep a loaded row as long as its session: the identity map holds it weakly, so it would be asked for again."""
    session.info.setdefault("held", []).append(row)


event.listen(Session, "loaded_as_persistent", _hold)
