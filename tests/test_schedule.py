"""The scheduler: each due time once, catch-up after downtime, one job's trouble kept from the others."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.schedule import RETRY_AFTER, Job, Scheduler, Sweep, Timetable
from bot.store.models import Branch, ScheduledRun

ZONE = ZoneInfo("Asia/Shanghai")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _local(day, hour=0, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def ran():
    """What the jobs of a test did: (name, due, now) in local time."""
    return []


@pytest.fixture
def schedule(store, clock, ran):
    """Make a scheduler of jobs given as name → cron, each adding a branch named after its due time."""

    def build(*jobs, sweeps=()):
        return Scheduler(Timetable(store, clock, ZONE, jobs, sweeps))

    return build


@pytest.fixture
def job(ran):
    def make(name="birthdays", cron="0 7 * * *", **values):
        def run(context):
            ran.append((name, context.due_at.astimezone(ZONE), context.now.astimezone(ZONE)))
            return "done"

        return Job(name, cron, **({"run": run} | values))

    return make


def test_first_start_runs_todays_jobs_and_nothing_older(schedule, job, ran, clock, db):
    scheduler = schedule(job(), job("late", "0 18 * * *"))
    scheduler.tick()
    assert ran == [("birthdays", _local(21, 7), _local(21, 10))]
    clock.set(_local(21, 18))
    scheduler.tick()
    assert ran[1:] == [("late", _local(21, 18), _local(21, 18))]
    rows = db.scalars(select(ScheduledRun).where(ScheduledRun.result == "done").order_by(ScheduledRun.id)).all()
    assert [(row.name, row.due_at) for row in rows] == [("birthdays", _local(21, 7)), ("late", _local(21, 18))]


def test_each_due_time_runs_once_also_after_a_restart(schedule, job, ran, clock):
    for _ in range(3):
        scheduler = schedule(job())
        scheduler.tick()
        scheduler.tick()
    assert len(ran) == 1


def test_a_clock_that_is_set_back_and_forth_runs_each_due_time_once(schedule, job, ran, clock):
    scheduler = schedule(job(cron="0 * * * *"))
    for hour, minute in ((10, 0), (10, 30), (9, 30), (10, 59), (11, 0), (10, 0), (11, 30), (12, 5)):
        clock.set(_local(21, hour, minute))
        scheduler.tick()
    assert [due for _, due, _ in ran] == [_local(21, hour) for hour in range(13)]


def test_three_days_of_downtime_are_caught_up_in_order(schedule, job, ran, clock):
    schedule(job()).tick()
    clock.advance(3 * DAY + HOUR)
    schedule(job()).tick()
    assert [due for _, due, _ in ran] == [_local(day, 7) for day in (21, 22, 23, 24)]
    assert {now for _, _, now in ran[1:]} == {_local(24, 11)}


def test_catch_up_is_bounded_by_age_and_number(schedule, job, ran, clock):
    jobs = (job("old", catch_up=2 * DAY), job("many", max_runs=1))
    schedule(*jobs).tick()
    ran.clear()
    clock.advance(10 * DAY)
    schedule(*jobs).tick()
    assert [(name, due.day) for name, due, _ in ran] == [("old", 30), ("old", 1), ("many", 1)]


def test_start_before_the_first_due_time_and_days_of_downtime_after_it(schedule, job, ran, clock):
    clock.set(_local(21, 6))
    schedule(job()).tick()
    clock.advance(2 * DAY)
    schedule(job()).tick()
    assert [due for _, due, _ in ran] == [_local(21, 7), _local(22, 7)]


def test_clock_moved_back_repeats_nothing(schedule, job, ran, clock):
    scheduler = schedule(job())
    scheduler.tick()
    clock.advance(5 * DAY)
    scheduler.tick()
    clock.advance(-5 * DAY)
    for fresh in (scheduler, schedule(job())):
        fresh.tick()
    clock.advance(5 * DAY)
    schedule(job()).tick()
    assert [due.day for _, due, _ in ran] == [21, 22, 23, 24, 25, 26]


def test_failed_run_is_rolled_back_and_tried_again_while_others_go_on(schedule, job, ran, clock, db):
    trouble = [True]

    def plan(context):
        context.db.add(Branch(name="半途", placeholders={}))
        context.db.flush()
        if trouble.pop():
            trouble.append(False)
            raise ZeroDivisionError
        return "done"

    scheduler = schedule(job("fails", run=plan), job())
    scheduler.tick()
    assert [name for name, _, _ in ran] == ["birthdays"]
    assert db.scalars(select(Branch)).all() == []
    scheduler.tick()
    assert trouble == [False]
    clock.advance(RETRY_AFTER)
    db.rollback()
    scheduler.tick()
    assert [branch.name for branch in db.scalars(select(Branch))] == ["半途"]


def test_two_schedulers_ticking_at_once_make_one_plan(store, clock, ran, job):
    inside = threading.Barrier(2, timeout=10)

    def plan(context):
        ran.append(context.due_at)
        context.db.add(Branch(name="一次", placeholders={}))
        return "done"

    timetable = Timetable(store, clock, ZONE, (Job("birthdays", "0 7 * * *", plan),))

    def tick():
        inside.wait()
        Scheduler(timetable).tick()

    threads = [threading.Thread(target=tick) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(ran) == 1


def test_sweep_runs_at_every_tick_in_its_own_transaction(schedule, clock, db):
    def sweep(session, now):
        session.add(Branch(name=f"{now:%H:%M:%S}", placeholders={}))

    def broken(session, now):
        session.add(Branch(name="坏", placeholders={}))
        session.flush()
        raise ZeroDivisionError

    scheduler = schedule(sweeps=(Sweep("broken", broken), Sweep("good", sweep)))
    scheduler.tick()
    clock.advance(timedelta(seconds=1))
    scheduler.tick()
    assert [branch.name for branch in db.scalars(select(Branch).order_by(Branch.id))] == ["02:00:00", "02:00:01"]


def test_running_scheduler_follows_a_moved_clock_and_stops(schedule, job, clock):
    stop, ticked, moved = threading.Event(), threading.Event(), threading.Event()

    def run(context):
        (moved if context.due_at > _local(22) else ticked).set()
        return "done"

    scheduler = schedule(job(run=run))
    thread = threading.Thread(target=scheduler.run, args=(stop,))
    thread.start()
    assert ticked.wait(20)
    clock.advance(DAY)
    assert moved.wait(20)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_same_name_twice_is_refused(schedule, job):
    with pytest.raises(ValueError, match="same name"):
        schedule(job(), job())


@given(st.integers(0, 40 * 24), st.integers(0, 20 * 24))
def test_due_times_do_not_depend_on_how_often_one_looks(hours, gap):
    plan = Job("x", "0 7 * * *", lambda _: "", catch_up=100 * DAY, max_runs=1000)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    middle, end = start + gap * HOUR, start + (gap + hours) * HOUR
    whole = plan.due_times(start, end, ZONE)
    assert whole == plan.due_times(start, middle, ZONE) + plan.due_times(middle, end, ZONE)
    assert all(start < due <= end and due.astimezone(ZONE).hour == 7 for due in whole)
