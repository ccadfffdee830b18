"""The program over real HTTP, its knowledge loaded once a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.care import job_table
from bot.dialogue import Router
from bot.runtime.container import Services
from bot.schedule import Scheduler
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import World
from tests.scenarios.serve import serving, unhurry
from tests.scenarios.webhook.wire import Desk, Turns, Wire


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
    timetable = job_table.jobs(services)
    scheduler = Scheduler(dataclasses.replace(timetable, jobs=()))

    def settle() -> None:
        scheduler.tick()
        services.work()

    with serving(services) as address:
        unhurry(services, platform)
        platform.settings.update({"target": address})
        yield World(platform, settle)


@pytest.fixture
def turns(services: Services) -> Turns:
    """What the program is at; asked for before the world when deliveries are to be counted."""
    return Turns(services)


@pytest.fixture
def wire(world: World, platform: Platform) -> Wire:
    """Requests by hand to the Official Account's webhook."""
    return Wire(platform, platform.settings.target)
