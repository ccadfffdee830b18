"""When things are done: named jobs at times of the business day, and sweeps that run all the time.

Each due time of a job is a row of `scheduled_runs`, inserted in the transaction that does the work: of several
schedulers exactly one does it, and what fails is rolled back and tried again. After downtime the due times that were
missed are run one after the other, oldest first; a job is told when it was due and what time it is now and decides
itself whether late is better than never. APScheduler computes the times and ticks; nothing else sees it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from time import monotonic
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.clock import Clock, local
from bot.store.models import ScheduledRun
from bot.store.session import Store
from bot.watchdog import Watchdog

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.5
HANGS_AFTER_SECONDS = 900.0
"""A tick takes milliseconds, a job for a million customers minutes: one that takes longer hangs."""
RETRY_AFTER = timedelta(seconds=30)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Context:
    """What a job works with: the transaction, when it was due, what time it is."""

    db: Session
    due_at: datetime
    now: datetime


@dataclass(frozen=True)
class Job:
    """Something done at set times; `cron` has five fields in the business zone (weekdays by name: mon…sun).

    `run` returns a word on what it did, which is kept. Due times older than `catch_up` are not run any more, nor more
    than `max_runs` at once: the oldest are dropped.
    """

    name: str
    cron: str
    run: Callable[[Context], str]
    catch_up: timedelta = timedelta(days=31)
    max_runs: int = 31

    def due_times(self, after: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
        """Return the due times later than `after` and not later than `until`, in order."""
        trigger = CronTrigger.from_crontab(self.cron, zone)
        times: list[datetime] = []
        moment = trigger.get_next_fire_time(None, max(after, until - self.catch_up) + _INSTANT)
        while moment is not None and moment <= until:
            times.append(moment.astimezone(UTC))
            moment = trigger.get_next_fire_time(None, moment + _INSTANT)
        return times[-self.max_runs :]

    def next_after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the first due time later than `moment`, None when there is none."""
        upcoming: datetime | None = CronTrigger.from_crontab(self.cron, zone).get_next_fire_time(
            None, moment + _INSTANT
        )
        return upcoming


@dataclass(frozen=True)
class Sweep:
    """Something done at every tick, in a transaction of its own; must be cheap and safe to run twice at once."""

    name: str
    run: Callable[[Session, datetime], object]


@dataclass(frozen=True)
class Timetable:
    """All that a scheduler does, and with what."""

    store: Store
    clock: Clock
    zone: ZoneInfo
    jobs: Sequence[Job]
    sweeps: Sequence[Sweep] = field(default_factory=tuple)


class Scheduler:
    """Runs a timetable; any number may run at once."""

    def __init__(self, timetable: Timetable) -> None:
        names = [job.name for job in timetable.jobs] + [sweep.name for sweep in timetable.sweeps]
        if len(names) != len(set(names)):
            raise ValueError(f"two jobs have the same name: {sorted(names)}")
        self._timetable = timetable
        self._done_until: dict[str, datetime] = {}
        self._idle_until: dict[str, datetime] = {}
        self._not_before: dict[str, datetime] = {}
        self._ticking = threading.Lock()
        self._tick_begun: float | None = None

    def run(self, stop: threading.Event, watchdog: Watchdog | None = None) -> None:
        """Tick every half second of real time until `stop`; a running tick is finished first.

        The watchdog is told as long as no tick hangs.
        """
        clockwork = BackgroundScheduler(timezone=UTC)
        clockwork.add_job(
            self.tick, "interval", seconds=TICK_SECONDS, max_instances=1, coalesce=True, misfire_grace_time=None
        )
        clockwork.start()
        try:
            while not stop.wait(watchdog.every if watchdog else None):
                if watchdog and not self._hangs():
                    watchdog.beat()
        finally:
            clockwork.shutdown(wait=True)

    def _hangs(self) -> bool:
        begun = self._tick_begun
        return begun is not None and monotonic() - begun > HANGS_AFTER_SECONDS

    def tick(self) -> None:
        """Do everything that is due by the injected clock."""
        with self._ticking:
            self._tick_begun = monotonic()
            try:
                self._do_due()
            finally:
                self._tick_begun = None

    def _do_due(self) -> None:
        now = self._timetable.clock.now()
        for job in self._timetable.jobs:
            self._guarded(job.name, now, partial(self._catch_up, job, now))
        for sweep in self._timetable.sweeps:
            self._guarded(sweep.name, now, partial(self._sweep, sweep, now))

    def _guarded(self, name: str, now: datetime, work: Callable[[], None]) -> None:
        """Keep one job's trouble from the others; it is tried again a little later."""
        held = self._not_before.get(name)
        if held is not None and now < held <= now + RETRY_AFTER:
            return
        try:
            work()
        except Exception:  # whatever a job raises: its transaction is rolled back, its due time stays undone
            log.exception("scheduled_job_failed", job=name, remedy="report the traceback; it is tried again by itself")
            self._not_before[name] = now + RETRY_AFTER
        else:
            self._not_before.pop(name, None)

    def _sweep(self, sweep: Sweep, now: datetime) -> None:
        with self._timetable.store.begin() as db:
            sweep.run(db, now)

    def _catch_up(self, job: Job, now: datetime) -> None:
        if now < self._idle_until.get(job.name, now):
            return  # also when the clock was set back: nothing before was left undone
        for due_at in job.due_times(self._last(job, now), now, self._timetable.zone):
            self._run_once(job, due_at, now)
            self._done_until[job.name] = due_at
        upcoming = job.next_after(max(now, self._done_until[job.name]), self._timetable.zone)
        self._idle_until[job.name] = upcoming or now

    def _last(self, job: Job, now: datetime) -> datetime:
        """Return the last due time that was dealt with; on the very first start, midnight: today's jobs still run."""
        if job.name not in self._done_until:
            with self._timetable.store.begin() as db:
                last = db.scalar(select(func.max(ScheduledRun.due_at)).where(ScheduledRun.name == job.name))
                self._done_until[job.name] = last or self._begin(db, job, now)
        return self._done_until[job.name]

    def _begin(self, db: Session, job: Job, now: datetime) -> datetime:
        zone = self._timetable.zone
        midnight = datetime.combine(local(now, zone).date(), time(), zone).astimezone(UTC) - _INSTANT
        _claim(db, job.name, midnight, now, "first start")
        return midnight

    def _run_once(self, job: Job, due_at: datetime, now: datetime) -> None:
        with self._timetable.store.begin() as db:
            run_id = _claim(db, job.name, due_at, now)
            if run_id is None:
                return  # another scheduler did it
            result = job.run(Context(db, due_at, now))
            db.get_one(ScheduledRun, run_id).result = result
            log.info("scheduled_job_done", job=job.name, due_at=due_at.isoformat(), result=result)


def _claim(db: Session, name: str, due_at: datetime, now: datetime, result: str = "") -> int | None:
    """Insert the row of a due time; waits for another scheduler's transaction on the same row and then yields."""
    row = insert(ScheduledRun).values(name=name, due_at=due_at, ran_at=now, result=result)
    return db.scalar(row.on_conflict_do_nothing().returning(ScheduledRun.id))


logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # a tick longer than half a second is no news
