"""H2 and M4: no other user of the machine reaches the embedded servers or reads below the home.

The tests run as root or as anybody: as root the stranger is another uid that they drop to.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis

from bot.store import hosting
from bot.store.embedded import EmbeddedServers
from bot.store.migrate import migrate

ROOT = Path(__file__).parents[2]
STRANGER = 65534
AS_ROOT = os.geteuid() == 0
HOMES = ["var", "贴心 数据", "long-" * 30]
STRANGE = """
import os, sys
from pathlib import Path
import psycopg, redis
home, database, admin, cache = sys.argv[1:]
for client in (lambda: psycopg.connect("host=/none"), redis.Redis(unix_socket_path="/none").ping):
    try:
        client()  # what is loaded late is loaded as root, who may read it
    except (psycopg.OperationalError, redis.RedisError):
        pass
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
for url in (database, admin, database.replace("tiexin@", "nobody@")):
    try:
        psycopg.connect(url).close()
        print("connected to", url)
    except psycopg.OperationalError:
        pass
try:
    redis.Redis.from_url(cache).ping()
    print("connected to", cache)
except redis.RedisError:
    pass
run = Path(database.partition("host=")[2])
for top in (home, run):
    for folder, folders, files in os.walk(top):
        print("listed", folder, folders, files)
for path in ("logs/valkey.log", "logs/postgres.log", "valkey/appendonlydir/appendonly.aof.1.incr.aof", ".lock"):
    try:
        (Path(home) / path).read_bytes()
        print("read", path)
    except PermissionError:
        pass
print("tried")
"""
OLD_HOME = """
    CREATE TABLE kept (id serial PRIMARY KEY, phone text);
    INSERT INTO kept (phone) VALUES ('13800138000');
    CREATE SEQUENCE alone;
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TYPE pair AS (one int, other int);
    CREATE VIEW seen AS SELECT phone FROM kept;
    CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
    CREATE SCHEMA aside;
    CREATE TABLE aside.more (n int);
    ALTER DATABASE postgres OWNER TO postgres;
    REVOKE ALL ON DATABASE postgres FROM tiexin;
    DROP ROLE tiexin;
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in which homes are made; everybody may look into it."""
    made = Path(tempfile.mkdtemp(prefix="tx-h2-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def strangers_finds(home: Path, servers: EmbeddedServers) -> str:
    """Return what another user finds who knows every address."""
    addresses = [str(home), servers.database_url, servers.admin_url, servers.redis_url]
    done = subprocess.run(
        [sys.executable, "-c", STRANGE, *addresses], cwd="/", capture_output=True, text=True, check=True
    )
    return done.stdout.removesuffix("tried\n")


def closed(path: Path) -> bool:
    """Return whether others have no rights at all."""
    return not path.stat().st_mode & stat.S_IRWXO


def let_through(folder: Path) -> set[int]:
    """Return whom the folder's access control list names; without a list there is nobody."""
    return {who for tag, _, who in hosting._acl(folder) if tag == hosting._USER}


@pytest.mark.parametrize("name", HOMES)
def test_nobody_else_reaches_the_servers_or_reads_below_the_home(folder: Path, name: str) -> None:
    home = folder / name
    with EmbeddedServers(home) as servers:
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("phone", "13800138000")
        run = (home / "run").readlink()
        assert stat.S_IMODE(run.stat().st_mode) == 0o700
        assert {stat.S_IMODE(socket.stat().st_mode) for socket in run.glob("*.sock")} == {0o700}
        assert stat.S_IMODE((run / ".s.PGSQL.5432").stat().st_mode) == 0o700
        assert all(closed(path) for path in (home, *(path for path in home.iterdir() if not path.is_symlink())))
        if AS_ROOT:
            assert strangers_finds(home, servers) == ""
    assert not run.exists()


def test_a_home_that_stood_open_is_closed(folder: Path) -> None:
    home = folder / "var"
    for part in (home, home / "logs", home / "valkey"):
        part.mkdir(mode=0o755)
    (home / ".lock").touch(mode=0o644)
    with EmbeddedServers(home, postgres=False):
        assert closed(home) and closed(home / "logs") and closed(home / "valkey")


def test_a_folder_that_others_use_too_is_not_closed_to_them(folder: Path) -> None:
    (folder / "theirs").touch()
    with EmbeddedServers(folder, postgres=False):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o055 == 0o055
        assert closed(folder / "valkey") and closed(folder / "logs")


def test_only_the_servers_user_passes_through_what_is_closed(folder: Path) -> None:
    """As when the program lies in /root; where the servers run as ourselves nobody is let through."""
    closed_above = folder / "closed"
    closed_above.mkdir(mode=0o700)
    user = hosting.server_user()
    assert user.other is AS_ROOT
    with EmbeddedServers(closed_above / "var") as servers, psycopg.connect(servers.database_url):
        assert closed(closed_above)
        assert let_through(closed_above) == ({user.uid} if AS_ROOT else set())
        for uid, may in ((user.uid, True), (STRANGER, False)) if AS_ROOT else ():
            command = ["test", "-e", str(closed_above / "var" / "postgres")]
            done = subprocess.run(command, user=uid, group=uid, extra_groups=[], cwd="/", check=False)
            assert (done.returncode == 0) is may
            listed = subprocess.run(
                ["ls", str(closed_above)],
                user=uid,
                group=uid,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
            )
            assert listed.returncode != 0


def test_neither_server_runs_as_root_and_neither_knows_our_secrets(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHAT_APP_SECRET", "AppSecretAppSecret")
    home = folder / "var"
    with EmbeddedServers(home):
        for name in ("postgres", "valkey"):
            running = hosting.left_over({"valkey": "valkey-server"}.get(name, name), home / name)
            assert running
            for process in running:
                assert process.uids().real == hosting.server_user().uid != 0
                assert "WECHAT_APP_SECRET" not in process.environ()


def test_the_programs_role_owns_its_database_and_is_no_superuser(folder: Path) -> None:
    with EmbeddedServers(folder / "var") as servers:
        migrate(servers.database_url)
        with closing(psycopg.connect(servers.database_url, autocommit=True)) as connection:
            rights = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles"
            assert connection.execute(f"{rights} WHERE rolname = current_user").fetchone() == (False,)
            for forbidden in (
                "COPY branches (name) FROM PROGRAM 'id'",
                "COPY branches (name) FROM '/etc/passwd'",
                "SELECT pg_read_file('/etc/passwd')",
                "CREATE ROLE friend SUPERUSER",
                "ALTER ROLE tiexin SUPERUSER",
                "ALTER SYSTEM SET fsync = off",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(forbidden)


def test_a_home_of_an_older_version_is_handed_over(folder: Path) -> None:
    """It trusted everybody, and the program was the superuser."""
    home = folder / "var"
    with (
        EmbeddedServers(home) as servers,
        psycopg.connect(servers.admin_url, autocommit=True) as connection,
    ):
        connection.execute(OLD_HOME)
    (home / "postgres" / "pg_hba.conf").write_text("local all all trust\n")
    (home / "postgres" / "pg_ident.conf").write_text("")
    with EmbeddedServers(home) as servers:
        if AS_ROOT:
            assert "connected" not in strangers_finds(home, servers)
        with closing(psycopg.connect(servers.database_url, autocommit=True)) as connection:
            assert connection.execute("SELECT phone, twice(21) FROM seen").fetchone() == ("13800138000", 42)
            connection.execute("ALTER TABLE kept ADD COLUMN more text")
            connection.execute("ALTER TYPE mood ADD VALUE 'so so'")
            connection.execute("DROP FUNCTION twice; DROP SCHEMA aside CASCADE; DROP TYPE pair; DROP SEQUENCE alone")


def test_the_databases_own_log_has_nobodys_words(folder: Path) -> None:
    """M10: a row that was refused stood in it, phone and all."""
    home = folder / "var"
    with (
        EmbeddedServers(home, valkey=False) as servers,
        closing(psycopg.connect(servers.database_url, autocommit=True)) as connection,
    ):
        connection.execute("CREATE TABLE words (text text CHECK (length(text) < 3))")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO words VALUES (%s)", ["我叫李秘密 13912345678"])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO words VALUES ('我叫李秘密 13912345678')")
    said = (home / "logs" / "postgres.log").read_text()
    assert said.count("violates check constraint") == 2
    assert "李秘密" not in said and "13912345678" not in said
