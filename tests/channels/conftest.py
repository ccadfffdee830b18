"""What the tests of the transports share: the published vectors, the platform's two sides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.channels.api import Api, Transport, corp_token, stable_token
from bot.channels.codes import OFFICIAL, WECOM
from bot.channels.official_client import OfficialClient
from bot.channels.tokens import MemoryTokenStore, TokenKeeper
from bot.channels.wecom_client import WeComClient
from bot.clock import ManualClock
from tests.channels.platform import APP_ID, CORP_ID, Platform
from tests.channels.server import FakeApi, serving

SECRET = "the-secret-of-the-app"

VECTORS = {
    vector["name"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "data" / "wechat_vectors.json").read_text(encoding="utf-8"))
}


@pytest.fixture
def platform(clock: ManualClock) -> Platform:
    return Platform(clock)


@pytest.fixture
def fake_api() -> Iterator[FakeApi]:
    with serving() as api:
        yield api


@pytest.fixture
def official_api(fake_api: FakeApi, clock: ManualClock) -> Callable[..., Api]:
    """Make an Official Account's API; arguments are the transport's."""

    def make(**options: object) -> Api:
        transport = Transport(fake_api.base, OFFICIAL, **{"timeout": (2.0, 2.0), **options})
        fetch = stable_token(transport, APP_ID, SECRET)
        return Api(transport, TokenKeeper(f"official:{APP_ID}", fetch, MemoryTokenStore(), clock))

    return make


@pytest.fixture
def official(official_api: Callable[..., Api]) -> OfficialClient:
    return OfficialClient(APP_ID, official_api())


@pytest.fixture
def wecom(fake_api: FakeApi, clock: ManualClock) -> WeComClient:
    transport = Transport(fake_api.base, WECOM, timeout=(2.0, 2.0))
    fetch = corp_token(transport, CORP_ID, SECRET)
    keeper = TokenKeeper(f"wecom:{CORP_ID}", fetch, MemoryTokenStore(), clock)
    return WeComClient(1000002, Api(transport, keeper))
