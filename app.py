"""Tiexin's entry: the WSGI application and the command line.

python app.py all         everything on this machine, embedded servers where no address is given
python app.py serve       the web processes
python app.py worker      one worker (start more to send faster)
python app.py scheduler   one scheduler (a second one is a spare)
python app.py migrate     bring the database up to date
python app.py doctor      check settings, servers, knowledge and the platform; says what to do
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot import log
from bot.config import ConfigError, Settings, load_settings

if TYPE_CHECKING:
    from flask import Flask

    from bot.runtime.container import Services
    from bot.watchdog import Watchdog

# Each command imports its own part inside: the parent of `all` needs neither the handlers nor the knowledge, and
# who waits for a first answer does not wait for what is not used.


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI application, for any server: `gunicorn "app:create_app()"`."""
    from bot.web import build_app

    services = _services(settings or _checked_settings("web"))
    web = build_app(services)
    services.follow()
    return web


def _services(settings: Settings) -> Services:
    from bot.runtime.container import Services
    from handlers import build_router

    return Services(settings, build_router())


def _checked_settings(part: str) -> Settings:
    from bot.store import migrate

    settings = load_settings()
    log.configure(settings.log_level, part=part)
    settings.check()
    if settings.database_url:
        migrate.refuse_newer(settings.database_url)
    return settings


def serve() -> int:
    """Become gunicorn."""
    from bot.runtime import launch

    settings = _checked_settings("web")
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", launch.metrics_folder(settings))
    command = [sys.executable, "-m", "gunicorn", "-c", "python:bot.web.server", "app:create_app()"]
    os.chdir(Path(__file__).parent)
    os.execv(sys.executable, command)


def run_worker() -> int:
    """Deliver messages and finish late turns until told to stop."""
    services = _services(_checked_settings("worker"))
    return _until_stopped("worker", services, services.work)


def run_scheduler() -> int:
    """Plan care, sweep the outbox and tick deadlines until told to stop."""
    from bot.care import job_table
    from bot.schedule import Scheduler

    services = _services(_checked_settings("scheduler"))
    return _until_stopped("scheduler", services, Scheduler(job_table.jobs(services)).run)


def _until_stopped(part: str, services: Services, run: Callable[[threading.Event, Watchdog], None]) -> int:
    from bot import heartbeat
    from bot.runtime.processes import on_stop_signals
    from bot.watchdog import Watchdog

    stop = threading.Event()
    on_stop_signals(stop)
    beat = heartbeat.Heartbeat(services.redis, part)
    watchdog = Watchdog(services.settings.watchdog_seconds)
    watchdog.beat()
    beat.start()
    services.follow()
    try:
        run(stop, watchdog)
    finally:
        watchdog.stop()
        beat.stop()
        services.close()
    return 0


def run_migrate() -> int:
    """Bring the database up to date."""
    from bot.runtime import launch
    from bot.store import migrate

    settings = load_settings()
    if not settings.database_url:
        raise ConfigError("缺少 DATABASE_URL（`app.py all` 会自动升级内置数据库）")
    migrate.migrate(settings.database_url)
    launch.add_accounts(settings, settings.database_url)
    print(f"数据库已是最新版本（{migrate.head()}）。")
    return 0


def run_all() -> int:
    """Start everything on this machine and wait."""
    from bot.runtime import launch

    return launch.everything(_checked_settings("all"), Path(__file__).parent)


def doctor() -> int:
    """Check everything and say in Chinese what to do; 0 when nothing is wrong."""
    from bot.runtime.doctor import examine

    return examine(load_settings())


COMMANDS: dict[str, Callable[[], int]] = {
    "all": run_all,
    "serve": serve,
    "worker": run_worker,
    "scheduler": run_scheduler,
    "migrate": run_migrate,
    "doctor": doctor,
}


def _sentence(error: Exception) -> str:
    """Return the one sentence that an error is told in, empty when it is none that a person can mend."""
    from psycopg.errors import InsufficientPrivilege
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from bot.knowledge.texts import TextsError
    from bot.runtime.doctor_findings import NO_RIGHTS, database_unreachable
    from bot.runtime.processes import PortBusy
    from bot.store.embedded import EmbeddedError
    from bot.store.migrate import DatabaseTooNew
    from bot.understanding import KnowledgeError

    match error:
        case ConfigError() | KnowledgeError() | TextsError() | EmbeddedError():
            return str(error)
        case PortBusy(port=port):
            return f"端口 {port} 已被占用，请停止占用它的程序，或用 PORT=其它端口 再启动。"
        case DatabaseTooNew():
            newer = error.args[0]
            return f"数据库由更新的版本（{newer}）建立，本程序较旧，请升级程序后再启动，数据没有改动。"
        case ProgrammingError(orig=InsufficientPrivilege()):
            return f"数据库用户没有建表的权限。{NO_RIGHTS}。"
        case OperationalError():
            return f"数据库{database_unreachable(error).words}。"
    return ""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; what a person can mend is told in one sentence, exit code 2."""
    parser = argparse.ArgumentParser(prog="app.py", description="Tiexin 贴心")
    parser.add_argument("command", choices=COMMANDS)
    name = parser.parse_args(arguments).command
    # Our matrices are small: threads of the numerics library only take the processors from each other.
    os.umask(0o077)  # what we write has customers' words in it
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return COMMANDS[name]()
    except Exception as error:
        sentence = _sentence(error)
        if not sentence:
            raise
        print(sentence, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
