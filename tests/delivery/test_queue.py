"""The queue as a worker sees it: several jobs a look, each to one worker, locks kept, nothing left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from sqlalchemy import text

from bot.delivery import jobs
from bot.delivery.queue import Connector, Jobs


@pytest.fixture
def queue(settings) -> Callable[..., Any]:
    """Run something with a queue of so much room and a registered worker."""

    def run(use: Callable[[Jobs, int], Awaitable[Any]], room: int = 4) -> Any:
        async def inside() -> Any:
            connector = Connector(settings.database_url)
            await connector.open_async()
            try:
                taken = Jobs(connector, room)
                return await use(taken, await taken.register_worker())
            finally:
                await connector.close_async()

        return asyncio.run(inside())

    return run


@pytest.fixture
def defer(db) -> Callable[..., None]:
    def put(*locks: str | None) -> None:
        jobs.defer_many(db, [jobs.Job(jobs.Task.DELIVER, {"outbox_id": n}, lock) for n, lock in enumerate(locks)])
        db.commit()

    return put


def _stored(db) -> list[tuple[str, bool]]:
    db.rollback()
    query = "SELECT status::text, worker_id IS NOT NULL FROM procrastinate_jobs ORDER BY id"
    return [tuple(row) for row in db.execute(text(query))]


async def _take(taken: Jobs, worker_id: int) -> list[Job]:
    """Return the next job and what goes with it."""
    job = await taken.fetch_job(None, worker_id)
    return [] if job is None else [job, *taken.companions(job)]


def test_one_look_takes_what_there_is_room_for(db, queue, defer):
    defer("a", "b", "c", "d", "e")

    async def use(taken: Jobs, worker_id: int) -> None:
        assert [job.lock for job in await _take(taken, worker_id)] == ["a", "b", "c"]
        assert [status for status, _ in _stored(db)] == ["doing"] * 3 + ["todo"] * 2

    queue(use, room=3)


def test_other_jobs_are_handed_out_by_themselves(db, queue, defer):
    defer("a", "b")
    jobs.resume_turn(db, 1, "c")
    jobs.resume_turn(db, 2, "d")
    db.commit()

    async def use(taken: Jobs, worker_id: int) -> None:
        found = [[job.lock for job in await _take(taken, worker_id)] for _ in range(4)]
        assert found == [["c"], ["d"], ["a", "b"], []]

    queue(use, room=6)


def test_what_a_lock_holds_back_stays_until_it_is_free(queue, defer):
    defer("a", "a", "b")

    async def use(taken: Jobs, worker_id: int) -> None:
        first, other = await _take(taken, worker_id)
        assert (first.lock, other.lock) == ("a", "b")
        assert await _take(taken, worker_id) == []
        assert await _take(taken, worker_id) == []
        await taken.finish_job(first, Status.SUCCEEDED, delete_job=True)
        assert [job.lock for job in await _take(taken, worker_id)] == ["a"]

    queue(use)


def test_jobs_removed_with_their_records_are_not_put_away_again(db, queue, defer):
    defer("a", "b")

    async def use(taken: Jobs, worker_id: int) -> None:
        done, other = await _take(taken, worker_id)
        taken.removed({done.id, other.id})
        await taken.finish_job(done, Status.SUCCEEDED, delete_job=True)
        assert [status for status, _ in _stored(db)] == ["doing"] * 2  # nothing was asked
        await taken.finish_job(done, Status.SUCCEEDED, delete_job=True)
        assert [status for status, _ in _stored(db)] == ["doing"]

    queue(use)


def test_jobs_whose_round_failed_fail_together(db, queue, defer):
    defer("a", "b")

    async def use(taken: Jobs, worker_id: int) -> None:
        first, _ = await _take(taken, worker_id)
        await taken.finish_job(first, Status.FAILED, delete_job=False)

    queue(use)
    assert [status for status, _ in _stored(db)] == ["failed", "failed"]


@pytest.mark.parametrize(
    ("status", "stored"), [(Status.SUCCEEDED, []), (Status.FAILED, ["failed"] * 2), (Status.ABORTED, ["aborted"] * 2)]
)
def test_round_that_broke_off_leaves_none_of_its_jobs_taken(db, queue, defer, status, stored):
    defer("a", "b", "c")

    async def use(taken: Jobs, worker_id: int) -> None:
        first, _, _ = await _take(taken, worker_id)
        db.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": first.id})
        db.commit()
        await taken.finish_job(first, status, delete_job=status is Status.SUCCEEDED)

    queue(use)
    assert [state for state, _ in _stored(db)] == stored


@pytest.mark.parametrize("again", [False, True])
def test_job_that_cannot_be_put_away_is_not_forgotten_by_a_living_worker(db, queue, defer, monkeypatch, again):
    defer("a")
    failures = 1 + again

    async def use(taken: Jobs, worker_id: int) -> None:
        (job,) = await _take(taken, worker_id)
        run, asked = taken.connector.execute_query_async, []

        async def fail(query: str, **values: Any) -> None:
            asked.append(query)
            if len(asked) <= failures:
                raise ConnectorException
            await run(query, **values)

        monkeypatch.setattr(taken.connector, "execute_query_async", fail)
        if not again:
            await taken.finish_job(job, Status.SUCCEEDED, delete_job=True)
            assert _stored(db) == []
            return
        with pytest.raises(ConnectorException):
            await taken.finish_job(job, Status.SUCCEEDED, delete_job=True)
        with pytest.raises(ConnectorException):
            await taken.fetch_job(None, worker_id)  # so the worker ends, falls silent, and the sweep puts its jobs back

    queue(use)


def test_who_stops_puts_back_what_was_not_begun(db, queue, defer):
    defer("a", "b", "c")
    jobs.resume_turn(db, 1, "d")
    db.commit()

    async def use(taken: Jobs, worker_id: int) -> None:
        (job,) = await _take(taken, worker_id)
        await taken.finish_job(job, Status.SUCCEEDED, delete_job=True)
        await taken.unregister_worker(worker_id)

    queue(use)
    assert [status for status, _ in _stored(db)] == ["todo"] * 3


def test_two_workers_share_the_jobs(queue, defer):
    defer(*(None for _ in range(20)))
    found: list[int] = []

    def work() -> None:
        async def use(taken: Jobs, worker_id: int) -> None:
            while mine := await _take(taken, worker_id):
                found.extend(job.id for job in mine)
                await taken.finish_job(mine[0], Status.SUCCEEDED, delete_job=True)

        queue(use, room=3)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == len(set(found)) == 20


def test_a_broken_connection_is_told(db, queue):
    async def use(taken: Jobs, worker_id: int) -> None:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        db.execute(text(f"{others} AND datname = current_database() AND query LIKE '%register_worker%'"))
        db.rollback()
        with pytest.raises(ConnectorException):
            await taken.fetch_job(None, worker_id)

    queue(use)


def test_a_notice_wakes_the_worker_and_makes_it_look_again(db, settings, defer):
    done: list[int] = []

    class Listening(Connector):
        async def _tell(self, *values: Any) -> None:
            listens.set()
            await super()._tell(*values)

    listens = asyncio.Event()

    async def work() -> None:
        connector = Listening(settings.database_url)
        app = procrastinate.App(connector=connector)
        app.job_manager = Jobs(connector, 4)
        ended = asyncio.Event()

        async def deliver(outbox_id: int) -> None:
            done.append(outbox_id)
            if len(done) == 1:
                await asyncio.to_thread(defer, None, "b")
            else:
                ended.set()

        app.task(name=jobs.Task.DELIVER)(deliver)
        async with app.open_async():
            running = asyncio.create_task(
                app.run_worker_async(fetch_job_polling_interval=600, install_signal_handlers=False)
            )
            await asyncio.wait_for(listens.wait(), 20)  # what is deferred before is found by polling alone
            await asyncio.to_thread(defer, "a")
            await asyncio.wait_for(ended.wait(), 20)
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(work())
    assert done == [0, 0]  # the other one goes with it
