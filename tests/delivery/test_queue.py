"""The queue as a worker sees it: several jobs a look, each to one worker, locks kept, nothing left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
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


async def _all(taken: Jobs, worker_id: int) -> list[str | None]:
    found = []
    while (job := await taken.fetch_job(None, worker_id)) is not None:
        found.append(job.lock)
    return found


def test_one_look_takes_what_there_is_room_for(db, queue, defer):
    defer("a", "b", "c", "d", "e")

    async def use(taken: Jobs, worker_id: int) -> None:
        assert (await taken.fetch_job(None, worker_id)).lock == "a"
        assert [status for status, _ in _stored(db)] == ["doing"] * 3 + ["todo"] * 2

    queue(use, room=3)


def test_what_a_lock_holds_back_stays_until_it_is_free(queue, defer):
    defer("a", "a", "b")

    async def use(taken: Jobs, worker_id: int) -> None:
        first = await taken.fetch_job(None, worker_id)
        assert await _all(taken, worker_id) == ["b"]
        assert await _all(taken, worker_id) == []
        await taken.finish_job(first, Status.SUCCEEDED, delete_job=True)
        assert await _all(taken, worker_id) == ["a"]

    queue(use)


def test_a_job_removed_with_its_record_is_not_put_away_again(db, queue, defer):
    defer("a", "b")

    async def use(taken: Jobs, worker_id: int) -> None:
        done, other = [await taken.fetch_job(None, worker_id) for _ in range(2)]
        db.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": done.id})
        db.commit()
        taken.settled(done.id)
        await taken.finish_job(done, Status.SUCCEEDED, delete_job=True)
        await taken.finish_job(other, Status.FAILED, delete_job=False)
        with pytest.raises(ConnectorException):
            await taken.finish_job(done, Status.SUCCEEDED, delete_job=True)

    queue(use)
    assert [status for status, _ in _stored(db)] == ["failed"]


def test_who_stops_puts_back_what_was_not_begun(db, queue, defer):
    defer("a", "b", "c")

    async def use(taken: Jobs, worker_id: int) -> None:
        job = await taken.fetch_job(None, worker_id)
        await taken.finish_job(job, Status.SUCCEEDED, delete_job=True)
        await taken.unregister_worker(worker_id)

    queue(use)
    assert [status for status, _ in _stored(db)] == ["todo", "todo"]


def test_two_workers_share_the_jobs(settings, queue, defer):
    defer(*(None for _ in range(20)))
    found: list[int] = []

    def work() -> None:
        async def use(taken: Jobs, worker_id: int) -> None:
            while (job := await taken.fetch_job(None, worker_id)) is not None:
                found.append(job.id)
                await taken.finish_job(job, Status.SUCCEEDED, delete_job=True)

        queue(use, room=3)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == sorted(set(found))
    assert len(found) == 20


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

    async def work() -> None:
        connector = Connector(settings.database_url)
        app = procrastinate.App(connector=connector)
        app.job_manager = Jobs(connector, 4)
        ended = asyncio.Event()

        async def deliver(outbox_id: int) -> None:
            done.append(outbox_id)
            if len(done) == 1:
                await asyncio.to_thread(defer, "b", "c")
            if len(done) == 3:
                ended.set()

        app.task(name=jobs.Task.DELIVER)(deliver)
        async with app.open_async():
            running = asyncio.create_task(
                app.run_worker_async(fetch_job_polling_interval=600, install_signal_handlers=False)
            )
            await asyncio.to_thread(defer, "a")
            await asyncio.wait_for(ended.wait(), 20)
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(work())
    assert done == [0, 0, 1]
