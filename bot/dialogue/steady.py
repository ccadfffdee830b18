"""Database work that survives a restart of the database.

Pooled connections are not asked whether they still live before they are used: that would cost every message a round
trip. So a dead one shows when it is used, and the work is done once more on a new one. That is safe for a turn: its
transaction died with the connection, and if it had just been committed its row says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger(__name__)

T = TypeVar("T")


def steadily(work: Callable[[], T]) -> T:
    """Return what `work` returns; it is done a second time when its connection was lost."""
    try:
        return work()
    except (psycopg.OperationalError, DBAPIError) as error:
        if not _lost(error):
            raise
        log.warning("database_connection_lost", error=type(error).__name__, remedy="none if the database was restarted")
    return work()


def _lost(error: psycopg.OperationalError | DBAPIError) -> bool:
    """Tell a connection that broke from one that could not be made and from a statement that failed.

    The server's word on its own end (57P01 …) and a broken socket (no code) come from the driver itself; failing to
    connect comes wrapped, without the mark of a connection that had been good before.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    return error.sqlstate is None or error.sqlstate.startswith("57P")
