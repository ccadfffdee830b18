"""The servers that come with the program: PostgreSQL and Valkey under `TIEXIN_HOME`.

One parent process starts both and hands their addresses to its children; both are real servers, so one machine and
fifty run the same queries. The folder is locked: a second parent on the same home is told so. A parent that was
killed leaves its servers running, and the next one takes them over; a server that dies is started again.
"""

from __future__ import annotations

import errno
import fcntl
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

import psycopg
import structlog

from bot.store import hosting, postgres, valkey
from bot.store.hosting import EmbeddedError
from bot.store.postgres import Postgres
from bot.store.valkey import Valkey

__all__ = ["Addresses", "EmbeddedError", "EmbeddedServers", "running"]

log = structlog.get_logger(__name__)

_ROOM_FIRST, _ROOM_LATER = 200 << 20, 32 << 20
"""Bytes that must be free: a fresh database takes about 60 MB, a running one writes its log in pieces of 16 MB."""
_LONGEST_PAUSE_SECONDS = 10.0
"""Between two tries to start a server that dies at once, because the disk is full for example."""


class EmbeddedServers:
    """PostgreSQL and Valkey in one folder, started together and stopped in order.

    Raises:
        EmbeddedError: the folder is not writable, in use by another parent, or a server does not come up.
    """

    def __init__(self, home: Path, *, postgres: bool = True, valkey: bool = True) -> None:
        self.home = home.expanduser().resolve()
        self.database_url = ""
        self.admin_url = ""
        self.redis_url = ""
        self._wants = (postgres, valkey)
        self._lock: BinaryIO | None = None
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None
        self._pauses: dict[str, tuple[float, float]] = {}

    def __enter__(self) -> Self:
        self._lock = _lock_home(self.home)
        try:
            self._start()
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
        if self._valkey is not None:
            self._valkey.stop()
        if self._postgres is not None:
            self._postgres.stop()
        self._valkey = self._postgres = None
        self.redis_url = self.database_url = self.admin_url = ""
        if self._lock is not None:
            hosting.remove_run_folder(self.home)
            self._lock.close()
            self._lock = None

    def revive(self) -> None:
        """Start a server again that has died, at the same address; called from time to time, waits for nothing.

        The clients' pools connect again by themselves.
        """
        for name, server in (("postgres", self._postgres), ("valkey", self._valkey)):
            if server is not None:
                self._revive(name, server.revive)

    def _revive(self, name: str, revive: Callable[[], bool]) -> None:
        not_before, pause = self._pauses.get(name, (0.0, 0.0))
        now = time.monotonic()
        if now < not_before:
            return
        try:
            died = revive()
        except OSError as error:
            log.error("server_not_started", name=name, error=type(error).__name__, remedy=_explain(error, self.home))
            died = True
        if died:
            log.error("server_died", name=name, remedy=f"it is started again; see {name}.log in the logs' folder")
            pause = min(pause * 2 + 0.5, _LONGEST_PAUSE_SECONDS)
            self._pauses[name] = now + pause, pause
        else:
            self._pauses.pop(name, None)

    def _start(self) -> None:
        if not any(self._wants):
            return
        try:
            user = hosting.server_user()
            hosting.private_folder(self.home / "logs")
            run = hosting.run_folder(self.home, user)
            hosting.let_reach(run, user)
            if self._wants[0]:
                self._postgres = Postgres(self.home, run, user)
                self._start_postgres(self._postgres)
            if self._wants[1]:
                self._valkey = Valkey(self.home, run, user)
                self._valkey.start()
                self.redis_url = self._valkey.url
        except OSError as error:
            raise EmbeddedError(_explain(error, self.home)) from error

    def _start_postgres(self, server: Postgres) -> None:
        data = self.home / "postgres"
        _require_room(self.home, _ROOM_LATER if (data / "PG_VERSION").exists() else _ROOM_FIRST)
        try:
            server.start()
        except (subprocess.SubprocessError, psycopg.Error) as error:
            hint = f"请看日志 {server.log}（磁盘满、权限或数据版本不符都会这样）"
            raise EmbeddedError(f"内置 PostgreSQL 启动失败，{hint}") from error
        self.database_url, self.admin_url = server.url, server.admin_url


class Addresses(NamedTuple):
    """Where the embedded servers of a home answer; empty: it does not run."""

    database_url: str
    redis_url: str


def running(home: Path) -> Addresses:
    """Return the addresses of the embedded servers that somebody else has started under `home`."""
    home = home.expanduser().resolve()
    run = hosting.found_run_folder(home)
    if run is None:
        return Addresses("", "")
    redis_url = valkey.address(run)
    return Addresses(
        postgres.address(run) if postgres.postmaster(home / "postgres") is not None else "",
        redis_url if valkey.answers(redis_url) else "",
    )


def _lock_home(home: Path) -> BinaryIO:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = hosting.open_private(home / ".lock")
    except OSError as error:
        raise EmbeddedError(_explain(error, home)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hosting.close_home(home)
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
