"""What is counted over several processes."""

from __future__ import annotations

import os
from pathlib import Path

from bot import metrics

NOBODY = 2**22 + 1  # above what the kernel gives


def test_what_a_killed_process_said_of_itself_is_forgotten(tmp_path: Path) -> None:
    mine, dead = (tmp_path / f"gauge_liveall_{pid}.db" for pid in (os.getpid(), NOBODY))
    counted = tmp_path / f"counter_{NOBODY}.db"
    for file in (mine, dead, counted):
        file.write_bytes(bytes(1 << 16))
    metrics.exposition(str(tmp_path))
    assert (mine.exists(), dead.exists(), counted.exists()) == (True, False, True)
