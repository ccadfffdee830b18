"""The program under test: its own servers in a home of their own, and its processes, started again when they die."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.request import urlopen

import psutil
import psycopg
import yaml

from bot.clock import SystemClock
from bot.config import load_settings
from bot.runtime.launch import add_accounts
from bot.runtime.processes import Child
from bot.store import migrate
from bot.store.embedded import EmbeddedServers
from bot.store.session import Store
from scripts.demo.load import load
from scripts.simulator.platform import Platform
from scripts.simulator.settings import Settings as PlatformSettings

ROOT = Path(__file__).parent.parent.parent
_LOOK_SECONDS = 0.5
_START_SECONDS = 120
RETRY_SECONDS = 2.0
"""Between two deliveries of a message that met nobody; after one that was cut the platform asks again at once."""


class Stage:
    """Servers, two `serve`, two `worker`, two `scheduler`, and a platform that delivers to both `serve` in turn."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="tx-chaos-", dir="/tmp"))
        self.servers = EmbeddedServers(self.home / "servers")
        self.platform = Platform(PlatformSettings(record=False))
        self.children: list[Child] = []
        self.ports = [_free_port() for _ in range(2)]
        self._watching = threading.Event()
        self._watch = threading.Thread(target=self._keep_alive, name="stage", daemon=True)

    def __enter__(self) -> Self:
        try:
            self.servers.__enter__()
            self.platform.serve(0)
            self._furnish()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watching.set()
        if self._watch.ident is not None:
            self._watch.join()
        for child in self.children:
            child.stop()
        self.platform.close()
        self.servers.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def store(self) -> Store:
        """Return connections of our own; the caller closes them."""
        return Store(self.servers.database_url, pool_size=2)

    def named(self, part: str) -> list[psutil.Process]:
        """Return the running processes of a part: serve, worker, scheduler."""
        running = [child.process.pid for child in self.children if child.name == part and child.process is not None]
        found = []
        for pid in running:
            with suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(pid))
        return found

    def serving(self) -> bool:
        """Return whether both `serve` answer: a second one is not killed while the first is still starting."""
        return all(_answers(f"http://127.0.0.1:{port}/healthz") for port in self.ports)

    def has_database(self) -> bool:
        """Return whether PostgreSQL has recovered from what was done to it last."""
        try:
            psycopg.connect(self.servers.database_url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def postgres(self) -> list[psutil.Process]:
        """Return PostgreSQL's processes, the postmaster first; none while it is away."""
        with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
            pid = int((self.servers.home / "postgres" / "postmaster.pid").read_text().split()[0])
            postmaster = psutil.Process(pid)
            return [postmaster, *postmaster.children()]
        return []

    def valkey(self) -> list[psutil.Process]:
        """Return Valkey's process."""
        folder = str(self.servers.home)
        return [each for each in psutil.process_iter(["name", "cwd"]) if _is_valkey(each, folder)]

    def _furnish(self) -> None:
        url = self.servers.database_url
        migrate.migrate(url)
        environment = self._environment()
        settings = load_settings(_env_file=None, tiexin_demo=True, database_url=url, redis_url=self.servers.redis_url)
        store = self.store()
        with store.begin() as db:
            people = yaml.safe_load((ROOT / "scripts" / "demo" / "people.yaml").read_text(encoding="utf-8"))
            load(db, people, SystemClock().now())
        store.close()
        add_accounts(settings, url)
        self.platform.settings.update(
            {"target": ",".join(f"http://127.0.0.1:{port}" for port in self.ports), "retry_s": RETRY_SECONDS}
        )
        serving = [environment | {"PORT": str(port), "WEB_PROCESSES": "2"} for port in self.ports]
        for name, places in (("serve", serving), ("worker", [environment] * 2), ("scheduler", [environment] * 2)):
            for number, place in enumerate(places):
                log = self.home / f"{name}{number}.log"
                command = [sys.executable, str(ROOT / "app.py"), name]
                self.children.append(Child(name, command, place, ROOT, log))
        for child in self.children:
            child.start()
        self._watch.start()
        for port in self.ports:
            _wait_for(f"http://127.0.0.1:{port}/readyz")

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "TIEXIN_DEMO": "1",
            "LOG_LEVEL": "WARNING",
            "DATABASE_URL": self.servers.database_url,
            "REDIS_URL": self.servers.redis_url,
            "TIEXIN_HOME": str(self.home / "program"),
            "WECHAT_API_BASE": self.platform.base_url,
            "WECOM_API_BASE": f"{self.platform.base_url}/wecom-api",
        }

    def _keep_alive(self) -> None:
        """Start again what died, as systemd or `app.py all` does; a killed gunicorn leaves a child on its port."""
        while not self._watching.wait(_LOOK_SECONDS):
            self.servers.revive()
            for child in self.children:
                if child.dead():
                    _end_group(child)
                    child.start()


def _end_group(child: Child) -> None:
    if child.process is not None:
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, 9)
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(5)


def _is_valkey(process: psutil.Process, folder: str) -> bool:
    return "valkey" in (process.info["name"] or "") and (process.info["cwd"] or "").startswith(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False


def _wait_for(url: str) -> None:
    pause, until = threading.Event(), time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if _answers(url):
            return
        pause.wait(0.2)
    raise TimeoutError(f"{url} is not ready")
