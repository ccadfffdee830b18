"""What was spoken of last is meant by a message that says too little by itself; a new topic is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from bot.understanding import Answer, Choices, Context, Listing, Understanding, goes_on
from tests.conftest import KNOWLEDGE

DAY = date(2026, 11, 22)
PLAN, VIDEO = "product:tel-plan-59:价格", "product:tel-data-vip-tencent:开通方式"
LISTED = ("table:5:tel-plan-keep,tel-plan-senior", "100元以下有哪些套餐")


@pytest.fixture(scope="module")
def ask() -> Callable[..., object]:
    """Ask the shipped pack with what was spoken of last."""
    engine = Understanding.load(KNOWLEDGE, "telecom")
    return lambda text, last=None, asked=None: engine.understand(text, Context(DAY, {}, last, asked))


@pytest.mark.parametrize(
    ("text", "last", "item"),
    [
        ("那多少钱？", "product:tel-plan-59:介绍", "product:tel-plan-59:价格"),
        ("怎么取消", PLAN, "product:tel-plan-59:取消方式"),
        ("它怎么开通呢", "product:tel-data-video:价格", "product:tel-data-video:开通方式"),
        ("能用多久", "product:tel-data-week:介绍", "product:tel-data-week:有效期"),
        ("那79的呢", PLAN, "product:tel-plan-79:价格"),
        ("79呢", "product:tel-plan-59:流量", "product:tel-plan-79:流量"),
        ("爱奇艺的呢", VIDEO, "product:tel-data-vip-iqiyi:开通方式"),
        ("不是这个，我问的是79的", "product:tel-plan-59:取消方式", "product:tel-plan-79:取消方式"),
        ("那彩铃呢", "product:tel-plan-59:取消方式", "product:tel-ringback:取消方式"),
    ],
)
def test_follows(ask: Callable[..., object], text: str, last: str, item: str) -> None:
    found = ask(text, last)
    assert isinstance(found, Answer), found
    assert found.entry_id == item


@pytest.mark.parametrize(
    "text",
    ["怎么查话费", "营业厅几点关门", "怎么销户", "发票怎么开", "积分能换什么", "流量不够用怎么办", "欠费了会怎么样"],
)
def test_a_new_topic_is_noticed(ask: Callable[..., object], text: str) -> None:
    found = ask(text, PLAN)
    assert not isinstance(found, Answer) or not found.entry_id.startswith("product:tel-plan-59"), found


def test_another_topic_asked_the_same(ask: Callable[..., object]) -> None:
    found = ask("不是这个，是宽带", PLAN)
    told = [option.label for option in found.options] if isinstance(found, Choices) else [getattr(found, "title", "")]
    assert told
    assert all("宽带" in each for each in told)


def test_more_of_a_list_a_product_and_an_entry(ask: Callable[..., object]) -> None:
    listing = ask("还有呢", *LISTED)
    assert isinstance(listing, Listing)
    assert [option.id for option in listing.options] == ["product:tel-plan-79:介绍"]
    ended = ask("还有吗", listing.about, LISTED[1])
    assert isinstance(ended, Listing)
    assert not ended.options
    aspects = ask("还有别的吗", PLAN)
    assert isinstance(aspects, Choices)
    assert all(option.id.startswith("product:tel-plan-59:") for option in aspects.options)
    near = ask("还有呢", "entry:tel-bb-slow", "宽带网速慢怎么办")
    assert isinstance(near, Choices)
    assert "entry:tel-bb-slow" not in [option.id for option in near.options]


def test_an_aspect_after_a_list_asks_of_which(ask: Callable[..., object]) -> None:
    which = ask("多少钱", "table:2:tel-data-video,tel-data-music")
    assert isinstance(which, Choices)
    assert [option.id for option in which.options] == ["product:tel-data-video:价格", "product:tel-data-music:价格"]
    same = ask("怎么取消", "table:2:tel-plan-59,tel-plan-79")
    assert isinstance(same, Answer)


def test_without_a_topic_nothing_follows(ask: Callable[..., object]) -> None:
    assert not isinstance(ask("还有呢"), Listing)
    assert getattr(ask("那79的呢"), "entry_id", "") != "product:tel-plan-79:价格"


@pytest.mark.parametrize(
    ("text", "more"), [("还有呢？", True), ("还有别的吗", True), ("还有多少流量", False), ("那多少钱", False)]
)
def test_asking_for_more(text: str, more: bool) -> None:
    assert goes_on(text) is more
