"""Everything on one machine: embedded servers, migrations, demo data, processes, and where to click."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from http.client import HTTPException
from pathlib import Path

import redis

from bot.channels.accounts import Accounts
from bot.channels.tokens import MemoryTokenStore
from bot.clock import SystemClock
from bot.config import ConfigError, Settings
from bot.customers.provisioning import ensure_account
from bot.logfiles import LogFiles
from bot.messages import Channel
from bot.runtime.processes import Child, Supervisor, on_stop_signals, own_address, require_free
from bot.store import migrate
from bot.store.embedded import EmbeddedError, EmbeddedServers
from bot.store.hosting import private_folder
from bot.store.session import Store

_READY_SECONDS = 180
_OWN_WATCH_FIRST_SECONDS = 5.0
"""A process that can should end itself: it says where it stood."""


def metrics_folder(settings: Settings) -> str:
    """Return an empty folder through which the processes of one start share their counts.

    The port is in its name: another `serve` on the same home must not empty ours.
    """
    folder = settings.tiexin_home.expanduser().resolve() / "metrics" / str(settings.port)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR") == str(folder):
        return str(folder)  # whoever started us has made it for all; the others may count in it already
    private_folder(folder.parent)
    private_folder(folder)
    for old in folder.glob("*.db"):
        old.unlink(missing_ok=True)
    return str(folder)


def logs_folder(settings: Settings) -> Path:
    """Return the folder of the processes' logs."""
    return private_folder(settings.tiexin_home.expanduser().resolve() / "logs")


def everything(settings: Settings, root: Path) -> int:
    """Start all, say where to click, wait for Ctrl-C, stop in order.

    Raises:
        PortBusy, EmbeddedError, DatabaseTooNew, ConfigError: with what a person can do about it.
    """
    require_free(settings.host, settings.port)
    if settings.tiexin_demo:
        require_free("127.0.0.1", _simulator_port(settings))
    if settings.redis_url:
        _require_redis(settings.redis_url)
    stop = threading.Event()
    on_stop_signals(stop)
    print("正在启动 …", flush=True)
    try:
        with EmbeddedServers(
            settings.tiexin_home, postgres=not settings.database_url, valkey=not settings.redis_url
        ) as servers:
            failed = _run(settings, servers, root, stop)
    except EmbeddedError:
        if not stop.is_set():  # Ctrl-C while a server was being made ends that too
            raise
        failed = None
    if failed:
        raise ConfigError(f"{failed} 无法启动，请看 {logs_folder(settings)} 里的日志，或运行 app.py doctor 检查。")
    print("已停止，数据保留在", settings.tiexin_home, flush=True)
    return 0


def _require_redis(url: str) -> None:
    """Check that the Redis of the environment answers.

    Raises:
        ConfigError: it does not.
    """
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        client.ping()
    except redis.BusyLoadingError:
        return  # it will be there in a moment
    except redis.RedisError:
        raise ConfigError("连不上 Redis，请检查 REDIS_URL 和 Redis 服务。") from None
    finally:
        client.close()


def _run(settings: Settings, servers: EmbeddedServers, root: Path, stop: threading.Event) -> str | None:
    """Run the processes on running servers until told to stop; return the name of one that cannot be kept alive."""
    environment = _environment(settings, servers)
    migrate.migrate(environment["DATABASE_URL"])
    if settings.tiexin_demo:
        _load_demo(environment, root, stop)
    add_accounts(settings, environment["DATABASE_URL"])
    supervisor = _supervisor(settings, servers, _children(settings, environment, root), stop)
    try:
        supervisor.start()
        _greet(settings, supervisor)
        return supervisor.watch()
    finally:
        print("\n正在停止 …", flush=True)
        supervisor.stop()


def _supervisor(
    settings: Settings, servers: EmbeddedServers, children: list[Child], stop: threading.Event
) -> Supervisor:
    logs = LogFiles(
        logs_folder(settings), most_mb=settings.log_max_mb, most_days=settings.log_max_days, keep=settings.log_keep
    )
    silence = settings.watchdog_seconds + _OWN_WATCH_FIRST_SECONDS
    return Supervisor(children, stop, silence, (servers.revive, logs.rotate))


def add_accounts(settings: Settings, database_url: str) -> None:
    """Give every configured account its row."""
    accounts = Accounts(settings, MemoryTokenStore(), SystemClock())
    with closing(Store(database_url, pool_size=1)) as store, store.begin() as db:
        for channel, name in accounts.names():
            entry = accounts.official(name) if channel is Channel.OFFICIAL else accounts.wecom(name)
            ensure_account(db, channel=channel, name=name, branch=entry.branch, pack=entry.pack)


def _load_demo(environment: dict[str, str], root: Path, stop: threading.Event) -> None:
    """Load the demo's data; does nothing when they are there.

    Raises:
        ConfigError: it did not work; its own words are on the screen already.
    """
    done = subprocess.run([sys.executable, "-m", "scripts.demo"], env=environment, cwd=root, check=False)
    if done.returncode and not stop.is_set():
        raise ConfigError("演示数据没有装好，请看上面的说明，解决后再启动。")


def _environment(settings: Settings, servers: EmbeddedServers) -> dict[str, str]:
    own = {
        "DATABASE_URL": settings.database_url or servers.database_url,
        "REDIS_URL": settings.redis_url or servers.redis_url,
        "TIEXIN_HOME": str(settings.tiexin_home.expanduser().resolve()),
        "PROMETHEUS_MULTIPROC_DIR": metrics_folder(settings),
        "SIMULATOR_PORT": str(_simulator_port(settings)),
        "SIMULATOR_TARGET": f"http://127.0.0.1:{settings.port}",
    }
    if settings.tiexin_demo:
        for name in type(settings).model_fields:
            value = getattr(settings, name)
            if name.startswith(("wechat_", "wecom_")) and value != "":
                own[name.upper()] = str(value)
        own["TIEXIN_DEMO"] = "1"
    return {**os.environ, **own}


def _children(settings: Settings, environment: dict[str, str], root: Path) -> list[Child]:
    commands = {name: [sys.executable, str(root / "app.py"), name] for name in ("serve", "scheduler", "worker")}
    if settings.tiexin_demo:
        commands["simulator"] = [sys.executable, "-m", "scripts.simulator"]
    logs = logs_folder(settings)
    return [Child(name, command, environment, root, logs / f"{name}.log") for name, command in commands.items()]


def _simulator_port(settings: Settings) -> int:
    return settings.simulator_port or settings.port + 1


def _greet(settings: Settings, supervisor: Supervisor) -> None:
    """Say where to click as soon as everything is ready."""
    if _wait_until_ready(settings, supervisor):
        _say_where(settings)
        _furnish(supervisor)
    elif not supervisor.stopping.is_set():
        print(f"还没有全部就绪，请看 {logs_folder(settings)} 里的日志；程序会继续尝试，按 Ctrl-C 停止。", flush=True)


def _furnish(supervisor: Supervisor) -> None:
    """Put the pack's menu and the managers' QR codes on the simulated account; the demo goes on without them."""
    simulator = next((child for child in supervisor.children if child.name == "simulator"), None)
    if simulator is not None:
        command = [sys.executable, "-m", "scripts.demo.account"]
        done = subprocess.run(  # noqa: S603 - our own command
            command, env=dict(simulator.environment), cwd=simulator.folder, capture_output=True, check=False
        )
        if done.returncode:
            print("菜单和二维码没有放上（不影响对话）：", done.stderr.decode(errors="replace").strip(), flush=True)


def _wait_until_ready(settings: Settings, supervisor: Supervisor) -> bool:
    host = own_address(settings.host)
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/readyz"
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and not supervisor.stopping.wait(0.1):
        if any(child.dead() for child in supervisor.children):
            return False
        if _ready(url):
            return True
    return False


def _ready(url: str) -> bool:
    """Return what /readyz says, asked directly: a proxy of the environment does not know our own address."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=3) as answer:
            return bool(json.load(answer)["ready"])
    except (OSError, HTTPException, ValueError):
        return False


def _say_where(settings: Settings) -> None:
    if settings.tiexin_demo:
        print(
            f"贴心已就绪。请打开  http://127.0.0.1:{_simulator_port(settings)}/  （模拟微信：左边客户，右边客户经理）"
        )
    print(
        f"健康检查 http://127.0.0.1:{settings.port}/readyz ，日志在 {logs_folder(settings)} ，按 Ctrl-C 停止。",
        flush=True,
    )
