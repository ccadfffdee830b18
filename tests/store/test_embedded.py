"""The embedded servers: started, locked, taken over after a kill, and refused with one sentence."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from bot.store import embedded, hosting
from bot.store.embedded import Addresses, EmbeddedError, EmbeddedServers
from bot.store.postgres import Postgres

ROOT = Path(__file__).parents[2]
KILLED_PARENT = """
import os, sys
from pathlib import Path
import psycopg, redis
from bot.store.embedded import EmbeddedServers
with EmbeddedServers(Path(sys.argv[1])) as servers:
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    redis.Redis.from_url(servers.redis_url).set("kept", "yes")
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of its own; PostgreSQL, run as another user when we are root, must be able to reach it."""
    folder = Path(tempfile.mkdtemp(prefix="txe-", dir="/tmp"))
    yield folder / "var"
    for pid in pids(folder):
        psutil.Process(pid).kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def first_start() -> Iterator[Path]:
    """A home whose servers were started and stopped once: making a database takes its time."""
    folder = Path(tempfile.mkdtemp(prefix="txf-", dir="/tmp"))
    with EmbeddedServers(folder / "var"):
        pass
    yield folder / "var"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def used_home(home: Path, first_start: Path) -> Path:
    """A home with a database in it, owner and all."""
    subprocess.run(["cp", "-a", str(first_start), str(home)], check=True)
    return home


def pids(home: Path) -> set[int]:
    """Return the servers of the home: PostgreSQL's postmaster names it, Valkey works in it."""
    found = set()
    for process in psutil.process_iter(["name", "cmdline", "cwd"]):
        named = any(word.startswith(str(home)) for word in process.info["cmdline"] or ())
        if process.info["name"] == "postgres" and named:
            found.add(process.pid)
        if (process.info["name"] or "").startswith("valkey") and (process.info["cwd"] or "").startswith(str(home)):
            found.add(process.pid)
    return found


def answer(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT answer FROM kept").fetchone()
    assert row is not None
    return int(row[0])


# -- a usual life -----------------------------------------------------------------------------------------------------


def test_both_servers_run_and_keep_what_they_were_told(home: Path) -> None:
    with EmbeddedServers(home) as servers:
        assert embedded.running(home) == Addresses(servers.database_url, servers.redis_url)
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            client.set("kept", "yes")
    assert embedded.running(home) == Addresses("", "")
    assert pids(home) == set()
    with EmbeddedServers(home) as servers:
        assert answer(servers.database_url) == 42
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.get("kept") == b"yes"


def test_only_the_wanted_server_is_started(home: Path) -> None:
    with EmbeddedServers(home, postgres=False) as servers:
        assert servers.database_url == ""
        assert servers.redis_url.startswith("unix://")
        socket_folder = Path(servers.redis_url.removeprefix("unix://")).parent
        assert socket_folder.exists()
        assert not (home / "postgres").exists()
    assert not socket_folder.exists()


def test_without_any_server_the_home_is_locked_all_the_same(home: Path) -> None:
    with EmbeddedServers(home, postgres=False, valkey=False) as servers:
        assert (servers.database_url, servers.redis_url) == ("", "")
        with pytest.raises(EmbeddedError, match="另一个贴心正在使用"):
            EmbeddedServers(home).__enter__()


def test_a_second_parent_is_told_and_the_first_is_not_disturbed(home: Path) -> None:
    with EmbeddedServers(home, postgres=False) as servers:
        with pytest.raises(EmbeddedError, match="另一个贴心正在使用"), EmbeddedServers(home, postgres=False):
            raise AssertionError("the home was not locked")
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping()


def test_the_lock_is_gone_with_its_parent(home: Path) -> None:
    for _ in range(2):
        with EmbeddedServers(home, postgres=False, valkey=False):
            assert (home / ".lock").exists()


# -- after a crash ----------------------------------------------------------------------------------------------------


def test_servers_of_a_killed_parent_are_taken_over_and_stopped(used_home: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_PARENT, str(used_home)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = pids(used_home)
    assert len(left) == 2
    with EmbeddedServers(used_home) as servers:
        assert pids(used_home) == left
        assert answer(servers.database_url) == 42
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.get("kept") == b"yes"
    assert pids(used_home) == set()


def test_servers_that_were_killed_too_come_back_with_their_data(used_home: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_PARENT, str(used_home)], cwd=ROOT, check=False)
    servers_left = [psutil.Process(pid) for pid in pids(used_home)]
    for process in servers_left:
        process.kill()
    psutil.wait_procs(servers_left, timeout=10)
    with EmbeddedServers(used_home) as servers:
        assert answer(servers.database_url) == 42


def test_a_stale_pid_file_that_names_another_process_is_seen_through(used_home: Path) -> None:
    with EmbeddedServers(used_home, valkey=False):
        pid_file = (used_home / "postgres" / "postmaster.pid").read_text().splitlines()
    stale = [str(os.getpid()), *pid_file[1:]]
    (used_home / "postgres" / "postmaster.pid").write_text("\n".join(stale) + "\n")
    assert embedded.running(used_home).database_url == ""
    with EmbeddedServers(used_home, valkey=False) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_first_start_that_was_broken_off_is_begun_again(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("18\n")
    with EmbeddedServers(home, valkey=False) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_dead_socket_does_not_hinder(home: Path) -> None:
    home.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(hosting.run_folder(home, hosting.server_user()) / "valkey.sock"))
    with EmbeddedServers(home, postgres=False) as servers, redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()


def test_a_very_long_home_still_gets_a_short_socket(home: Path) -> None:
    long = home / ("long-" * 30)
    with EmbeddedServers(long, postgres=False) as servers:
        assert len(servers.redis_url.removeprefix("unix://")) < 100


# -- one sentence -----------------------------------------------------------------------------------------------------


def refusal(home: Path) -> str:
    with pytest.raises(EmbeddedError) as refused, EmbeddedServers(home):
        raise AssertionError("it started")
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_home_with_spaces_and_other_signs(home: Path) -> None:
    with EmbeddedServers(home / "王 总's +1") as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT 42").fetchone() == (42,)
    assert pids(home) == set()


def test_a_home_that_is_a_file(home: Path) -> None:
    home.write_text("not a folder")
    assert f"{home} 是一个文件" in refusal(home)


def test_a_home_below_a_file(home: Path) -> None:
    home.write_text("not a folder")
    assert "是一个文件" in refusal(home / "var")


def test_a_database_folder_that_is_a_file_gives_the_lock_back(home: Path) -> None:
    home.mkdir()
    (home / "postgres").write_text("not a folder")
    assert "TIEXIN_HOME" in refusal(home)
    (home / "postgres").unlink()
    with EmbeddedServers(home, postgres=False, valkey=False):
        assert embedded.running(home) == Addresses("", "")


def test_a_valkey_folder_that_is_a_file(home: Path) -> None:
    home.mkdir()
    (home / "valkey").write_text("not a folder")
    with pytest.raises(EmbeddedError, match="是一个文件"), EmbeddedServers(home, postgres=False):
        raise AssertionError("it started")


def test_damaged_valkey_files_are_told_with_the_log(home: Path) -> None:
    manifest = home / "valkey" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("this is no manifest\n")
    with (
        pytest.raises(EmbeddedError, match=r"内置 Valkey 启动失败.*valkey\.log"),
        EmbeddedServers(home, postgres=False),
    ):
        raise AssertionError("it started")


def test_a_database_of_another_version_is_told_with_the_log(used_home: Path) -> None:
    with EmbeddedServers(used_home, valkey=False):
        version = used_home / "postgres" / "PG_VERSION"
    version.write_text("12\n")
    assert str(used_home / "logs" / "postgres.log") in refusal(used_home)
    version.write_text("18\n")
    with EmbeddedServers(used_home, valkey=False) as servers:
        assert servers.database_url


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "磁盘已满"),
        (errno.EACCES, "没有权限读写"),
        (errno.EPERM, "没有权限读写"),
        (errno.EROFS, "没有权限读写"),
        (errno.EIO, "无法使用数据目录"),
    ],
)
def test_each_trouble_of_the_disk_has_its_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Postgres, "start", fail)
    assert said in refusal(home)


def test_a_disk_that_is_nearly_full_is_told_before_anything_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")(1 << 30, 0, 20 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert "只剩 20 MB，至少需要 200 MB" in refusal(home)
    assert not (home / "postgres").exists()


@pytest.mark.parametrize("how", ["open", "link", "another's", "gone"])
def test_a_folder_for_sockets_that_is_none_of_ours_is_not_used(home: Path, how: str) -> None:
    home.mkdir()
    place = home.parent / "elsewhere"
    if how != "gone":
        place.mkdir(mode=0o700)
        os.chown(place, hosting.server_user().uid, -1)
    if how == "open":
        place.chmod(0o755)
    if how == "another's":
        os.chown(place, 5, 5)
    if how == "link":
        place.rename(home.parent / "really")
        place.symlink_to(home.parent / "really")
    (home / "run").symlink_to(place)
    with EmbeddedServers(home, postgres=False) as servers:
        assert str(place) not in servers.redis_url
