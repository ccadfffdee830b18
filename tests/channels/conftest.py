"""What the tests of the transports share: a clock that stands still, the published vectors, signed requests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import ManualClock
from tests.channels.platform import Platform

VECTORS = {
    vector["name"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "data" / "wechat_vectors.json").read_text(encoding="utf-8"))
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, 2, 0, tzinfo=UTC))


@pytest.fixture
def platform(clock: ManualClock) -> Platform:
    return Platform(clock)
