"""Fixtures of the delivery's tests."""

from __future__ import annotations

import pytest

from bot.delivery.sender import Sender
from bot.texts import TextBook
from tests.auxil.platform import Platform


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def book(settings) -> TextBook:
    return TextBook(settings.tiexin_knowledge)


@pytest.fixture
def sender(store, clock, settings, book, platform) -> Sender:
    return Sender(store, clock, settings, book, platform, jitter=lambda: 0.5)
