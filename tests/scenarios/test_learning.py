"""The loop: a question nobody could answer, the next morning's card, an answer in chat, live for the next customer."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import job_table
from bot.learning import draft_impact
from bot.runtime.container import Services
from bot.schedule import Scheduler
from bot.store.models import AuditEntry, OpenQuestion, OpenQuestionState, Task, TaskState, Unanswered
from scripts.simulator.testkit import World
from tests.scenarios.caring import comes, passes
from tests.scenarios.talking import said, soon, talk

PARTY = "可以包场开生日会吗"
PARTY_TOO = "请问可不可以包场办生日会"
ANSWER = "周末可以包场，提前三天找客户经理登记就行。"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask fewer of the old questions again: how many is not what these tests are about."""
    monkeypatch.setattr(draft_impact, "ASKED_MOST", 40)


@pytest.fixture(autouse=True)
def monday(world: World) -> None:
    """Begin on a Monday: open questions are asked on workdays, and a window is open for two days."""
    comes(world, "2026-11-23 10:00")


def test_unknown_today_is_known_tomorrow(world: World, truth: Session) -> None:
    wang, zhang, zhou = world.customer("王总"), world.customer("张先生"), world.manager("周敏")
    assert "不确定" in talk(wang, PARTY)
    comes(world, "2026-11-24 09:30")
    card = zhou.sees_card(("有1个问题想请教您", "生日会", "（1次）"))
    assert [button["text"] for button in card["buttons"]] == ["答1"]
    zhou.taps("答1")
    assert "请直接打字" in said(zhou)
    assert "草稿1写好了" in talk(zhou, ANSWER)
    soon(world)
    zhou.sees_card("点“上线”马上对客户生效")
    zhou.taps("上线")
    published = said(zhou)
    assert "已上线，编号1" in published
    assert "有1位客户还在等" in published
    wang.sees(("客户经理周敏回复您", "生日会", ANSWER))
    assert truth.scalars(select(Task).where(Task.rule == "unanswered")).one().state is TaskState.DONE
    world.settle()
    assert talk(zhang, PARTY_TOO) == ANSWER
    zhou.sees_button_done("周敏已上线 09:30")


def test_withdrawn_is_unknown_again(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, PARTY)
    comes(world, "2026-11-24 09:30")
    talk(zhou, f"答1 {ANSWER}")
    assert "已上线" in talk(zhou, "上线")
    world.settle()
    assert talk(wang, PARTY_TOO) == ANSWER
    assert "已撤回1号" in talk(zhou, "撤回")
    world.settle()
    assert "不确定" in talk(world.customer("李总"), PARTY_TOO)
    assert "没有可以撤回的" in talk(zhou, "撤回")
    actions = truth.scalars(select(AuditEntry.action).where(AuditEntry.actor.startswith("manager"))).all()
    assert {"entry.drafted", "entry.published", "entry.withdrawn", "question.moved"} <= set(actions)
    assert truth.scalars(select(OpenQuestion)).first().state is OpenQuestionState.OPEN


def test_two_schedulers_ask_once(world: World, services: Services) -> None:
    talk(world.customer("王总"), PARTY)
    passes(world, "2026-11-24 09:31")
    for _ in range(2):
        Scheduler(job_table.jobs(services)).tick()
    services.work()
    zhou = world.manager("周敏")
    zhou.sees_card("生日会")
    assert sum("想请教您" in str(one.get("title")) for one in zhou.received) == 1


def test_nothing_to_ask_is_not_asked(world: World) -> None:
    comes(world, "2026-11-24 09:30")
    for name in ("周敏", "林浩", "何建华"):
        assert not any("请教" in str(one) for one in world.manager(name).received)


def test_same_meaning_is_one_question_and_names_nobody(world: World, truth: Session) -> None:
    talk(world.customer("王总"), "我是王建国13800131001，可以包场开生日会吗")
    talk(world.customer("李总"), "家住幸福路18号3栋501，可不可以包场办生日会")
    rows = truth.scalars(select(Unanswered)).all()
    assert [row.text for row in rows] == [
        "我是〔姓名〕〔号码〕，可以包场开生日会吗",
        "〔地址〕，可不可以包场办生日会",
    ]
    question = truth.scalars(select(OpenQuestion)).one()
    assert question.title == "可以包场开生日会吗"
    comes(world, "2026-11-24 09:30")
    world.manager("周敏").sees_card("（2次）")


def test_who_was_answered_already_is_not_answered_twice(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, PARTY)
    zhou.sees_card("待您答复的问题")
    zhou.taps("回复")
    talk(zhou, "我查了，没有。")
    wang.sees("我查了，没有。")
    comes(world, "2026-11-24 09:30")
    talk(zhou, f"答1 {ANSWER}")
    assert "客户还在等" not in talk(zhou, "上线1")
    world.settle()
    assert ANSWER not in wang.transcript


def test_the_knower_answers_and_the_customers_manager_hears_of_it(world: World, truth: Session) -> None:
    wang, lin, he = world.customer("王总"), world.manager("林浩"), world.manager("何建华")
    talk(wang, "宽带猫能不能放在冰箱里用")
    category = truth.scalars(select(OpenQuestion.category)).one()
    assert f"{category}类的问题今后请教林浩" in talk(he, f"分类 {category} 林浩")
    assert "您可以认领" in talk(lin, "分类 流量 周敏")
    assert "流量类的问题今后请教林浩" in talk(lin, "分类 流量 我")
    assert f"{category}：林浩" in talk(lin, "分类")
    comes(world, "2026-11-24 09:30")
    lin.sees_card("宽带猫")
    talk(lin, "答1 猫要通风，放冰箱里会坏，请放在客厅。")
    assert "已替您发过去" in talk(lin, "上线")
    wang.sees(("客户经理周敏回复您", "猫要通风"))
    world.manager("周敏").sees(("王建国问过", "林浩给了答案"))


def test_changing_dropping_and_handing_on(world: World) -> None:
    wang, zhou, lin = world.customer("王总"), world.manager("周敏"), world.manager("林浩")
    talk(wang, PARTY)
    talk(wang, "你们招不招厨师")
    comes(world, "2026-11-24 09:30")
    listed = talk(zhou, "待答")
    assert "1号 " in listed
    assert "2号 " in listed
    assert "不再问您" in talk(zhou, "不用2")
    assert "改请林浩回答" in talk(zhou, "转1 林浩")
    lin.sees_card("生日会")
    assert "没有等您回答" in talk(zhou, "待答")
    talk(lin, "答 先这样答")
    soon(world)
    lin.taps("修改")
    assert "现在的答案：先这样答" in said(lin)
    assert ANSWER in talk(lin, ANSWER)
    soon(world)
    lin.taps("上线")
    world.settle()
    assert talk(wang, PARTY_TOO) == ANSWER
    assert "已经有答案上线了" in talk(lin, "答1 再答一次")


def test_what_a_manager_answered_one_customer_is_kept_by_a_tap(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, PARTY)
    zhou.sees_card("待您答复的问题")
    zhou.taps("回复")
    assert "已交给微信发给王建国" in talk(zhou, ANSWER)
    soon(world)
    zhou.sees_card(("教给小助手", PARTY))
    zhou.taps("用这个回答")
    assert f"答：{ANSWER}" in said(zhou)
    zhou.sees_button_done("已写成草稿")
    talk(zhou, "上线")
    world.settle()
    assert talk(world.customer("张先生"), PARTY_TOO) == ANSWER


def test_a_like_question_is_answered_along(world: World, truth: Session) -> None:
    wang, li, zhou = world.customer("王总"), world.customer("李总"), world.manager("周敏")
    talk(wang, PARTY)
    talk(li, "想在你们网点包场过个生日聚会行不")
    assert len(truth.scalars(select(OpenQuestion)).all()) == 2
    comes(world, "2026-11-24 09:30")
    talk(zhou, f"答1 {ANSWER}")
    assert "有2位客户还在等" in talk(zhou, "上线")
    li.sees(("过个生日聚会", ANSWER))
    assert "没有等您回答" in talk(zhou, "待答")
    assert "放回待答" in talk(zhou, "撤回")
    assert "1号" in talk(zhou, "待答")
    assert "2号" in talk(zhou, "待答")


def test_what_must_not_be_said_does_not_go_live(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, PARTY)
    comes(world, "2026-11-24 09:30")
    assert "“绝对”是不能对客户说的" in talk(zhou, "答1 绝对可以包场")
    soon(world)
    assert [each["text"] for each in zhou.sees_card("还不能上线")["buttons"]] == ["修改", "不用了"]
    assert "请换个说法" in talk(zhou, "上线")
    zhou.taps("不用了")
    assert "不再问您" in said(zhou)
    assert "草稿已经不在了" in talk(zhou, "上线1")
    comes(world, "2026-11-27 09:30")
    talk(world.customer("李总"), PARTY_TOO)
    comes(world, "2026-11-30 09:30")
    assert sum("想请教您" in str(one.get("title")) for one in zhou.received) == 1


def test_only_who_made_it_live_or_the_supervisor_takes_it_back(world: World) -> None:
    wang, zhou, lin, he = world.customer("王总"), *map(world.manager, ("周敏", "林浩", "何建华"))
    talk(wang, PARTY)
    comes(world, "2026-11-24 09:30")
    talk(zhou, f"答1 {ANSWER}")
    talk(zhou, "上线")
    assert "1号 可以包场开生日会吗（周敏" in talk(lin, "知识")
    assert "请周敏或主管撤回" in talk(lin, "撤回1")
    assert "已撤回1号" in talk(he, "撤回1")
