"""Everything else people send: nods, faces, pictures, questions, and words nobody understands."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.store.models import Task, Unanswered
from scripts.simulator.testkit import World
from tests.scenarios.talking import BROADBAND, said, talk

NOD = "好的，有事您随时叫我。"
NOTHING = "现在没有等您确认的事。有什么要我办的，直接说就行。"
LEFT = "现在没有正在填的内容，什么都没有提交。有事您直接说。"
FACE = "收到您的表情啦！有什么要我办的，打几个字告诉我就好。"
ALONE = {
    **dict.fromkeys(("好的", "嗯嗯", "哦", "不用了", "知道了"), NOD),
    **dict.fromkeys(("确认", "是的", "1", "第二个", "提交"), NOTHING),
    **dict.fromkeys(("取消", "上一步", "跳过"), LEFT),
    **dict.fromkeys(("👌", "[微笑]", "/::)", "😀😀"), FACE),
    "13800131001": "号码收到。您想用这个号码办什么？打几个字告诉我就好。",
}


def test_with_nothing_open_a_nod_is_a_nod(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    for words, answer in ALONE.items():
        assert talk(wang, words) == answer
    assert truth.scalar(select(func.count(Task.id)).where(Task.rule == "unanswered")) == 0


def test_bad_words_are_heard_calmly(world: World) -> None:
    for words in ("你们就是一群骗子", "滚", "什么破公司，垃圾"):
        assert talk(world.customer("王总"), words).startswith("您别着急，我在听")


def test_every_kind_of_message_is_answered(world: World) -> None:
    wang = world.customer("王总")
    wang.sends_sticker()
    assert "收到您的表情啦" in said(wang)
    wang.sends_voice()
    assert "麻烦您打几个字" in said(wang)
    wang.sends_video()
    assert "视频收到" in said(wang)
    wang.sends_picture()
    assert "图片收到" in said(wang)
    wang.sends_location("示例市城东路 1 号")
    assert "位置收到：示例市城东路 1 号" in said(wang)
    wang.sends_link("一则通知", "https://example.com")
    assert "链接收到" in said(wang)
    assert "我没收到内容" in talk(wang, "")
    assert "直接打字问就行" in talk(wang, "……？？")
    assert "一次看不了这么长" in talk(wang, "啊这个那个嗯" * 1700)


@pytest.mark.parametrize("words", ["我要投訴寬頻太慢，前天開始的", "我要投诉 ５Ｇ信号太差！！！前天开始的"])
def test_script_and_width_do_not_matter(world: World, words: str) -> None:
    summary = talk(world.customer("黄总"), words)
    assert "类别：网络质量" in summary
    assert "时间：前天" in summary
    assert "已为您登记" in talk(world.customer("黄总"), "沒問題")


def test_polite_words(world: World) -> None:
    wang = world.customer("王总")
    assert talk(wang, "你好") == "王总早上好！有什么可以帮您？"
    assert talk(wang, "谢谢") == "王总客气了，应该的。还有事随时叫我。"
    assert talk(wang, "再见") == "王总慢走，有事随时找我，祝您顺心。"
    assert "找经理" in talk(wang, "帮助")
    assert "自动小助手" in talk(wang, "你是机器人吗")


def test_praise_reaches_manager_and_supervisor(world: World) -> None:
    wang = world.customer("王总")
    assert "想表扬谁" in talk(wang, "我要表扬")
    assert "已经记下并转告周敏和主管" in talk(wang, "周敏特别耐心，帮了大忙")
    for name in ("周敏", "何建华"):
        world.manager(name).sees("周敏特别耐心")


def test_a_question_is_answered_and_the_menu_asks_one(world: World) -> None:
    wang = world.customer("王总")
    assert "流量" in talk(wang, "怎么查流量？")
    wang.taps_menu("ask:怎么查话费和账单")
    assert "账单" in said(wang)


def test_a_vague_question_is_asked_back(world: World) -> None:
    wang = world.customer("王总")
    offered = talk(wang, "套餐")
    assert offered.startswith("您想问的是下面哪一个？\n1. ")
    assert "请回复1-3里的数字" in talk(wang, "9")
    answer = talk(wang, "1")
    assert "1." not in answer
    assert "不确定" not in answer
    talk(wang, "套餐")
    assert "换个说法再问一次" in talk(wang, "都不是")
    assert "等您确认" in talk(wang, "1")


def test_what_nobody_knows_gets_a_name_and_a_time(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    unsure = talk(wang, "鱼香肉丝里放几勺白糖才好吃呢")
    assert unsure == "这个问题我不确定，怕说错误导您。已转给客户经理周敏，今天14:00前给您答复。"
    zhou.sees_card(("待您答复的问题", "王建国"))
    assert truth.scalar(select(func.count(Unanswered.id))) == 1
    assert "周敏已经在看了" in talk(wang, "鱼香肉丝里放几勺白糖才好吃呢")
    zhou.taps("回复")
    talk(zhou, "两勺就好。")
    wang.sees("客户经理周敏回复您：\n两勺就好。")


def test_an_offer_is_taken_by_number_and_by_tap(world: World) -> None:
    wang = world.customer("王总")
    talk(wang, BROADBAND)
    assert "这次就不登记了" in talk(wang, "2")
    talk(wang, BROADBAND)
    wang.taps("确认提交")
    assert "已为您登记" in said(wang)
