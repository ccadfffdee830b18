"""The program over real HTTP, its knowledge loaded once a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.care import plan
from bot.config import Settings
from bot.dialogue import Router, acknowledge
from bot.schedule import Scheduler
from bot.services import Services
from scripts.simulator.platform import Platform
from scripts.simulator.settings import Settings as PlatformSettings
from scripts.simulator.testkit import World
from tests.scenarios.webhook.wire import PATIENCE_SECONDS, Desk, Turns, Wire, serving


@pytest.fixture
def desk() -> Desk:
    """A handler that the test tells what to answer."""
    return Desk()


@pytest.fixture
def router(desk: Desk) -> Router:
    """Nothing but the test's own handler; a module that wants the program's overrides this."""
    return desk.router()


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What the program logs; nothing of it is printed."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def world(services: Services, platform: Platform) -> Iterator[World]:
    """Everybody with his phone; nothing but the sweeps of the scheduler runs, so that no reminder comes in between."""
    timetable = plan.jobs(services)
    scheduler = Scheduler(dataclasses.replace(timetable, jobs=()))

    def settle() -> None:
        scheduler.tick()
        services.work()

    if services.settings.turn_deadline_seconds == Settings.model_fields["turn_deadline_seconds"].default:
        services.acknowledger._deadline = PATIENCE_SECONDS
    with serving(services) as address:
        platform.settings.update({"target": address})
        if platform.settings.cut_s == PlatformSettings.cut_s:
            platform.settings.update({"cut_s": 2 * PATIENCE_SECONDS})
        yield World(platform, settle)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is slow, not wrong: only a test that is about the five seconds has them."""
    monkeypatch.setattr(acknowledge, "_KEEP_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(acknowledge, "_LAST_SECONDS", 3 * PATIENCE_SECONDS)


@pytest.fixture
def turns(services: Services) -> Turns:
    """What the program is at; asked for before the world when deliveries are to be counted."""
    return Turns(services)


@pytest.fixture
def wire(world: World, platform: Platform) -> Wire:
    """Requests by hand to the Official Account's webhook."""
    return Wire(platform, platform.settings.target)
