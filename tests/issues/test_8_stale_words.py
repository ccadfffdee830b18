"""Words that had to wait came though the customer had read them meanwhile, or settled or asked anew what they say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import ComplaintState, Task, TaskState
from scripts.simulator.actors import words
from scripts.simulator.testkit import Customer, Manager, World
from tests.scenarios.caring import comes, recorded
from tests.scenarios.conftest import router
from tests.scenarios.talking import complaint, filed, said, soon, talk

__all__ = ["router"]

Comes = Callable[[str], None]
WORDS = "王总，二十块查清了，明天下午退到您账上"
SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
def at(world: World) -> Comes:
    """Let a moment of Shanghai come."""
    return lambda moment: comes(world, moment)


def _all(person: Customer | Manager) -> str:
    return "\n".join(words(each) for each in person.received)


@pytest.fixture
def answered_at_night(world: World, at: Comes) -> str:
    """周敏 answers 王总's complaint at 22:30: it is to go out at eight. Return its number."""
    at("2026-11-20 15:00")
    number = filed(world.customer("王总"))
    at("2026-11-20 22:30")
    assert "明天08:00发出" in talk(world.manager("周敏"), f"回复 {number} {WORDS}")
    return number


@pytest.mark.parametrize(
    ("verdict", "state"),
    [("已解决", ComplaintState.CLOSED), ("没解决，没看到退款", ComplaintState.REOPENED), ("", ComplaintState.ANSWERED)],
)
def test_an_answer_that_was_read_at_night_does_not_come_in_the_morning(
    world: World, truth: Session, at: Comes, answered_at_night: str, verdict: str, state: ComplaintState
) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    shown = talk(wang, "投诉进度")
    assert WORDS in shown
    assert "没解决" in shown  # the question is asked where the answer is read
    if verdict:
        talk(wang, verdict)
    at("2026-11-21 08:10")
    assert _all(wang).count(WORDS) == 1
    assert "请问解决了吗" not in _all(wang)
    assert complaint(truth, answered_at_night).state is state
    assert recorded(truth, "complaint_answer") == [("skipped", "", "read")]
    assert _all(zhou).count("王建国在查进度时已经看到您写的“王总，二十块查清了") == 1


@pytest.mark.parametrize(("verdict", "reason"), [("已解决", "closed"), ("没解决", "reopened")])
def test_an_answer_he_settled_without_reading_it_does_not_come_either(
    world: World, truth: Session, at: Comes, answered_at_night: str, verdict: str, reason: str
) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, verdict)
    at("2026-11-21 08:10")
    assert WORDS not in _all(wang)
    assert recorded(truth, "complaint_answer") == [("skipped", "", reason)]
    assert _all(zhou).count("没有发：客户") == 1


def test_what_was_closed_without_him_is_still_news(world: World, truth: Session, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 11:00")
    talk(zhou, f"回复 {number} {WORDS}")
    for day in ("2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"):
        at(f"{day} 10:00")
    assert complaint(truth, number).state is ComplaintState.CLOSED
    talk(wang, "你好")
    soon(world)
    assert _all(wang).count(WORDS) == 1


def test_who_comes_and_asks_how_far_it_is_reads_the_answer_once(world: World, truth: Session, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 11:00")
    assert "窗口已关（两天没来消息）" in talk(zhou, f"回复 {number} {WORDS}")
    assert WORDS in talk(wang, "投诉进度")
    for _ in range(2):
        soon(world)
    assert _all(wang).count(WORDS) == 1
    assert "请问解决了吗" not in _all(wang)
    zhou.sees("在查进度时已经看到")
    assert "已发过去" not in _all(zhou)


def test_nobody_is_called_to_read_what_he_has_read(world: World, truth: Session, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 22:30")
    talk(zhou, f"回复 {number} {WORDS}")
    world.settle()
    assert WORDS in talk(wang, "投诉进度")
    at("2026-11-24 08:10")
    assert "有答复了" not in _all(wang)
    assert _all(wang).count(WORDS) == 1
    assert recorded(truth, "answer_waits") == [("skipped", "", "settled")]


def test_the_task_to_call_goes_with_the_words(world: World, truth: Session, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 11:00")
    world.simulator.fault("/cgi-bin/message/template/send", errcode=40037)
    talk(zhou, f"回复 {number} {WORDS}")
    zhou.sees_card("请打电话转告")
    talk(wang, "投诉进度")
    truth.rollback()
    assert truth.scalars(select(Task.state)).all() == [TaskState.DROPPED]


def test_what_is_said_after_reading_answers_the_manager(world: World, truth: Session, answered_at_night: str) -> None:
    wang = world.customer("王总")
    talk(wang, "投诉进度")
    assert "已经转给周敏" in talk(wang, "退到哪个账上合适呢这边有两个卡")


def test_a_talk_that_was_asked_for_anew_is_not_said_to_have_been(world: World, truth: Session, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    at("2026-11-20 17:00")
    talk(wang, "找经理")
    at("2026-11-20 22:00")
    truth.rollback()
    assert "明天08:00告诉王建国" in talk(zhou, f"完成 {truth.scalars(select(Task.id)).one()}")
    talk(wang, "找经理")
    at("2026-11-21 08:10")
    assert "已经联系过您了" not in _all(wang)
    assert recorded(truth, "task_done") == [("skipped", "", "asked_anew")]
    assert "王建国又来找您了" in _all(zhou)


def test_what_is_used_up_is_told_from_a_window_that_is_over(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    told = []
    for count in range(1, 8):
        told.append(talk(zhou, f"回复 {number} 第{count}次说明：退费在办"))
        world.settle()
    refused = [each for each in told if "已交给微信" not in each]
    assert refused
    for each in refused:
        assert "能发给王建国的条数用完了（客户每来一次消息，最多发5条）" in each
        assert "客户一来消息就把您的原话发过去" in each
        assert "两天没来消息" not in each


@pytest.mark.parametrize(("code", "why"), [(45015, "窗口已关（两天没来消息）"), (45047, "条数用完了")])
def test_the_platforms_own_word_for_it_is_told_too(world: World, code: int, why: str) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    world.simulator.fault(SEND, errcode=code)
    assert "已交给微信" in talk(zhou, f"回复 {number} {WORDS}")
    assert why in words(zhou.sees("没能直接发"))


def test_with_the_window_shut_at_night_he_is_told_once(world: World, truth: Session, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 21:30")
    zhou.forgets()
    told = talk(zhou, f"回复 {number} {WORDS}")
    assert "窗口已关（两天没来消息）" in told
    assert "现在是客户的休息时间，明天08:00我发模板通知请客户来看" in told
    for _ in range(2):
        world.settle()
    assert said(zhou) == told
    zhou.forgets()
    zhou.sees_nothing_else()
    assert "有答复了" not in _all(wang)
    at("2026-11-24 08:01")
    wang.sees("有答复了", kind="template")
    zhou.sees_nothing_else()
    assert recorded(truth, "complaint_answer") == [("waiting", "", "window_shut")]


def test_the_list_says_that_the_customer_has_not_read_it(world: World, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 11:00")
    talk(zhou, f"回复 {number} {WORDS}")
    world.settle()
    for command in ("待办", "我的投诉"):
        assert f"{number} 王建国（钻石） 网络质量 已写好，等客户来看" in talk(zhou, command)
    talk(wang, "你好")
    soon(world)
    assert f"{number} 王建国（钻石） 网络质量 已答复，等客户确认" in talk(zhou, "待办")


def test_the_list_says_that_it_goes_in_the_morning(world: World, answered_at_night: str) -> None:
    world.settle()
    listed = talk(world.manager("周敏"), "待办")
    assert f"{answered_at_night} 王建国（钻石） 网络质量 已写好，还没发出" in listed
