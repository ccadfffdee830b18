"""M8, in passing: a Valkey that cannot write runs; `doctor` says what it lacks instead of "does not run"."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from bot.runtime.container import redis_client
from bot.runtime.doctor_findings import redis_unreachable
from bot.store import embedded
from bot.store.embedded import EmbeddedServers
from tests.auxil.waiting import until
from tests.issues.test_8_h2_embedded_servers import folder

__all__ = ["folder"]


def test_a_valkey_that_cannot_write_is_told_so(folder: Path) -> None:
    home = folder / "var"
    with EmbeddedServers(home, postgres=False) as servers:
        client = redis_client(servers.redis_url)
        (home / "valkey" / "dump.rdb").mkdir()  # nothing can be saved under that name: as good as a full disk
        client.config_set("save", "3600 1000000")
        client.set("kept", "yes")
        client.bgsave()
        until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", 240)
        with pytest.raises(redis.ResponseError) as refused:
            client.ping()
        assert embedded.running(home).redis_url == servers.redis_url
        assert str(redis_unreachable(refused.value)).startswith("✗ Redis：在运行，但写不进磁盘")
        client.close()
