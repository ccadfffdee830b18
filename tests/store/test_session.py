"""Connections: the driver's address, transactions, stored time in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.clock import ManualClock
from bot.store.models import Branch, Level, ScheduledRun
from bot.store.session import Store, sqlalchemy_url
from tests.auxil.factories import Factory


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_usual_scheme_becomes_the_drivers(scheme: str) -> None:
    assert sqlalchemy_url(f"{scheme}://u:p@h:5/d?x=1") == "postgresql+psycopg://u:p@h:5/d?x=1"


@pytest.mark.parametrize("url", ["", "mysql://h/d", "sqlite:///file", "h/d", "//h/d"])
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        sqlalchemy_url(url)


def test_a_transaction_is_committed_at_its_end(store: Store) -> None:
    with store.begin() as db:
        db.add(Branch(name="城南分公司"))
    with store.begin() as db:
        assert db.scalars(select(Branch.name)).all() == ["城南分公司"]


def test_an_error_takes_everything_back(store: Store) -> None:
    with pytest.raises(IntegrityError), store.begin() as db:
        db.add_all([Branch(name="城北分公司"), Branch(name="城南分公司"), Branch(name="城南分公司")])
    with store.begin() as db:
        assert db.scalars(select(Branch.name)).all() == []


def test_rows_can_be_read_after_their_transaction(store: Store) -> None:
    with store.begin() as db:
        branch = Branch(name="城南分公司")
        db.add(branch)
    assert branch.name == "城南分公司"


def test_moments_come_back_in_utc_whatever_their_zone(store: Store) -> None:
    moment = datetime(2026, 11, 21, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    with store.begin() as db:
        db.add(ScheduledRun(name="brief", due_at=moment, ran_at=moment))
    with store.begin() as db:
        stored = db.scalars(select(ScheduledRun.due_at)).one()
    assert stored == moment
    assert stored.utcoffset() == timedelta(0)
    with store.begin() as db:
        assert db.scalar(text("SHOW timezone")) == "UTC"


def test_each_statement_at_once_lasts_by_itself(database_url: str) -> None:
    store = Store(database_url, pool_size=1)
    with store.at_once() as connection:
        connection.execute("INSERT INTO branches (name, placeholders) VALUES ('城东网点', '{}')")
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT 1 FROM nowhere")
    with store.session() as db:
        assert db.scalars(select(Branch.name)).one() == "城东网点"
        db.add(Branch(name="城北网点", placeholders={}))
        db.flush()
    with store.session() as db:  # the same connection is transactional again
        assert db.scalars(select(Branch.name)).one() == "城东网点"
    store.close()


def test_a_connection_that_broke_is_not_given_again(database_url: str) -> None:
    store = Store(database_url, pool_size=1)
    with pytest.raises(psycopg.OperationalError), store.at_once() as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with store.at_once() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    store.close()


def test_a_due_time_runs_once(store: Store) -> None:
    due = datetime(2026, 11, 21, tzinfo=UTC)
    with store.begin() as db:
        db.add(ScheduledRun(name="brief", due_at=due, ran_at=due))
    with pytest.raises(IntegrityError), store.begin() as db:
        db.add(ScheduledRun(name="brief", due_at=due, ran_at=due))


def test_a_word_that_is_none_is_refused_by_the_database(store: Store, clock: ManualClock) -> None:
    with store.begin() as db:
        customer = Factory(db, clock).customer(level=Level.DIAMOND)
    with store.begin() as db:
        assert db.scalar(text("SELECT level FROM customers")) == "钻石"
    with pytest.raises(IntegrityError, match="ck_customers"), store.begin() as db:
        db.execute(text("UPDATE customers SET level = 'platinum' WHERE id = :id"), {"id": customer.id})


def test_a_database_that_is_not_there_is_told_at_once() -> None:
    store = Store("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(OperationalError), store.begin() as db:
        db.execute(text("SELECT 1"))
    store.close()


def _break(store: Store) -> None:
    """Use a connection that is gone."""
    with store.transaction() as broken:
        broken.raw.close()
        broken.raw.execute("SELECT 1")


def test_a_connection_in_use_while_others_broke_is_closed_when_it_comes_back(store: Store) -> None:
    """It lay in a pool that nobody used any more until the garbage collector found it."""
    with store.transaction() as first:
        one = first.raw
        with pytest.raises(psycopg.OperationalError):
            _break(store)
        first.raw.execute("SELECT 1")
    assert one.closed
    with store.transaction() as third:
        assert third.raw.execute("SELECT 1").fetchone() == (1,)
        store.close()
    assert third.raw.closed


def test_connections_that_waited_while_one_broke_are_replaced(store: Store) -> None:
    with store.transaction() as first, store.transaction() as second:
        waiting = [first.raw, second.raw]
    with pytest.raises(psycopg.OperationalError):
        _break(store)
    with store.transaction() as one, store.transaction() as two:
        assert not {one.raw, two.raw} & set(waiting)
