"""Yes, no, leave it, back, skip, and a mere nod."""

from __future__ import annotations

import pytest

from bot.understanding import short_replies
from bot.understanding.short_replies import Word

YES = [
    "确认",
    "提交吧",
    "对",
    "是的",
    "没问题",
    "👌",
    "👍🏻",
    "[OK]",
    "好的谢谢",
    "確認",
    "沒問題",
    "对，就这样",
    "帮我提交",
    "ＯＫ",
    "1",
    "是的，没错。",
]
NO = ["不对", "不是", "错了", "要改", "改一下", "有误"]
CANCEL = ["取消", "算了", "不投诉了", "算了，不投诉了", "取消投诉", "先不弄了", "不用登记了", "那就不登记了吧", "退出"]
WORDS = ["没信号", "好慢", "是昨天", "提交材料要多久", "可以吗", "取消不了", "不是这个号码", "对方态度差", "好" * 40]


@pytest.mark.parametrize("text", YES)
def test_yes(text: str) -> None:
    assert short_replies.is_yes(text)
    assert not short_replies.is_no(text)
    assert not short_replies.is_cancel(text)


@pytest.mark.parametrize("text", NO)
def test_no(text: str) -> None:
    assert short_replies.is_no(text)
    assert not short_replies.is_yes(text)


@pytest.mark.parametrize("text", CANCEL)
def test_cancel(text: str) -> None:
    assert short_replies.is_cancel(text)
    assert short_replies.word(text) is Word.LEAVE


@pytest.mark.parametrize("text", ["上一步", "返回", "回到上一步", "退回上一个"])
def test_back(text: str) -> None:
    assert short_replies.is_back(text)


@pytest.mark.parametrize("text", ["跳过", "不知道", "记不清了", "说不清", "没有", "下一题", "随便吧"])
def test_skip(text: str) -> None:
    assert short_replies.is_skip(text)


@pytest.mark.parametrize("text", WORDS)
def test_words_that_say_something(text: str) -> None:
    assert not short_replies.is_yes(text)
    assert not short_replies.is_no(text)
    assert not short_replies.is_cancel(text)
    assert not short_replies.is_back(text)
    assert short_replies.word(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, Word.NOD) for text in ("好的", "嗯", "哦", "知道了", "不用了", "好的，我知道了", "行吧")),
        *((text, Word.CONFIRM) for text in ("确认", "是的", "提交", "2", "第二个")),
        *((text, Word.LEAVE) for text in ("上一步", "跳过")),
        ("👌", Word.FACE),
        ("", None),
    ],
)
def test_what_they_are_by_themselves(text: str, kind: Word | None) -> None:
    assert short_replies.word(text) is kind
