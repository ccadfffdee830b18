"""What short words say to a question of the complaint form, and how they rate a complaint that is over."""

from __future__ import annotations

import pytest

from bot.understanding import complaint_answers as answers
from bot.understanding.satisfaction import rating


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("可以", True),
        ("晚上七点以后打", True),
        ("别打电话", False),
        ("微信联系就行", False),
        ("不", False),
        ("唔", None),
    ],
)
def test_whether_to_call(text: str, may: bool | None) -> None:
    assert answers.may_call(text) is may


def test_when_to_call() -> None:
    assert answers.call_time("可以，晚上七点以后打电话吧") == "晚上七点以后"
    assert answers.call_time("可以打电话") == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("时间改成前天", ("since", "前天")),
        ("类别不对，是费用问题", ("category", "费用问题")),
        ("回电改成不用", ("call", "不用")),
        ("地址：幸福路3号", ("where", "幸福路3号")),
        ("昨天又断了", None),
    ],
)
def test_a_field_that_is_named(text: str, found: tuple[str, str] | None) -> None:
    assert answers.labelled(text) == found


def test_only_a_number() -> None:
    assert answers.only_number("打139 1234 5678这个") == "13912345678"
    assert answers.only_number("13912345678是我爱人的，她也断网") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("满意，谢谢", ("good", "谢谢")),
        ("2", ("fair", "")),
        ("不太满意，拖太久", ("bad", "拖太久")),
        ("满意度怎么查", None),
    ],
)
def test_a_rating(text: str, said: tuple[str, str] | None) -> None:
    assert rating(text) == said
