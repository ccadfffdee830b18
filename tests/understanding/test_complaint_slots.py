"""What a complaint already says is not asked again."""

from __future__ import annotations

from datetime import date

import pytest

from bot.understanding import ComplaintSlots, Understanding

SATURDAY = date(2026, 11, 21)


def slots(bikes: Understanding, text: str) -> ComplaintSlots:
    return bikes.complaint_slots(text, SATURDAY)


def test_a_full_story_leaves_nothing_to_ask(bikes: Understanding) -> None:
    found = slots(
        bikes, "昨天晚上8点在阳光小区3号楼车刹车坏了，打了三次电话没人管，要求退费，打13800001111给我回个电话"
    )
    assert found.category == "bike"
    assert found.since == date(2026, 11, 20)
    assert found.since_text == "昨天晚上8点"
    assert found.place == "阳光小区3号楼"
    assert found.number == "13800001111"
    assert found.wish == "要求退费"
    assert found.may_call is True
    assert found.level == "urgent"
    assert found.what


@pytest.mark.parametrize("text", ["我要投诉", "投诉", "我想投诉你们一下"])
def test_a_bare_complaint_says_nothing_yet(bikes: Understanding, text: str) -> None:
    assert slots(bikes, text) == ComplaintSlots()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("三天了没人来", date(2026, 11, 18)),
        ("前天开始的", date(2026, 11, 19)),
        ("今天早上坏的", date(2026, 11, 21)),
        ("从11月3日开始", date(2026, 11, 3)),
        ("12月3号的事", date(2025, 12, 3)),
        ("2026年10月1日坏的", date(2026, 10, 1)),
        ("上周五就报了", date(2026, 11, 13)),
        ("周一修过一次", date(2026, 11, 16)),
        ("两个星期了还没修", date(2026, 11, 7)),
        ("30号坏的", date(2026, 10, 30)),
        ("2月30日坏的", None),
        ("车坏了", None),
    ],
)
def test_when_it_began(bikes: Understanding, text: str, day: date | None) -> None:
    assert slots(bikes, text).since == day


@pytest.mark.parametrize(
    ("text", "may"),
    [("别给我打电话", False), ("微信回复就行", False), ("方便的话给我打电话", True), ("车坏了", None)],
)
def test_whether_we_may_call(bikes: Understanding, text: str, may: bool | None) -> None:
    assert slots(bikes, text).may_call is may


@pytest.mark.parametrize(
    ("text", "level"), [("我要去12315举报你们", "serious"), ("再不修我换别家", "urgent"), ("车坏了", None)]
)
def test_how_bad_it_is(bikes: Understanding, text: str, level: str | None) -> None:
    assert slots(bikes, text).level == level


def test_the_categories_are_those_of_the_pack(bikes: Understanding) -> None:
    assert [category.id for category in bikes.categories()] == ["bike", "money"]
    assert slots(bikes, "乱扣我的钱押金也不退").category == "money"
