"""M10: a row that the database refused stood in the log whole: words, name, address and OpenID of a customer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WORDS = ("李秘密", "幸福路88号", "oSecretOpenId0001", "13912345678", "2026年13月")

PROGRAM = """
import logging, os, threading
import psycopg, structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from bot import log
from bot.store.session import Store, driver

log.configure("INFO", part="web")
ours, library = structlog.get_logger("bot.example"), logging.getLogger("library")
ROW = dict(key="k", person="oSecretOpenId0001", words="我叫李秘密 电话13912345678\\n住幸福路88号")
COLUMNS = "INSERT INTO inbound (channel, account, key, person, kind, text, state, late, received_at) VALUES "
store = Store(os.environ["DATABASE_URL"])

def orm(db):
    db.execute(text(COLUMNS + "('official','a',:key,:person,'text',:words,'never',false,now())"), ROW)

def raw(db):
    sql = COLUMNS + "('official','a',%(key)s,%(person)s,'text',%(words)s,'never',false,now())"
    driver(db).execute(sql, ROW)

def value(db):
    driver(db).execute("SELECT %s::text::date", ["李秘密 2026年13月"])

def fails(work):
    with store.begin() as db:
        work(db)

def wrapped():
    try:
        fails(raw)
    except psycopg.Error as error:
        raise RuntimeError(f"turn failed: {error}") from error

for work in (lambda: fails(orm), lambda: fails(raw), lambda: fails(value), wrapped):
    try:
        work()
    except Exception as error:
        ours.exception("ours")
        ours.warning("as a value", error=error, words=str(error), listed=[error])
        library.exception("theirs %s", error)
thread = threading.Thread(target=lambda: fails(raw))
thread.start()
thread.join()
fails(orm)
"""


@pytest.fixture
def written(database_url: str) -> str:
    """What a process logs that meets such rows everywhere, and ends of one."""
    environment = {**os.environ, "DATABASE_URL": database_url}
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


def test_nothing_of_the_row_is_written(written: str) -> None:
    assert [words for words in WORDS if words in written] == []
    assert "Failing row" not in written


def test_what_happened_where_is_still_said(written: str) -> None:
    lines = [json.loads(line) for line in written.splitlines()]
    assert len(lines) == 4 * 3 + 2
    ours = [line["exception"] for line in lines if line["event"] == "ours"]
    assert all("Traceback (most recent call last)" in each for each in ours)
    for told in ours[:2]:
        assert 'violates check constraint "ck_inbound_inboundstate"' in told
        assert "[23514 table=inbound constraint=ck_inbound_inboundstate]" in told
    assert "direct cause" in ours[0]
    assert "[22007]" in ours[2]
    assert "RuntimeError: turn failed: new row for relation" in ours[3]
    assert [line["event"] for line in lines[-2:]] == ["uncaught", "uncaught"]
