"""L7: what another user left in the temporary folder stops no start, and a user without a name is told so."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import redis

from bot.store.embedded import EmbeddedServers
from tests.issues.test_8_h2_embedded_servers import AS_ROOT, folder

__all__ = ["folder"]

ROOT = Path(__file__).parents[2]
NAMELESS = """
import os, pwd, sys
from pathlib import Path
from bot.store.embedded import EmbeddedError, EmbeddedServers
def unknown(uid):
    raise KeyError(uid)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(54321)
    os.setuid(54321)
else:
    pwd.getpwuid = unknown  # only root may become a user that does not exist
try:
    EmbeddedServers(Path(sys.argv[1])).__enter__()
except EmbeddedError as error:
    print(error)
"""


def test_a_folder_that_another_user_made_there_stops_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder / "tmp"
    place.mkdir(mode=0o1777)
    for name in (f"runtime-{os.getuid()}", f"tiexin-{os.getuid()}-0123456789ab"):
        (place / name).mkdir(mode=0o500)  # as good as another's: nothing can be made in it
        if AS_ROOT:
            os.chown(place / name, 65534, 65534)
    place.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with EmbeddedServers(folder / "贴心 数据") as servers, redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()


def test_a_user_without_a_name_is_told_in_one_sentence(folder: Path) -> None:
    folder.chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-c", NAMELESS, str(folder / "var")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert f"uid {54321 if AS_ROOT else os.geteuid()}" in done.stdout and "DATABASE_URL" in done.stdout
    assert done.stdout.count("\n") == 1
