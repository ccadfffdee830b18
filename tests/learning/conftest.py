"""The small pack of the understanding's tests, and people who know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.learning import drafts
from bot.packs import LivePacks, read_files
from bot.store.models import LiveEntry
from bot.store.session import Store
from tests.auxil.factories import Factory
from tests.understanding.conftest import bikes, pack_folder, spring

__all__ = ["bikes", "pack_folder", "spring"]

Write = Callable[..., LiveEntry]


@pytest.fixture
def write(make: Factory, clock: ManualClock) -> Write:
    """Draft an entry of the small pack: `write(question="能带猫骑车吗")`."""

    def write(**content: object) -> LiveEntry:
        told = {"question": "可以带猫骑车吗", "variants": ["带猫能骑吗", "车筐放猫行吗"], "answer": "可以，请用猫包。"}
        owner = {"pack": "bikes", "branch_id": None, "category": "用车", "by": make.manager(), "now": clock.now()}
        return drafts.draft(make.db, **{**told, **owner, **content})

    return write


@pytest.fixture
def knowledge(pack_folder: Callable[..., Path]) -> Path:
    """The folder of the small pack."""
    return pack_folder()


@pytest.fixture
def packs(knowledge: Path) -> LivePacks:
    """The small pack in force, as a process has it."""
    return LivePacks(knowledge, {"bikes": read_files(knowledge, "bikes")})


@pytest.fixture
def other_store(database_url: str) -> Iterator[Store]:
    """The connections of another process."""
    store = Store(database_url, pool_size=2)
    yield store
    store.close()
