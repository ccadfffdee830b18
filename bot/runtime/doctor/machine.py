"""The machine it runs on: its processes, its port and its disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bot import heartbeat
from bot.config import ConfigError, Settings
from bot.runtime.doctor.examination import Examination
from bot.runtime.doctor_findings import Finding, bad, good, mind
from bot.runtime.processes import PortBusy, own_address, require_free

DISK_LEAST, DISK_LOW = 200 << 20, 1 << 30
"""Free bytes under which PostgreSQL will soon stop, and under which it is time to act."""


def processes(examination: Examination) -> Iterator[Finding]:
    """Look which processes run."""
    settings = examination.settings
    serving = _serves(settings)
    if serving:
        yield good("网页服务", f"正在端口 {settings.port} 上运行")
    else:
        yield _port(settings)
    if examination.redis is None:
        return
    for part in heartbeat.PARTS:
        if heartbeat.alive(examination.redis, part):
            yield good(part, "正在运行")
        elif serving:
            yield bad(part, "没有在运行，消息和关怀发不出去", f"请运行 python app.py {part}")
        else:
            yield mind(part, "没有在运行")


def _serves(settings: Settings) -> bool:
    connection = HTTPConnection(own_address(settings.host), settings.port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(16) == b"ok"
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _port(settings: Settings) -> Finding:
    try:
        require_free(settings.host, settings.port)
    except PortBusy:
        return bad("端口", f"{settings.port} 被别的程序占用", "请停止那个程序，或用 PORT= 指定别的端口")
    except ConfigError as error:
        return bad("端口", str(error), "改好后再检查")
    return mind("网页服务", f"没有在本机运行，端口 {settings.port} 空闲")


def disk(examination: Examination) -> Iterator[Finding]:
    """Look for room and the right to write."""
    home = examination.settings.tiexin_home.expanduser().resolve()
    try:
        free = shutil.disk_usage(_existing(home)).free
    except OSError as error:
        yield bad("磁盘", f"看不到 {home}（{error.strerror}）", "请修改权限或用 TIEXIN_HOME 指定别的目录")
        return
    place = _existing(home)
    if not place.is_dir():
        yield bad("数据目录", f"{place} 是一个文件", "请用 TIEXIN_HOME 指定一个目录")
        return
    if not os.access(place, os.W_OK | os.X_OK):
        yield bad("数据目录", f"没有权限写入 {place}", "请修改权限或用 TIEXIN_HOME 指定别的目录")
        return
    words = f"{home} 所在磁盘还剩 {free / (1 << 30):.1f} GB"
    if free < DISK_LEAST:
        yield bad("磁盘", words, "请马上清理，写满后数据库会停止")
    elif free < DISK_LOW:
        yield mind("磁盘", f"{words}，请尽快清理")
    else:
        yield good("磁盘", words)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
