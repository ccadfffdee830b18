"""The whole program in one test: the simulator's platform, the web side over HTTP, worker and scheduler on demand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy.orm import Session

from bot.care import job_table
from bot.config import Settings, load_settings
from bot.dialogue import Router
from bot.intake import acknowledge
from bot.packs import Files, LivePacks, Pack, digest_of
from bot.runtime.container import Services, load_packs
from bot.schedule import Scheduler
from bot.store.session import Store
from handlers import build_router
from scripts.demo.load import load
from scripts.simulator.clock import PlatformClock
from scripts.simulator.platform import Platform
from scripts.simulator.settings import Settings as PlatformSettings
from scripts.simulator.testkit import World
from tests.scenarios.serve import PATIENCE_SECONDS, serving, unhurry

ROOT = Path(__file__).parent.parent.parent
PEOPLE = ROOT / "scripts" / "demo" / "people.yaml"
START = datetime.fromisoformat("2026-11-20T10:00:00+08:00")  # a Friday, in working time


class FollowingClock:
    """The product's clock in these tests: the platform's."""

    def __init__(self, platform: PlatformClock) -> None:
        self._platform = platform

    def now(self) -> datetime:
        """Return the platform's moment in UTC."""
        return datetime.fromtimestamp(self._platform.now(), UTC)


@pytest.fixture
def platform_clock() -> PlatformClock:
    """A clock that stands still at `START` until it is moved."""
    return PlatformClock(source=START.timestamp)


@pytest.fixture
def platform(platform_clock: PlatformClock) -> Iterator[Platform]:
    """The simulator on a free port, its state in memory."""
    running = Platform(PlatformSettings(), platform_clock).serve(0)
    yield running
    running.close()


@pytest.fixture
def program_settings(database_url: str, redis_url: str, tmp_path: Path, platform: Platform) -> Settings:
    """The demo's settings, pointed at the test's servers and simulator."""
    return load_settings(
        _env_file=None,
        tiexin_demo=True,
        database_url=database_url,
        redis_url=redis_url,
        tiexin_home=tmp_path,
        tiexin_knowledge=ROOT / "knowledge",
        wechat_api_base=platform.base_url,
        wecom_api_base=f"{platform.base_url}/wecom-api",
    )


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is slow, not wrong: only a test that is about the five seconds has them."""
    monkeypatch.setattr(acknowledge, "_KEEP_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(acknowledge, "_LAST_SECONDS", 3 * PATIENCE_SECONDS)


@pytest.fixture
def router() -> Router:
    """The program's handlers; a test may override it to add its own."""
    return build_router()


@pytest.fixture(scope="session")
def packs() -> dict[str, Pack]:
    """The knowledge of the demo's industry, loaded once a run."""
    return load_packs(ROOT / "knowledge", {"telecom"})


def following(packs: dict[str, Pack]) -> LivePacks:
    """Return the packs as a process has them: what is published while the test runs joins them."""
    folder = ROOT / "knowledge"
    files = {name: Files(digest_of(folder, name), each.texts, each.understanding) for name, each in packs.items()}
    return LivePacks(folder, files)


@pytest.fixture
def services(
    program_settings: Settings, platform_clock: PlatformClock, router: Router, packs: dict[str, Pack]
) -> Iterator[Services]:
    """The program's parts with the demo's people loaded."""
    services = Services(program_settings, router, FollowingClock(platform_clock))
    services.__dict__["packs"] = following(packs)
    with services.store.begin() as db:
        load(db, yaml.safe_load(PEOPLE.read_text(encoding="utf-8")), services.clock.now())
    yield services
    services.close()


@pytest.fixture
def world(services: Services, platform: Platform) -> Iterator[World]:
    """Everybody with his phone; background work is done whenever the test looks at one."""
    scheduler = Scheduler(job_table.jobs(services))

    def settle() -> None:
        with services.store.begin() as db:
            services.packs.catch_up(db)
        scheduler.tick()
        services.work()

    with serving(services) as address:
        unhurry(services, platform)
        platform.settings.update({"target": address})
        yield World(platform, settle)


@pytest.fixture
def truth(services: Services) -> Iterator[Session]:
    """A look into the database beside the program."""
    store = Store(services.settings.database_url, pool_size=2)
    with store.session() as session:
        yield session
    store.close()
