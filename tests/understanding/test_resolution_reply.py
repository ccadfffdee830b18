"""What people say when they are asked whether it is solved."""

from __future__ import annotations

import pytest

from bot.understanding.resolution_reply import Verdict, verdict


@pytest.mark.parametrize(
    "text",
    [
        "解决了",
        "已解决",
        "好了，已经解决了",
        "修好了，师傅很及时",
        "现在正常了",
        "不卡了",
        "網已經恢復了",
        "嗯，解决了，谢谢",
    ],
)
def test_solved(text: str) -> None:
    assert verdict(text) is Verdict.SOLVED


@pytest.mark.parametrize(
    "text",
    ["没有解决", "没解决", "還沒修好", "还没有解决呢", "没用", "没人来", "不好用", "根本没修好", "师傅没来", "修不好"],
)
def test_not_solved(text: str) -> None:
    assert verdict(text) is Verdict.NOT_SOLVED


@pytest.mark.parametrize("text", ["又断了", "还是老样子", "还是不行", "越来越慢了", "依然掉线"])
def test_still(text: str) -> None:
    assert verdict(text) is Verdict.STILL


@pytest.mark.parametrize("text", ["好了", "可以了", "没问题了", "是的", "对", "没有", "1", "2", "网好了，谢谢"])
def test_unsure(text: str) -> None:
    assert verdict(text) is Verdict.UNSURE


@pytest.mark.parametrize(
    "text",
    [
        "解决了吗",
        "解决了没",
        "修好了吗？",
        "什么时候能修好",
        "谢谢",
        "好的",
        "嗯",
        "满意",
        "不满意",
        "不用了",
        "你好",
        "",
        "怎么查流量",
        "我要续约" * 9,
    ],
)
def test_neither(text: str) -> None:
    assert verdict(text) is None
