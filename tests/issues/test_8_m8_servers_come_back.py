"""M8: an embedded server that dies is started again at the same address, and the connections' pools go on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.runtime.container import redis_client
from bot.store import hosting, postgres
from bot.store.embedded import EmbeddedServers
from bot.store.session import Store
from tests.auxil.waiting import until


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    """Servers of these tests alone: they are killed."""
    home = Path(tempfile.mkdtemp(prefix="txr-", dir="/tmp"))
    try:
        with EmbeddedServers(home / "贴心 数据") as running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


def back(servers: EmbeddedServers, answers: Callable[[], object]) -> Callable[[], bool]:
    """Return a look that lets the parent do its chore and asks again."""

    def look() -> bool:
        servers.revive()
        try:
            answers()
        except (SQLAlchemyError, redis.RedisError):
            return False
        return True

    return look


def started(servers: EmbeddedServers, before: int) -> Callable[[], bool]:
    """Return a look that lets the parent do its chore and tells whether another server runs."""

    def look() -> bool:
        servers.revive()
        found = postgres.postmaster(servers.home / "postgres")
        return found is not None and found.process.pid != before

    return look


def test_postgresql(servers: EmbeddedServers) -> None:
    store = Store(servers.database_url)

    def kept() -> int:
        with store.begin() as db:
            return int(db.execute(text("SELECT count(*) FROM kept")).scalar_one())

    with store.begin() as db:
        db.execute(text("CREATE TABLE kept AS SELECT 1"))
    for _ in range(2):
        killed = postgres.postmaster(servers.home / "postgres")
        assert killed is not None
        killed.process.kill()
        until(started(servers, killed.process.pid), 240)  # the old one's backends answer for a moment longer
        until(back(servers, kept), 240)
        assert kept() == 1
    store.close()


def test_valkey(servers: EmbeddedServers) -> None:
    client = redis_client(servers.redis_url)
    client.set("kept", "yes")
    client.config_set("appendfsync", "always")
    (process,) = hosting.left_over("valkey-server", servers.home / "valkey")
    process.kill()
    until(back(servers, client.ping), 240)
    assert client.get("kept") == b"yes"
    client.close()


def test_one_that_cannot_start_is_not_tried_without_pause(
    servers: EmbeddedServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, tries = [1000.0], []
    servers._pauses.clear()
    monkeypatch.setattr("bot.store.embedded.time.monotonic", lambda: moment[0])
    assert servers._valkey is not None
    monkeypatch.setattr(servers._valkey, "revive", lambda: tries.append(moment[0]) or True)
    for _ in range(120):
        servers.revive()
        moment[0] += 0.5
    assert 6 <= len(tries) <= 12
