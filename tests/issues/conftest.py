"""Bugs are shown where they were met: in the whole program, over real HTTP."""

from __future__ import annotations

from tests.scenarios.conftest import packs, platform, platform_clock, program_settings, services, truth, unhurried
from tests.scenarios.webhook.conftest import desk, logs, router, turns, wire, world

__all__ = [
    "desk",
    "logs",
    "packs",
    "platform",
    "platform_clock",
    "program_settings",
    "router",
    "services",
    "truth",
    "turns",
    "unhurried",
    "wire",
    "world",
]
