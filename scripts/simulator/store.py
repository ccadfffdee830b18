"""Keep the platform's state in SQLite, so that a restart forgets nothing."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS people (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, at REAL NOT NULL,
    side TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS messages_person ON messages (person, seq);
CREATE TABLE IF NOT EXISTS exchanges (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, family TEXT NOT NULL, expires_at REAL NOT NULL, dead INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS calls (path TEXT, day TEXT, count INTEGER NOT NULL, PRIMARY KEY (path, day));
CREATE TABLE IF NOT EXISTS quotas (
    openid TEXT, trigger TEXT, until REAL NOT NULL, remaining INTEGER NOT NULL, PRIMARY KEY (openid, trigger));
CREATE TABLE IF NOT EXISTS acceptances (
    openid TEXT, template TEXT, remaining INTEGER NOT NULL, PRIMARY KEY (openid, template));
CREATE TABLE IF NOT EXISTS sent_once (key TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS arrivals (userid TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS cards (
    response_code TEXT PRIMARY KEY, task_id TEXT NOT NULL, until REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS card_copies (task_id TEXT NOT NULL, userid TEXT NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS media (
    media_id TEXT PRIMARY KEY, kind TEXT NOT NULL, mime TEXT NOT NULL, until REAL NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS scenes (
    ticket TEXT PRIMARY KEY, scene TEXT NOT NULL, permanent INTEGER NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS tagged (tag INTEGER, openid TEXT, PRIMARY KEY (tag, openid));
"""


class Store:
    """One connection behind one lock; each statement is its own transaction.

    The state is worth nothing after the machine itself stops, so nothing is forced to the disk: this keeps a
    write near 20 microseconds and lets the platform serve as the far end of a load run.
    """

    def __init__(self, home: str = "") -> None:
        path = ":memory:"
        if home:
            Path(home).mkdir(parents=True, exist_ok=True)
            path = str(Path(home) / "simulator.sqlite")
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self.lock = threading.RLock()
        with self.lock:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.executescript(SCHEMA)

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Run a statement and return all its rows."""
        with self.lock:
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: Any) -> sqlite3.Row | None:
        """Run a statement and return its first row, if any."""
        with self.lock:
            found: sqlite3.Row | None = self._connection.execute(statement, values).fetchone()
            return found

    def write(self, statement: str, *values: Any) -> int:
        """Run a statement and return the row id it made."""
        with self.lock:
            return self._connection.execute(statement, values).lastrowid or 0

    def changed(self, statement: str, *values: Any) -> int:
        """Run a statement and return how many rows it changed."""
        with self.lock:
            return self._connection.execute(statement, values).rowcount

    def get(self, key: str, default: Any = None) -> Any:
        """Return the JSON value kept under a key."""
        found = self.row("SELECT value FROM kv WHERE key = ?", key)
        return default if found is None else json.loads(found["value"])

    def put(self, key: str, value: Any) -> None:
        """Keep a JSON value under a key; None removes it."""
        if value is None:
            self.write("DELETE FROM kv WHERE key = ?", key)
            return
        self.write("INSERT OR REPLACE INTO kv VALUES (?, ?)", key, json.dumps(value, ensure_ascii=False))

    def close(self) -> None:
        """Close the connection; the state stays in its file."""
        with self.lock:
            self._connection.close()
