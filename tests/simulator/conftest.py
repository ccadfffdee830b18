"""A product that echoes, a platform that talks to it, and the world of people on it."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import requests

from scripts.simulator import Person, Platform, PlatformClock, Settings, load_people, running_simulator
from scripts.simulator.testkit import World
from tests.simulator.product import Product, running_product

NOW = 1_764_000_000.0  # 2025-11-25 00:00 in Shanghai


class Api:
    """Calls of the platform's API with a token."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._http = requests.Session()
        self.official_token = platform.tokens.stable()[0]
        self.wecom_token = platform.tokens.wecom()[0]

    def post(self, path: str, **body: object) -> dict[str, object]:
        token = self.wecom_token if path.startswith("/wecom-api") else self.official_token
        answer = self._http.post(f"{self._platform.base_url}{path}?access_token={token}", json=body, timeout=10)
        return dict(answer.json())

    def get(self, path: str, **query: object) -> dict[str, object]:
        query.setdefault("access_token", self.wecom_token if path.startswith("/wecom-api") else self.official_token)
        return dict(self._http.get(self._platform.base_url + path, params=query, timeout=10).json())

    def text(self, content: str, touser: str | None = None) -> int:
        """Send a customer-service text to 王总 and return the error code."""
        to = touser or self._platform.people.get("王总").address
        answer = self.post("/cgi-bin/message/custom/send", touser=to, msgtype="text", text={"content": content})
        return int(str(answer["errcode"]))

    def control(self, path: str, /, **body: object) -> requests.Response:
        return self._http.post(f"{self._platform.base_url}/sim/api{path}", json=body, timeout=10)

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="session")
def roster() -> list[Person]:
    """The demo's people, read once."""
    return load_people(Settings().people_file)


@pytest.fixture
def settings() -> Settings:
    return Settings(cut_s=5.0, literal_escapes=False)


@pytest.fixture
def clock() -> PlatformClock:
    return PlatformClock(source=lambda: NOW)


@pytest.fixture
def product(settings: Settings) -> Iterator[Product]:
    product = Product(settings)
    with running_product(product) as url:
        settings.target = url
        yield product


@pytest.fixture
def sim(settings: Settings, clock: PlatformClock, product: Product, roster: list[Person]) -> Iterator[Platform]:
    with running_simulator(settings, clock, copy.deepcopy(roster)) as platform:
        yield platform
        product.release.set()


@pytest.fixture
def world(sim: Platform) -> World:
    return World(sim, patience_s=5)


@pytest.fixture
def api(sim: Platform) -> Iterator[Api]:
    api = Api(sim)
    yield api
    api.close()
