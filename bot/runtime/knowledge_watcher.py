"""Looks after every change of the knowledge, in a thread of its own.

PostgreSQL tells at once when a change is committed; whoever missed it (a lost connection, a pooler between that passes
no notices on) finds the higher number at the next look, a second later.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.learning.versions import CHANNEL
from bot.store.session import Store

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
REST_SECONDS = 30.0
"""After an error of our own: looking again at once would only repeat it."""


class KnowledgeWatcher:
    """Calls `look` with a session whenever something may have changed, until stopped.

    Start it after a fork: threads and connections are not inherited.
    """

    def __init__(self, database_url: str, look: Callable[[Session], object], rest: float = REST_SECONDS) -> None:
        self._store = Store(database_url, pool_size=1)  # of its own: no turn waits for it, and it for no turn
        self._look = look
        self._rest = rest
        self._stop = threading.Event()
        self._bell, self._ear = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="knowledge-follower", daemon=True)

    def start(self) -> None:
        """Look now and from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a change that is being taken up is finished first."""
        self._stop.set()
        self._bell.send(b"!")
        self._thread.join()
        self._store.close()
        self._bell.close()
        self._ear.close()

    def _run(self) -> None:
        said = ""
        while not self._stop.is_set():
            try:
                with self._store.engine.connect() as connection:
                    self._follow(connection.execution_options(isolation_level="AUTOCOMMIT"))
                said = ""
            except (SQLAlchemyError, psycopg.Error, OSError) as error:
                if said != (said := type(error).__name__) and not self._stop.is_set():
                    log.warning("knowledge_not_followed", error=said, remedy="tried again every second")
                self._stop.wait(LOOK_SECONDS)
            except Exception:  # a thread that ended would leave the process with old knowledge for good
                log.exception("knowledge_not_taken_up", remedy="report the traceback; what is in force goes on")
                self._stop.wait(self._rest)

    def _follow(self, connection: Connection) -> None:
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        connection.execute(text(f"LISTEN {CHANNEL}"))
        while not self._stop.is_set():
            with Session(connection) as db:
                self._look(db)
            select.select([driver.fileno(), self._ear.fileno()], [], [], LOOK_SECONDS)
            for _ in driver.notifies(timeout=0):
                pass  # whatever was said, one look finds it
