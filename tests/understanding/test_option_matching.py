"""Any wording that picks an option picks it; what says something of its own picks none."""

from __future__ import annotations

import pytest

from bot.understanding.option_matching import pick

OFFERED = [("install", "怎么办理宽带安装"), ("cancel", "云悦套餐59元档·取消方式"), ("tv", "家庭电视基础包·介绍")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2", "cancel"),
        ("３", "tv"),
        ("第二个吧", "cancel"),
        ("第二個", "cancel"),
        ("2号", "cancel"),
        ("就第2个", "cancel"),
        ("我要第三个", "tv"),
        ("最后一个", "tv"),
        ("后面那个", "tv"),
        ("倒数第二个", "cancel"),
        ("上面那个", "install"),
        ("中间那个", "cancel"),
        ("宽带那个", "install"),
        ("59的", "cancel"),
        ("就59那个吧", "cancel"),
        ("我问的是电视", "tv"),
        ("取消方式的", "cancel"),
        ("家庭电视基础包·介绍", "tv"),
    ],
)
def test_picks(text: str, key: str) -> None:
    assert pick(text, OFFERED) == key


@pytest.mark.parametrize(
    "text", ["第五个", "怎么", "怎么取消", "宽带怎么退", "-1", "1.5", "2元", "好的", "", "套餐多少钱一个月"]
)
def test_picks_nothing(text: str) -> None:
    assert pick(text, OFFERED) == ""


def test_words_of_two_labels_pick_neither() -> None:
    assert pick("套餐", [("a", "套餐59"), ("b", "套餐79")]) == ""


def test_words_alone_can_be_left_out() -> None:
    assert pick("宽带那个", OFFERED, by_name=False) == ""
    assert pick("第一个", OFFERED, by_name=False) == "install"
