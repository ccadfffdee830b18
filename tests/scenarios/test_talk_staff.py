"""Managers and the supervisor in WeCom: cards, commands, and who may do what."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.runtime.container import Services
from bot.store.models import Complaint, ComplaintState, Manager
from scripts.simulator.people import Person
from scripts.simulator.platform import Platform
from scripts.simulator.testkit import World
from tests.scenarios.talking import complaint, filed, said, soon, story, talk


@pytest.fixture
def leaves_the_branch(services: Services) -> Callable[[str], None]:
    """Let a manager stop working here."""

    def leave(name: str) -> None:
        with services.store.begin() as db:
            db.execute(update(Manager).where(Manager.name == name).values(active=False))

    return leave


def test_accept_then_answer_from_the_card(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    zhou.sees_card(number)
    zhou.taps("接单")
    assert f"您已接单{number}" in said(zhou)
    zhou.sees_button_done("周敏已接单 10:00")
    soon(world)
    zhou.sees_card(("已接单", "请在今天14:00前答复王建国"))
    zhou.taps("回复")
    assert "下一条消息会原样发给王建国" in said(zhou)
    talk(zhou, "今天下午派人来。")
    wang.sees(("今天下午派人来。", "请问解决了吗"))
    assert complaint(truth, number).state is ComplaintState.ANSWERED


def test_answer_in_one_line(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    assert "已交给微信发给王建国" in talk(zhou, f"回复{number.lower()} 已经换好了")
    wang.sees("已经换好了")


def test_second_tap_and_second_person(world: World, truth: Session) -> None:
    wang, zhou, he = world.customer("王总"), world.manager("周敏"), world.manager("何建华")
    number = filed(wang)
    assert "您已接单" in talk(he, f"接单 {number}")
    zhou.sees("由主管何建华接手了，您不用再接")
    zhou.taps("接单")
    assert f"{number}已由何建华接单" in said(zhou)
    assert "您已经接过" in talk(he, f"接单 {number}")
    assert [kind for kind, _ in story(truth, number)] == ["filed", "taken"]


def test_a_colleague_neither_sees_nor_touches_it(world: World, truth: Session) -> None:
    number, lin = filed(world.customer("王总")), world.manager("林浩")
    for words in (f"接单 {number}", f"回复 {number} 您好", f"回复 {number}"):
        answer = talk(lin, words)
        assert "没有找到您名下" in answer
        assert "王" not in answer
    assert "没有未办结" in talk(lin, "我的投诉")
    assert complaint(truth, number).state is ComplaintState.FILED


def test_the_supervisor_sees_his_branch_with_whole_numbers(world: World) -> None:
    number = filed(world.customer("张先生"), "网速慢死了，昨天开始的，再不修我找律师起诉你们")
    he = world.manager("何建华")
    he.sees_card((number, "13800131004", "张伟"))
    assert number in talk(he, "我的投诉")


def test_who_is_no_manager_is_told_so(world: World, platform: Platform) -> None:
    platform.people.add(Person("guest", "manager", "访客", "guestuser", "访", following=True))
    guest = world.manager("guest")
    number = filed(world.customer("王总"))
    for words in ("任务", f"接单 {number}", f"回复 {number} 您好", "你好", ""):
        assert "还没有登记为客户经理" in talk(guest, words)


def test_who_has_left_is_told_so_and_customers_get_another(
    world: World, truth: Session, leaves_the_branch: Callable[[str], None]
) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    filed(wang)
    zhou.sees_card("新投诉")
    leaves_the_branch("周敏")
    zhou.taps("接单")
    assert "还没有登记为客户经理" in said(zhou)
    number = filed(wang, "你们上个月乱扣我三十块钱，退给我")
    assert complaint(truth, number).owner.name == "何建华"


def test_odd_answers(world: World, truth: Session) -> None:
    number, zhou = filed(world.customer("王总")), world.manager("周敏")
    zhou.sees_card(number)
    zhou.taps("回复")
    assert "没有看到文字" in talk(zhou, "/::)")
    assert "没有看到文字" in talk(zhou, "")
    assert "600" in talk(zhou, "长" * 5000)
    zhou.sends_picture()
    assert "需要您打字" in said(zhou)
    assert "没有发送" in talk(zhou, "取消")
    assert "没看懂" in talk(zhou, "这句不该发出去")
    assert "请写上投诉编号" in talk(zhou, "回复")
    assert [kind for kind, _ in story(truth, number)] == ["filed"]


def test_a_command_in_between_does_not_become_the_answer(world: World, truth: Session) -> None:
    number, zhou = filed(world.customer("王总")), world.manager("周敏")
    zhou.sees_card(number)
    zhou.taps("回复")
    listed = talk(zhou, "我的投诉")
    assert "刚才要发给客户的回复没有发出" in listed
    assert number in listed
    talk(zhou, f"回复 {number}")
    world.clock.advance(minutes=40)
    assert "没有发出" in talk(zhou, "在修了")
    assert [kind for kind, _ in story(truth, number)] == ["filed"]


def test_a_closed_complaint_takes_no_answer(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    zhou.sees_card(number)
    talk(wang, "撤销投诉")
    wang.taps("确定撤销")
    zhou.taps("回复")
    assert "已经办结，不用再回复" in said(zhou)
    zhou.sees_button_done("已办结 10:00")
    assert "已经办结，不用再回复" in talk(zhou, f"回复 {number} 您好")
    assert "已经办结" in talk(zhou, f"接单 {number}")


def test_who_has_unfollowed_cannot_be_answered(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    wang.unfollows()
    zhou.sees("王总取消了关注")
    zhou.taps("回复")
    assert "没能发出：这位客户取消关注后" in said(zhou)
    assert "没能发出" in talk(zhou, f"回复 {number} 您好")
    assert complaint(truth, number).state is ComplaintState.FILED


def test_the_shut_window_is_said(world: World) -> None:
    number, zhou = filed(world.customer("王总")), world.manager("周敏")
    world.clock.advance(hours=72)
    assert "窗口已关（两天没来消息），微信不让直接发" in talk(zhou, f"回复 {number} 修好了")


def test_lists_and_help(world: World) -> None:
    zhou = world.manager("周敏")
    assert "合约到期" in talk(zhou, "今日")
    assert "客户找您" not in talk(zhou, "待办")
    number = filed(world.customer("王总"))
    assert f"{number} 王建国（钻石） 网络质量 已登记，还剩4小时0分" in talk(zhou, "我的投诉")
    talk(world.customer("王总"), "找经理")
    tasks = talk(zhou, "任务")
    assert "客户找您 王建国" in tasks
    (task,) = re.findall(r"(\d+)\. 客户找您 王建国", tasks)
    assert "没看懂" not in talk(zhou, f"完成 {task}")
    assert "客户找您 王建国" not in talk(zhou, "任务")
    assert "接单 TS编号" in talk(zhou, "帮助")
    assert "没看懂" in talk(zhou, "今天天气不错")


def test_cards_are_asked_for_no_more_than_wecom_shows(world: World, platform: Platform) -> None:
    stranger = world.stranger("tang", "小唐", following=True)
    for words in ("我家宽带老掉线，烦死了", "昨天", "幸福路18号", "不用打，微信说"):
        talk(stranger, words)
    talk(stranger, "确认")
    card = world.manager("何建华").sees_card("幸福路18号")
    assert len(card["fields"]) <= 6
    assert ("回电", "不用打电话") in [(one["name"], one["value"]) for one in card["fields"]]


def test_a_strangers_number_is_shown_to_the_owner_alone(world: World) -> None:
    stranger = world.stranger("tang", "小唐", following=True)
    for words in ("我家宽带老掉线，烦死了", "昨天", "幸福路18号", "可以", "13912345678", "确认"):
        talk(stranger, words)
    world.manager("何建华").sees_card("13912345678")
    assert "13912345678" not in world.manager("周敏").transcript


def test_a_colleague_who_stands_in_sees_masked_numbers(world: World, services: Services) -> None:
    wang, lin = world.customer("王总"), world.manager("林浩")
    number = filed(wang)
    with services.store.begin() as db:
        owner = db.scalars(select(Manager.id).where(Manager.name == "林浩")).one()
        db.execute(update(Complaint).where(Complaint.number == number).values(owner_id=owner))
    talk(wang, "补充：电话13800131001")
    lin.sees("王总给")
    talk(lin, f"回复 {number} 您好，我是林浩")
    wang.says("没解决")
    shown = lin.sees_card("重开投诉")
    assert ("电话", "138****1001") in [(one["name"], one["value"]) for one in shown["fields"]]
    assert "王建国" not in str(shown)
