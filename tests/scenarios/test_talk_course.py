"""After a complaint was filed: how far it is, more words, hurry, taken back, answered, solved or opened again."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import ComplaintState, Satisfaction, Task
from scripts.simulator.testkit import World
from tests.scenarios.talking import CHARGED, complaint, filed, said, soon, story, talk


def answered(world: World, words: str = "师傅今天下午三点上门") -> str:
    """File a complaint, let 周敏 answer it and the answer arrive; return the number."""
    number = filed(world.customer("王总"))
    assert "已交给微信发给王建国" in talk(world.manager("周敏"), f"回复 {number} {words}")
    world.settle()
    world.customer("王总").sees((words, "请问解决了吗"))
    return number


def test_the_whole_story(world: World, truth: Session) -> None:
    wang, zhou, he = world.customer("王总"), world.manager("周敏"), world.manager("何建华")
    number = filed(wang)
    assert "正等周敏接单，今天14:00前给您答复" in talk(wang, "我的投诉怎么样了")
    assert f"已补充到{number}，周敏会看到" in talk(wang, "补充一下，晚上特别严重")
    assert "再次提醒了周敏" in talk(wang, "怎么还没人处理，催一下")
    zhou.sees(("补充", "晚上特别严重"))
    zhou.sees("在催")
    zhou.taps("接单")
    zhou.sees_button_done("周敏已接单 10:00")
    wang.sees(("客户经理周敏已经接单", "今天14:00前"))
    assert "周敏已经接单，正在核实" in talk(wang, "投诉进度")
    soon(world)
    zhou.taps("回复")
    zhou.sees("下一条消息会原样发给王建国")
    assert "已交给微信发给王建国" in talk(zhou, "是小区分光器坏了，今晚换好。")
    wang.sees(("客户经理周敏答复", "是小区分光器坏了", "请问解决了吗"), kind="msgmenu")
    wang.taps("没解决")
    assert "已重新打开，由周敏跟进，也告诉了主管" in said(wang)
    assert "周敏会看到" in talk(wang, "师傅根本没来")
    zhou.sees_card(("重开投诉", "客户说：没解决", "由客户经理周敏跟进"))
    he.sees_card(("重开投诉", "王建国"))
    he.taps("接单")
    wang.sees("主管何建华已经接单")
    zhou.sees("由主管何建华接手了")
    assert "已交给微信发给王建国" in talk(he, f"回复 {number} 我是何建华，今晚八点我带人上门。")
    wang.sees(("主管何建华答复", "今晚八点"))
    zhou.sees(("主管何建华已答复", "今晚八点"))
    assert "已经办结" in talk(wang, "好了，已经解决了")
    he.sees("确认")
    zhou.sees("确认")
    world.clock.advance(days=3)
    world.settle()
    wang.sees(number, kind="template")
    assert "主要是哪里不满意" in talk(wang, "不满意")
    assert "记下了" in talk(wang, "拖了三天才弄好")
    he.sees("拖了三天才弄好")
    assert [kind for kind, _ in story(truth, number)] == [
        *("filed", "added", "urged", "taken", "answered", "not_solved", "added", "taken", "answered", "solved"),
        *("rated", "not_solved", "rated"),
    ]
    kept = complaint(truth, number)
    assert (kept.state, kept.satisfaction) == (ComplaintState.REOPENED, Satisfaction.BAD)
    assert kept.satisfaction_reason == "拖了三天才弄好"
    task = truth.scalars(select(Task).where(Task.rule == "rated_badly")).one()
    assert task.manager_id == kept.owner.supervisor_id
    assert "拖了三天才弄好" in task.text


@pytest.mark.parametrize("words", ["修好了，谢谢师傅", "网已经恢复了", "1"])
def test_solved_by_words(world: World, truth: Session, words: str) -> None:
    number = answered(world)
    assert f"{number}已经办结" in talk(world.customer("王总"), words)
    assert complaint(truth, number).state is ComplaintState.CLOSED


@pytest.mark.parametrize("words", ["没有解决", "还是老样子", "師傅沒來，還沒修好"])
def test_not_solved_by_words(world: World, truth: Session, words: str) -> None:
    number = answered(world)
    assert "已重新打开，由周敏跟进，也告诉了主管" in talk(world.customer("王总"), words)
    world.manager("何建华").sees_card("重开投诉")
    assert complaint(truth, number).state is ComplaintState.REOPENED


def test_what_could_mean_either_is_asked_once_more(world: World, truth: Session) -> None:
    number = answered(world)
    wang = world.customer("王总")
    for words in ("是的", "好了", "没有"):
        assert "您看解决了吗" in talk(wang, words)
    assert complaint(truth, number).state is ComplaintState.ANSWERED
    assert "已经办结" in talk(wang, "1")


def test_a_nod_closes_nothing(world: World, truth: Session) -> None:
    number = answered(world)
    for words in ("嗯", "好的", "知道了", "谢谢"):
        assert "办结" not in talk(world.customer("王总"), words)
    assert complaint(truth, number).state is ComplaintState.ANSWERED


def test_asking_whether_it_is_solved_is_no_answer(world: World) -> None:
    answered(world)
    asked = talk(world.customer("王总"), "问题解决了吗")
    assert "周敏今天" in asked and "答复：" in asked
    assert "师傅今天下午三点上门" in asked


def test_complaining_again_of_what_was_answered_opens_it(world: World, truth: Session) -> None:
    number = answered(world)
    wang = world.customer("王总")
    talk(wang, "你们的宽带太差劲了，晚上根本没法用，网速慢死了")
    assert "已重新打开" in said(wang)
    assert complaint(truth, number).state is ComplaintState.REOPENED


def test_solved_before_anybody_answered_is_asked_first(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    number = filed(wang)
    assert "可以办结了吗" in talk(wang, "不用来了，已经好了，恢复正常了")
    assert "今天14:00前给您答复" in talk(wang, "还没有")
    talk(wang, "已经恢复了")
    assert "已经办结" in talk(wang, "已解决")
    assert complaint(truth, number).state is ComplaintState.CLOSED


def test_broken_again_after_it_was_closed(world: World, truth: Session) -> None:
    number = answered(world)
    wang = world.customer("王总")
    talk(wang, "修好了")
    world.clock.advance(hours=20)
    assert "您是说这件事又有问题了吗" in talk(wang, "又断了")
    wang.taps("是的，重新打开")
    assert "已重新打开" in said(wang)
    assert complaint(truth, number).state is ComplaintState.REOPENED


def test_an_old_tap_on_what_is_closed(world: World) -> None:
    number = answered(world)
    wang = world.customer("王总")
    wang.taps("已解决")
    assert "已经办结" in said(wang)
    wang.taps("已解决")
    assert f"{number}已经办结了" in said(wang)


def test_the_reason_is_optional_and_gives_way(world: World) -> None:
    answered(world)
    wang = world.customer("王总")
    wang.taps("没解决")
    assert "流量" in talk(wang, "怎么查流量？")
    assert "还没登记完" not in talk(wang, "你好")


def test_another_matter_given_as_the_reason_can_be_filed_by_itself(world: World, truth: Session) -> None:
    number = answered(world)
    wang = world.customer("王总")
    wang.taps("没解决")
    assert "单独登记" in talk(wang, CHARGED)
    assert story(truth, number)[-1] == ("added", CHARGED)
    assert "类别：费用争议" in talk(wang, "1")
    assert "TS20261120-0002" in talk(wang, "确认")


def test_hurry_reminds_once_in_half_an_hour_and_admits_lateness(world: World) -> None:
    wang, zhou, he = world.customer("王总"), world.manager("周敏"), world.manager("何建华")
    number = filed(wang)
    assert "再次提醒了周敏" in talk(wang, "催一下，怎么还没人处理")
    assert "刚刚已经催过周敏了" in talk(wang, "催一下，怎么还没人处理")
    zhou.sees("在催")
    world.clock.advance(hours=5)
    assert "是我们没做到，抱歉" in talk(wang, "我的投诉怎么样了")
    he.sees_card((number, "升级投诉"))
    assert "超过了说好的时间" in talk(wang, "催一下，怎么还没人处理")
    zhou.sees(("在催", "已超时1小时0分", "马上答复"))


def test_progress_by_number_and_of_nobodys(world: World) -> None:
    wang, li = world.customer("王总"), world.customer("李总")
    assert "没有查到您正在办理的投诉" in talk(wang, "我的投诉怎么样了")
    number = filed(wang)
    assert "正等周敏接单" in talk(wang, f"{number}到哪了")
    assert f"没有找到编号{number}" in talk(li, number)
    assert "没有查到" in talk(li, "投诉进度")
    assert f"已补充到{number}" in talk(wang, f"{number} 隔壁邻居家也一样慢")


def test_when_and_who_are_asked_about_what_is_open(world: World) -> None:
    wang = world.customer("王总")
    filed(wang)
    for words in ("什么时候能修好", "那个投诉是谁负责", "你们几点联系我啊"):
        assert "正等周敏接单，今天14:00前给您答复" in talk(wang, words)


def test_a_picture_later_is_asked_about(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    number = filed(wang)
    world.clock.advance(minutes=20)
    wang.sends_picture()
    assert f"要放进您的投诉{number}吗" in said(wang)
    assert f"已补充到{number}" in talk(wang, "放进去")
    wang.sends_picture()
    assert "说明一下是什么事" in talk(wang, "2")
    assert [kind for kind, _ in story(truth, number)] == ["filed", "media"]


def test_taken_back_after_being_asked(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    first, second = filed(wang), filed(wang, CHARGED)
    assert "您想撤销哪一件" in talk(wang, "我要撤诉")
    assert f"确定要撤销{second}（费用争议）吗" in talk(wang, "1")
    assert "照常办理" in talk(wang, "2")
    talk(wang, f"撤销{first}")
    wang.taps("确定撤销")
    assert "已按您的意思撤销" in said(wang)
    zhou.sees(("撤销了", first))
    assert story(truth, first)[-1][0] == "withdrawn"
    assert "正等周敏接单" in talk(wang, "我的投诉怎么样了")


def test_pressing_twice_says_it_is_filed(world: World) -> None:
    wang = world.customer("王总")
    number = filed(wang)
    assert f"{number}已经登记好了，不用重复提交" in talk(wang, "提交")
