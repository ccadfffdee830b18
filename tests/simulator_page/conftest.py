"""Fixtures: the platform with a tiny product behind it, and its page in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.simulator.people import Person
from scripts.simulator.platform import Platform, running_simulator
from scripts.simulator.settings import Settings

from .product import running_product

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
"""A machine that does many things at once draws late; nothing waits longer than it has to."""

WIDE, SMALL = (1440, 900), (375, 812)
MENU = {
    "button": [
        {
            "name": "投诉与进度",
            "sub_button": [
                {"type": "click", "name": "我要投诉", "key": "file"},
                {"type": "click", "name": "投诉进度", "key": "progress"},
            ],
        },
        {"type": "click", "name": "我的经理", "key": "manager"},
    ]
}


def roster() -> list[Person]:
    """Return two customers, of whom one does not follow yet, and two managers."""
    return [
        Person("wang", "customer", "王建国", "oPageWang00000000000000001", "王", "#4a7fb5", note="钻石客户"),
        Person("chen", "customer", "陈美玲", "oPageChen00000000000000002", "陈", "#b5694a", note="金卡客户"),
        Person("li", "customer", "李思远", "oPageLi0000000000000000003", "李", "#4a9a72", following=False),
        Person("zhang", "manager", "张敏", "zhangmin", "张", "#7a5fb0", note="客户经理"),
        Person("liu", "manager", "刘洋", "liuyang", "刘", "#3f8f9b", note="客户经理"),
    ]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, "Chromium is missing: apt-get install chromium fonts-noto-cjk"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def settings() -> Iterator[Settings]:
    """Run a product that echoes; the platform's settings, in plain mode, point to it."""
    plain = Settings(mode="plain")
    with running_product(plain) as target:
        yield replace(plain, target=target)


@pytest.fixture
def platform(settings: Settings) -> Iterator[Platform]:
    """Run a fresh platform."""
    with running_simulator(replace(settings), people=roster()) as one:
        one.menu = MENU
        yield one


def open_page(browser: Browser, platform: Platform, size: tuple[int, int]) -> Page:
    """Open the page in a fresh context and wait until both chats are shown; any script error fails the test."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", has_touch=size == SMALL
    )
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto(platform.base_url)
    expect(page.locator("body")).to_have_attribute("data-ready", "true")
    expect(page.get_by_role("img", name="已连上模拟平台")).to_be_visible()
    return page


@pytest.fixture
def page(browser: Browser, platform: Platform) -> Iterator[Page]:
    """Show the page on a wide screen."""
    opened = open_page(browser, platform, WIDE)
    yield opened
    opened.context.close()


@pytest.fixture
def small(browser: Browser, platform: Platform) -> Iterator[Page]:
    """Show the page on a phone-sized screen."""
    opened = open_page(browser, platform, SMALL)
    yield opened
    opened.context.close()
