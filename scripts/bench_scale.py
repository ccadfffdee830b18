"""What a large operator's amounts cost: a database of `bench_fill` beside a small one, on this machine.

    python -m scripts.bench_scale --json

Filled by COPY into an embedded server with a home of its own, then measured: the deadlines' tick while nothing is due,
the database while two schedulers idle, the plans of a morning (each in a process of its own, rolled back), talks one
message at a time, and the webhook's messages a second on the large and the small database in turns. Seconds are `_s`,
milliseconds `_ms`, megabytes (10^6) `_mb`, `idle_db_core` is the share of one core.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from datetime import time as hour
from pathlib import Path

import psutil

from bot.care import job_table
from bot.clock import SystemClock
from bot.config import Settings, load_settings
from bot.dialogue import Router
from bot.runtime.container import Services
from bot.schedule import Context
from bot.store import migrate
from bot.store.embedded import EmbeddedServers
from bot.store.models import ScheduledRun
from scripts.bench_fill import SUPERVISOR, fill
from scripts.bench_load import (
    ASKING,
    COMPLAINT,
    FAR,
    OFFICIAL,
    WECOM,
    Door,
    drive,
    open_reply,
    openid,
    request,
    requests_for,
    text,
)
from scripts.bench_webhook import (
    BETWEEN,
    ROOT,
    TURNS,
    end,
    environment_for,
    errors,
    fresh_servers,
    full_program,
    platform_sink,
)

TICKS = 200
SETTLE_SECONDS, IDLE_SECONDS = 6.0, 20.0
WARM_UP, PEOPLE = 10, 150
"""So many customers file a complaint one after the other and ask how it stands."""
FIRST = ASKING + 1000
"""Among the bench's customers the first of these; the webhook's load speaks for those before."""
LISTS = 60
"""So often a supervisor asks for his branch's complaints."""
CONNECTIONS, PROCESSES = 16, 2
_PLANS = {"birthdays": hour(7), "contracts": hour(9), "brief": hour(8)}


@contextmanager
def _large(home: Path | None, factor: float) -> Iterator[tuple[EmbeddedServers, float]]:
    """Give the servers of the filled home and the seconds it took; a home that was named is kept."""
    folder = home or Path(tempfile.mkdtemp(prefix="txs-", dir=tempfile.gettempdir()))
    known = (folder / "filled").exists()
    try:
        with EmbeddedServers(folder) as servers:
            migrate.migrate(servers.database_url)
            started = time.perf_counter()
            if not known:
                fill(servers.database_url, factor, SystemClock().now())
                (folder / "filled").touch()
            yield servers, time.perf_counter() - started
    finally:
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)


def _settings(servers: EmbeddedServers) -> Settings:
    urls = {"database_url": servers.database_url, "redis_url": servers.redis_url}
    return load_settings(tiexin_demo=True, **urls, _env_file=None)


def _working_day() -> date:
    """Return the last day from Monday to Friday: on others no brief is written."""
    today = SystemClock().now().date()
    return today - timedelta(days=max(0, today.weekday() - 4))


def _tick_ms(services: Services) -> float:
    """Return what the deadlines' tick takes, with its transaction, while nothing is due."""
    (sweep,) = (each for each in job_table.jobs(services).sweeps if each.name == "deadlines")
    taken = []
    for _ in range(TICKS):
        started = time.perf_counter()
        with services.store.begin() as db:
            sweep.run(db, services.clock.now())
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken) * 1000, 2)


def _plan_once(settings: Settings, name: str, results: multiprocessing.Queue[tuple[float, float]]) -> None:
    """Plan one job's day and take it back; report the seconds and the process's greatest size in MB."""
    services = Services(settings, Router())
    _ = services.packs  # loaded once in a scheduler's life, for the categories' titles
    (job,) = (each for each in job_table.jobs(services).jobs if each.name == name)
    due_at = datetime.combine(_working_day(), _PLANS[name], settings.zone)
    with services.store.session() as db:
        started = time.perf_counter()
        said = job.run(Context(db, due_at, due_at))
        db.flush()
        seconds = time.perf_counter() - started
        db.rollback()
    services.close()
    print(f"{name}: {said}", file=sys.stderr)
    results.put((seconds, _peak_mb()))


def _peak_mb() -> float:
    """Return the most memory this process ever held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def _plans(settings: Settings) -> dict[str, float]:
    """Plan each job in a fresh process."""
    context = multiprocessing.get_context("spawn")
    found: dict[str, float] = {}
    for name in _PLANS:
        results = context.Queue()
        child = context.Process(target=_plan_once, args=(settings, name, results))
        child.start()
        seconds, peak = results.get(timeout=900)
        child.join()
        found |= {f"{name}_s": round(seconds, 2), f"{name}_rss_mb": round(peak)}
    return {
        "birthdays_s": found["birthdays_s"],
        "contracts_s": found["contracts_s"],
        "briefs_s": found["brief_s"],
        "briefs_rss_mb": found["brief_rss_mb"],
    }


def _nothing_due(services: Services) -> None:
    """Note every job as done until now, so that the schedulers that are started have nothing to plan."""
    now = services.clock.now()
    with services.store.begin() as db:
        for job in job_table.jobs(services).jobs:
            db.add(ScheduledRun(name=job.name, due_at=now, ran_at=now, result="bench"))


def _idle_core(servers: EmbeddedServers, sink: str) -> float:
    """Return the share of a core the database takes while two schedulers find nothing to do."""
    environment = environment_for(servers, sink, 1, 1)
    command = [sys.executable, str(ROOT / "app.py"), "scheduler"]
    children = [subprocess.Popen(command, env=environment, cwd=ROOT) for _ in range(2)]
    try:
        time.sleep(SETTLE_SECONDS)
        before = _database_seconds(servers.home)
        time.sleep(IDLE_SECONDS)
        return round((_database_seconds(servers.home) - before) / IDLE_SECONDS, 3)
    finally:
        end(children)


def _database_seconds(home: Path) -> float:
    """Return the processor time of the home's PostgreSQL so far, ended backends included."""
    server = psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
    own = server.cpu_times()
    running = [process.cpu_times() for process in server.children()]
    return sum((own.user, own.system, own.children_user, own.children_system)) + sum(
        times.user + times.system for times in running
    )


def _p95_ms(seconds: Sequence[float]) -> float:
    return round(statistics.quantiles(seconds, n=20)[18] * 1000, 1)


def _talks(port: int) -> dict[str, float]:
    """Let customers complain and ask how it stands, then a supervisor list, one message at a time."""
    steps = len(COMPLAINT)
    messages = [
        request(openid(FIRST + index // steps), 10 * FAR + index, text(10 * FAR + index, COMPLAINT[index % steps]))
        for index in range((WARM_UP + PEOPLE) * steps)
    ]
    (talk,) = drive(port, [messages])[1]
    _require_numbers("complaint", talk.replies[2::steps], OFFICIAL)
    first = WARM_UP * steps
    lists = [request(SUPERVISOR, 11 * FAR + index, text(11 * FAR + index, "投诉"), WECOM) for index in range(LISTS)]
    (listing,) = drive(port, [lists])[1]
    _require_numbers("list", listing.replies, WECOM)
    return {
        "file_p95_ms": _p95_ms(talk.seconds[first + 2 :: steps]),
        "progress_p95_ms": _p95_ms(talk.seconds[first + 3 :: steps]),
        "supervisor_list_p95_ms": _p95_ms(listing.seconds[WARM_UP:]),
    }


def _require_numbers(what: str, replies: Sequence[tuple[int, bytes]], door: Door) -> None:
    """Refuse figures that would mean nothing: nearly all replies must show a complaint's number in time."""
    late = sum(b"<Encrypt>" not in body for _, body in replies)
    told = sum(b"<Encrypt>" in body and "TS" in open_reply(body, door) for _, body in replies)
    if late:
        _say({f"{what}_replies_late": late})
    if told < len(replies) * 0.8:
        raise SystemExit(f"{told} of {len(replies)} replies to a {what} show a number")


def _say(figures: Mapping[str, float]) -> None:
    """Show what is known so far: the whole takes minutes."""
    print(json.dumps(figures), file=sys.stderr, flush=True)


def _in_turns(small: int, large: int, messages: int) -> dict[str, float]:
    """Return the messages a second of both programs, the same messages in parts by turns."""
    spent = dict.fromkeys((small, large), 0.0)
    for port in spent:
        drive(port, requests_for(max(400, messages // 10), CONNECTIONS, 1))
    queues = requests_for(messages, CONNECTIONS, FAR)
    for turn in range(TURNS):
        part = [queue[len(queue) * turn // TURNS : len(queue) * (turn + 1) // TURNS] for queue in queues]
        for port in (small, large) if turn % 2 else (large, small):
            seconds, links = drive(port, part)
            spent[port] += seconds
            if wrong := errors(links):
                print(f"{wrong} wrong replies on {'large' if port == large else 'small'}", file=sys.stderr)
            time.sleep(BETWEEN)
    return {
        "webhook_small_per_s": round(messages / spent[small], 1),
        "webhook_per_s": round(messages / spent[large], 1),
        "webhook_ratio_to_small": round(spent[small] / spent[large], 3),
    }


def measure(factor: float, messages: int, home: Path | None = None) -> dict[str, float]:
    """Fill and measure; the figures by their names."""
    with ExitStack() as stack:
        sink = stack.enter_context(platform_sink())
        servers, seconds = stack.enter_context(_large(home, factor))
        settings = _settings(servers)
        services = Services(settings, Router())
        stack.callback(services.close)
        figures = {"fill_s": round(seconds, 1), "tick_ms": _tick_ms(services)}
        _say(figures)
        _nothing_due(services)
        figures |= {"idle_db_core": _idle_core(servers, sink), **_plans(settings)}
        _say(figures)
        small = stack.enter_context(fresh_servers())
        port, _ = stack.enter_context(full_program(servers, PROCESSES, sink))
        small_port, _ = stack.enter_context(full_program(small, PROCESSES, sink))
        figures |= _talks(port)
        _say(figures)
        return figures | _in_turns(small_port, port, messages)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--scale", type=float, default=1.0, help="times the full amounts, for a quick try")
    parser.add_argument("--messages", type=int, default=6000, help="messages the webhook gets on each database")
    parser.add_argument("--home", type=Path, help="fill this home and keep it, or use what is filled there already")
    given = parser.parse_args()
    figures = measure(given.scale, given.messages, given.home)
    if given.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:24} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
