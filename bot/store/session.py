"""Connections to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

CONNECT_SECONDS = 5
"""How long a server that does not answer is waited for; the driver itself would wait for minutes."""


def sqlalchemy_url(database_url: str) -> str:
    """Return `database_url` with the driver the program uses."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must start with postgresql://")
    return f"postgresql+psycopg://{rest}"


class Store:
    """An engine with a bounded pool and its session factory; one a process."""

    def __init__(self, database_url: str, *, pool_size: int = 8) -> None:
        self.database_url = database_url
        self.engine: Engine = create_engine(
            sqlalchemy_url(database_url),
            pool_size=pool_size,
            max_overflow=4,
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

    def session(self) -> Session:
        """Return a new session; the caller closes it."""
        return self._sessions()

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Run one transaction: committed at the end, rolled back on any error."""
        with self._sessions.begin() as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _hold(session: Session, row: object) -> None:
    """Keep a loaded row as long as its session: the identity map holds it weakly, so it would be asked for again."""
    session.info.setdefault("held", []).append(row)


event.listen(Session, "loaded_as_persistent", _hold)
