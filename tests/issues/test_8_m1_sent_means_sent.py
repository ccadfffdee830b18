"""M1: "已发给" was said of words that never left, waited, or were cut; now it is told what became of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.runtime.container import Services
from bot.store.models import Manager as Staff
from bot.store.models import Outbox, OutboxState, Task, TaskState
from scripts.simulator.actors import words
from scripts.simulator.testkit import Customer, Manager, World
from tests.scenarios.caring import SHANGHAI, file_of
from tests.scenarios.conftest import router
from tests.scenarios.talking import filed, said, soon, talk

__all__ = ["router"]

Comes = Callable[[str], None]
SEND = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
LONG = "王总，您的增值业务费我们核查过了，是上个月误开通的，已经退掉，三十块钱会退到您的话费里，给您添麻烦了。"


@pytest.fixture
def at(world: World) -> Comes:
    """Let a moment of Shanghai come."""

    def come(moment: str) -> None:
        world.clock.move_to(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI))
        world.settle()

    return come


def _rows(db: Session, rule: str) -> list[Outbox]:
    db.rollback()
    return list(db.scalars(select(Outbox).where(Outbox.rule == rule).order_by(Outbox.id)))


def _all(person: Customer | Manager) -> str:
    return "\n".join(words(each) for each in person.received)


UNCONFIRMED = {
    "http 500": {"http_status": 500},
    "no answer": {"drop_after": True},
}


@pytest.mark.parametrize("fault", UNCONFIRMED.values(), ids=UNCONFIRMED)
def test_without_the_platforms_word_the_manager_is_asked_to_call(world: World, truth: Session, fault: dict) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    world.simulator.fault(SEND, **fault)
    assert "已交给微信" in talk(zhou, f"回复 {number} 已经换好了")
    told = words(zhou.sees("没有收到微信的确认"))
    assert "可能没送到" in told
    assert "已经换好了" in told
    assert "13800131001" in told
    assert [row.state for row in _rows(truth, "complaint_answer")] == [OutboxState.UNKNOWN]
    assert "有答复了，回复任意内容查看" in words(wang.sees(kind="template"))
    before = _all(wang).count("已经换好了")
    world.clock.advance(seconds=30)
    wang.says("什么答复")
    soon(world)
    world.settle()
    assert _all(wang).count("已经换好了") == before + 1
    assert "已发过去" in words(zhou.sees("王建国来消息了"))
    world.clock.advance(minutes=5)
    wang.says("在吗")
    soon(world)
    assert _all(wang).count("已经换好了") == before + 1


WAITS = {45009: "明天零点后再发", 48001: "过几分钟再试", 40001: "过几分钟再试"}


@pytest.mark.parametrize("code", WAITS)
def test_words_the_platform_does_not_take_now_are_told_of_once(world: World, truth: Session, code: int) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    world.simulator.fault(SEND, errcode=code, times=0)
    talk(zhou, f"回复 {number} 已经换好了")
    world.settle()
    for _ in range(3):
        world.clock.advance(minutes=11)
        world.settle()
    assert _all(zhou).count("还没发出") == 1
    assert WAITS[code] in _all(zhou)
    assert "13800131001" in words(zhou.sees("还没发出"))
    assert "已经换好了" not in _all(wang)
    assert [row.state for row in _rows(truth, "complaint_answer")] == [OutboxState.WAITING]


def test_plain_success_makes_no_second_message(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    zhou.sees_card(number)
    talk(zhou, f"回复 {number} 已经换好了")
    wang.sees("已经换好了")
    zhou.forgets()
    world.clock.advance(minutes=20)
    zhou.sees_nothing_else()


def test_at_night_he_reads_when_it_goes_and_the_customer_when_it_was_written(world: World, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    at("2026-11-20 15:00")
    number = filed(wang)
    at("2026-11-20 23:50")
    told = talk(zhou, f"回复 {number} 好的王总，明早七点半送到")
    assert "休息时间，明天08:00发出" in told
    assert "13800131001" in told
    assert "已交给" not in told
    assert "明早七点半" not in _all(wang)
    at("2026-11-21 08:01")
    got = words(wang.sees("好的王总，明早七点半送到"))
    assert "客户经理周敏昨天23:50答复" in got
    assert _all(zhou).count("明早七点半") == 0  # no follow-up: it went as announced


def test_with_the_window_shut_the_template_calls_and_the_whole_answer_follows(
    world: World, truth: Session, at: Comes
) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 11:00")
    told = talk(zhou, f"回复 {number} {LONG}")
    assert "窗口已关" in told
    assert "一来消息就把您的原话发过去" in told
    template = words(wang.sees(kind="template"))
    assert "有答复了" in template
    assert LONG[:10] not in template
    assert [(row.state, row.reason) for row in _rows(truth, "complaint_answer")] == [("waiting", "window_shut")]
    zhou.forgets()
    zhou.sees_nothing_else()
    assert "给您的答复马上发过来" in talk(wang, "看不全，说的什么")
    soon(world)
    got = words(wang.sees(LONG))
    assert "周敏今天11:00答复" in got or "周敏答复" in got
    assert "已解决" in got
    soon(world)
    wang.says("好的")
    soon(world)
    assert _all(wang).count(LONG) == 1
    zhou.sees("王建国来消息了")
    assert not truth.scalars(select(Task).where(Task.rule == "unanswered")).all()


def test_the_answer_follows_the_reply_to_what_he_wrote(world: World, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 11:00")
    talk(zhou, f"回复 {number} 已经换好了")
    wang.says("营业时间")
    first = said(wang)
    soon(world)
    assert "已经换好了" not in first
    assert "已经换好了" in said(wang)


class TestWithoutATemplate:
    """Accounts whose template was not approved."""

    @pytest.fixture
    def program_settings(self, program_settings: Settings) -> Settings:
        """Settings without the template."""
        return program_settings.model_copy(update={"wechat_template_complaint": ""})

    def test_he_gets_one_card_with_the_number_and_the_words_still_follow(
        self, world: World, truth: Session, at: Comes
    ) -> None:
        wang, zhou = world.customer("王总"), world.manager("周敏")
        number = filed(wang)
        at("2026-11-23 11:00")
        zhou.forgets()
        assert "微信发不出去" in talk(zhou, f"回复 {number} 已经换好了")
        zhou.sees_card(("请打电话转告", "已经换好了", "王建国", "13800131001", "最晚"))
        assert sum("请打电话转告" in words(each) for each in zhou.received) == 1
        wang.says("在吗")
        soon(world)
        wang.sees("已经换好了")
        zhou.sees("已发过去")
        assert [task.state for task in truth.scalars(select(Task))] == [TaskState.DROPPED]

    def test_who_was_called_does_not_get_the_words_again(self, world: World, truth: Session, at: Comes) -> None:
        wang, zhou = world.customer("王总"), world.manager("周敏")
        number = filed(wang)
        at("2026-11-23 11:00")
        talk(zhou, f"回复 {number} 已经换好了")
        zhou.sees_card("请打电话转告")
        zhou.taps("已完成")
        wang.says("在吗")
        soon(world)
        world.settle()
        assert "已经换好了" not in _all(wang)
        assert [(row.state, row.reason) for row in _rows(truth, "complaint_answer")] == [("skipped", "told_by_hand")]


def test_who_does_not_come_within_three_days_is_to_be_called(world: World, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 11:00")
    talk(zhou, f"回复 {number} 已经换好了")
    at("2026-11-26 10:00")
    assert "请打电话转告" not in _all(zhou)
    at("2026-11-26 11:01")
    zhou.sees_card(("请打电话转告", "已经换好了", "13800131001"))
    at("2026-12-02 10:00")
    wang.says("在吗")
    soon(world)
    got = words(wang.sees("已经换好了"))
    assert "11月23日11:00答复" in got


def test_a_window_the_platform_shut_is_told(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    world.simulator.fault(SEND, errcode=45015)
    assert "已交给微信" in talk(zhou, f"回复 {number} 已经换好了")
    zhou.sees("没能直接发：窗口已关")
    wang.sees(kind="template")
    wang.says("看看")
    soon(world)
    wang.sees("已经换好了")


def test_a_refused_template_becomes_a_task(world: World, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    at("2026-11-23 11:00")
    world.simulator.fault(TEMPLATE, errcode=40037)
    talk(zhou, f"回复 {number} 已经换好了")
    zhou.sees_card(("请打电话转告", "已经换好了", "13800131001"))


def test_a_talk_waits_for_the_window_too(world: World, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    wang.says("找经理")
    zhou.sees_card("客户找您")
    at("2026-11-23 11:00")
    zhou.taps("回复")
    assert "窗口已关" in talk(zhou, "王总，资料准备好了")
    world.settle()
    wang.says("在吗")
    soon(world)
    wang.sees("王总，资料准备好了")


def test_ticking_off_tells_the_customer_what_the_manager_says(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    wang.says("找经理")
    zhou.sees_card("客户找您")
    zhou.taps("已完成")
    assert "这就告诉王建国：“客户经理周敏说已经联系过您了" in said(zhou)
    wang.sees("客户经理周敏说已经联系过您了。要是还没联系上，回复“找经理”")


def test_ticking_off_with_the_window_shut_is_said_when_he_comes(world: World, at: Comes) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    wang.says("找经理")
    card = zhou.sees_card("客户找您")
    at("2026-11-23 11:00")
    zhou.taps("已完成")
    assert "客户来消息时告诉王建国" in said(zhou), card
    wang.says("你好")
    soon(world)
    wang.sees("说已经联系过您了")


def test_whose_customer_he_is_not_any_more_reads_the_number_masked(world: World, services: Services) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    with services.store.begin() as db:
        lin = db.scalars(select(Staff).where(Staff.name == "林浩")).one()
        file_of(db, "王建国").manager = lin
    world.simulator.fault(SEND, http_status=500)
    talk(zhou, f"回复 {number} 已经换好了")
    told = words(zhou.sees("没有收到微信的确认"))
    assert "138****1001" in told
    assert "13800131001" not in told
