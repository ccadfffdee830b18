"""The program's real processes under a test's control: started, killed, started again."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from bot.config import Settings

ROOT = Path(__file__).parent.parent.parent
_PATIENCE_SECONDS = 60.0


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """Processes of one deployment: same database, same Redis, same platform."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {
            **os.environ,
            "TIEXIN_DEMO": "1",
            "LOG_LEVEL": "ERROR",
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "TIEXIN_HOME": str(settings.tiexin_home),
            "WECHAT_API_BASE": settings.wechat_api_base,
            "WECOM_API_BASE": settings.wecom_api_base,
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start one part and return its process."""
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), command],
            cwd=ROOT,
            env={**self._environment, **environment},
            start_new_session=True,
        )
        self._running.append(process)
        return process

    def serve(self, processes: int = 1) -> tuple[subprocess.Popen[bytes], str]:
        """Start the web side and wait until it answers; give the process and its address."""
        port = free_port()
        process = self.start("serve", PORT=str(port), WEB_PROCESSES=str(processes))
        wait_until_healthy(port)
        return process, f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """End everything."""
        for process in self._running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            process.wait(30)


def wait_until_healthy(port: int) -> None:
    """Wait until `/healthz` answers on `port`."""
    pause = threading.Event()
    for _ in range(int(_PATIENCE_SECONDS / 0.1)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pause.wait(0.1)
        finally:
            connection.close()
    raise TimeoutError(f"nothing healthy on port {port}")


def web_processes(master: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the web processes that a gunicorn master has now."""
    return [child for child in psutil.Process(master.pid).children() if child.is_running()]
