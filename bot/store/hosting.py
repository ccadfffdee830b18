"""Where and as whom the embedded servers run: private folders, and a system user of their own when root starts them.

PostgreSQL refuses to run as root. Started by root, both servers run as `embedded_postgres`, which owns their folders
and nothing else; every folder above them that is closed to others is opened to that one user, to pass through only,
by an access control list. Started by anybody else they run as he does.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import stat
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import psutil

_SYSTEM_USER = "embedded_postgres"
_PRIVATE = 0o700
_LONGEST_RUN_FOLDER = 80
"""Bytes; a socket's whole path may have about 100."""
_ACL = "system.posix_acl_access"
_ACL_VERSION = 2
_ACL_ENTRY = struct.Struct("<HHI")
_OWNER, _USER, _GROUP, _MASK, _OTHERS = 0x01, 0x02, 0x04, 0x10, 0x20
_NOBODY = 0xFFFFFFFF
_PASS = 1
_OURS = re.compile(r"\.lock|postgres(\.new)?|valkey|logs|metrics|run|simulator\.sqlite(-\w+)?")
"""What lies in a home."""
_KEPT_VARIABLES = ("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR")


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message is one Chinese sentence that says what to do."""


class ServerUser(NamedTuple):
    """Whom the servers run as; `name` is empty when the system knows none."""

    uid: int
    gid: int
    name: str

    @property
    def other(self) -> bool:
        """Whether it is another user than this process's."""
        return self.uid != os.geteuid()


def own_name() -> str:
    """Return the name of whoever runs this process."""
    return pwd.getpwuid(os.geteuid()).pw_name


def server_user() -> ServerUser:
    """Return ourselves, or as root the system user, which is made when it is missing.

    Raises:
        EmbeddedError: it cannot be made.
    """
    if os.geteuid():
        try:
            return ServerUser(os.geteuid(), os.getegid(), pwd.getpwuid(os.geteuid()).pw_name)
        except KeyError:
            return ServerUser(os.geteuid(), os.getegid(), "")
    try:
        found = pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        found = _made_user()
    return ServerUser(found.pw_uid, found.pw_gid, found.pw_name)


def _made_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
        return pwd.getpwnam(_SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError):
        raise EmbeddedError(
            f"以 root 启动时内置服务器用系统用户 {_SYSTEM_USER} 运行，但建立不了它，请用普通用户启动"
        ) from None


# -- folders ----------------------------------------------------------------------------------------------------------


def private_folder(folder: Path, user: ServerUser | None = None) -> Path:
    """Make `folder` (parents too) and close it to everybody but `user`, ourselves without; give it to him."""
    folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    if user is not None and user.other and folder.stat().st_uid != user.uid:
        _give(folder, user)
    if stat.S_IMODE(folder.stat().st_mode) & ~_PRIVATE:
        folder.chmod(_PRIVATE)
    return folder


def _give(folder: Path, user: ServerUser) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def close_home(home: Path) -> None:
    """Close to others what is ours in a home, and the home unless there are other things in it: then others use it."""
    shared = bool(home.stat().st_mode & stat.S_ISVTX)
    for path in home.iterdir():
        if _OURS.fullmatch(path.name):
            _close(path)
        else:
            shared = True
    if not shared:
        _close(home)


def _close(path: Path) -> None:
    status = path.lstat()
    if status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode):
        path.chmod(status.st_mode & _PRIVATE)


def run_folder(home: Path, user: ServerUser) -> Path:
    """Return the private folder of the sockets, to which `home/run` points; a new one when that is none of ours.

    It lies in the temporary folder, because a socket's path must be short; its name is new each time, so that nobody
    can have made it before us.
    """
    link = home / "run"
    if link.is_symlink() and _is_private(found := link.readlink(), user):
        return found
    place = tempfile.gettempdir()
    made = Path(tempfile.mkdtemp(prefix="tiexin-", dir=place if len(place) < _LONGEST_RUN_FOLDER else "/tmp"))  # noqa: S108
    os.chown(made, user.uid, user.gid)
    link.unlink(missing_ok=True)
    link.symlink_to(made)
    return made


def found_run_folder(home: Path) -> Path | None:
    """Return the folder of the sockets of a home whose servers somebody else has started."""
    try:
        return (home / "run").readlink()
    except OSError:
        return None


def remove_run_folder(home: Path) -> None:
    """Leave nothing in the temporary folder; what cannot be removed does no harm there."""
    folder = found_run_folder(home)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        (home / "run").unlink(missing_ok=True)


def _is_private(folder: Path, user: ServerUser) -> bool:
    """Return whether `folder` is one, no link, his, and closed to others."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == user.uid and stat.S_IMODE(status.st_mode) == _PRIVATE


# -- what another user must reach -------------------------------------------------------------------------------------


def let_reach(path: Path, user: ServerUser) -> None:
    """Let `user` pass through the folders above `path` when he is another than we; nobody else.

    Raises:
        EmbeddedError: a folder is closed to him and the file system has no access control lists.
    """
    for folder in path.resolve().parents if user.other else ():
        if _closed_to(folder.stat(), user):
            try:
                _let_pass(folder, user.uid)
            except OSError:
                raise EmbeddedError(
                    f"以 root 启动时内置服务器用系统用户 {user.name} 运行，它进不了目录 {folder}："
                    "请用普通用户启动，或把程序和 TIEXIN_HOME 放在 /opt、/srv 之类的目录下"
                ) from None


def _closed_to(status: os.stat_result, user: ServerUser) -> bool:
    if status.st_uid == user.uid:
        return not status.st_mode & stat.S_IXUSR
    return not status.st_mode & (stat.S_IXGRP if status.st_gid == user.gid else stat.S_IXOTH)


def _let_pass(folder: Path, uid: int) -> None:
    """Add the entry `user:uid:--x` to the folder's access control list (form: linux/posix_acl_xattr.h)."""
    entries = {(tag, who): rights for tag, rights, who in _acl(folder)}
    entries[_USER, uid] = entries.get((_USER, uid), 0) | _PASS
    entries[_MASK, _NOBODY] = entries.get((_MASK, _NOBODY), entries[_GROUP, _NOBODY]) | _PASS
    packed = b"".join(_ACL_ENTRY.pack(tag, entries[tag, who], who) for tag, who in sorted(entries))
    os.setxattr(folder, _ACL, struct.pack("<I", _ACL_VERSION) + packed)


def _acl(folder: Path) -> Iterator[tuple[int, int, int]]:
    """Yield tag, rights and id of each entry; a folder without a list has what its mode says."""
    try:
        yield from _ACL_ENTRY.iter_unpack(os.getxattr(folder, _ACL)[4:])
    except OSError:
        mode = folder.stat().st_mode
        yield from ((_OWNER, mode >> 6 & 7, _NOBODY), (_GROUP, mode >> 3 & 7, _NOBODY), (_OTHERS, mode & 7, _NOBODY))


def let_run(program: Path, trees: Sequence[Path], user: ServerUser) -> None:
    """Let `user` run a program that was installed for us only; `trees` are the folders it is made of."""
    let_reach(program, user)
    if user.other and not program.stat().st_mode & stat.S_IXOTH:
        for path in (path for tree in trees for path in (tree, *tree.rglob("*"))):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 6 | (mode & 0o500) >> 3)


# -- processes --------------------------------------------------------------------------------------------------------


def plain_environment() -> dict[str, str]:
    """Return what a server needs of our environment: none of the program's secrets."""
    return {name: value for name, value in os.environ.items() if name in _KEPT_VARIABLES or name.startswith("LC_")}


def spawn(command: Sequence[str], *, folder: Path, log: Path, user: ServerUser) -> psutil.Popen:
    """Start a server in `folder`, its words added to `log`, what it writes for its user only.

    It has a session of its own: Ctrl-C reaches the parent only, which stops everything in order.
    """
    with open_private(log) as output:
        return psutil.Popen(
            list(command),
            cwd=folder,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
            **run_as(user),
        )


def run_as(user: ServerUser) -> dict[str, Any]:
    """Return the arguments with which `subprocess` starts a process as `user`."""
    return {"user": user.uid, "group": user.gid, "extra_groups": []} if user.other else {}


def open_private(path: Path) -> BinaryIO:
    """Open a file to add to, readable for ourselves only."""
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))


def ended(process: psutil.Process, seconds: float = 0) -> bool:
    """Return whether it ends within `seconds`; a child is taken note of."""
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        return False
    except psutil.NoSuchProcess:
        return True
    return True


def left_over(name: str, folder: Path) -> list[psutil.Process]:
    """Return the processes called `name` that work in `folder`: of a parent, or a postmaster, that was killed."""
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        if process.info["name"] == name and process.info["cwd"] == str(folder):
            found.append(process)
    return found
