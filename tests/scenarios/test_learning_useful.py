"""有用 and 没用, the choices nobody wanted, and the week in figures."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.learning import draft_impact
from bot.store.models import Inbound, OpenQuestion, Task, Unanswered
from scripts.simulator.testkit import World
from tests.scenarios.caring import comes
from tests.scenarios.talking import filed, said, talk

QUESTION = "怎么查话费和账单"
UNSURE = "宽带合约"
OFFERED = "要不要现在就请周敏直接答复您"


def kept(truth: Session) -> list[tuple[str, str]]:
    """Return what was kept for those who know: (how it ended, the words)."""
    truth.rollback()
    return [(row.outcome, row.text) for row in truth.scalars(select(Unanswered).order_by(Unanswered.id))]


def test_asked_once_a_day_when_the_topic_has_ended(world: World) -> None:
    wang = world.customer("王总")
    assert "没用" not in talk(wang, QUESTION)
    assert "2. 没用" in talk(wang, "谢谢")
    wang.taps("有用")
    assert "谢谢您告诉我" in said(wang)
    talk(wang, QUESTION)
    assert "没用" not in talk(wang, "好的谢谢")
    comes(world, "2026-11-21 10:00")
    talk(wang, QUESTION)
    assert "没用" in talk(wang, "知道了")


def test_after_a_choice_it_leaves_the_numbers_alone(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    talk(wang, UNSURE)
    assert "回复“有用”或“没用”都行" in talk(wang, "1")
    assert "没用" not in talk(wang, "谢谢")
    assert OFFERED in talk(wang, "没用")
    assert kept(truth) == [("useless", UNSURE)]


def test_useless_offers_the_manager_and_is_kept(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, QUESTION)
    answer = talk(wang, "没啥用")
    assert OFFERED in answer
    assert "请经理答复" in answer
    assert kept(truth) == [("useless", QUESTION)]
    assert "已经通知" in talk(wang, "好的")
    zhou.sees_card(("客户找您", QUESTION))
    comes(world, "2026-11-23 09:30")
    zhou.sees_card((QUESTION, "（1次，说没用）"))


def test_a_better_answer_takes_the_place_of_the_useless_one(world: World) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    before = talk(wang, QUESTION)
    talk(wang, "没用")
    comes(world, "2026-11-23 09:30")
    zhou.sees_card("说没用")
    zhou.taps("答1")
    assert f"客户说没用：{before[:10]}" in said(zhou)
    assert "问：怎么查每月账单" in talk(zhou, "您发“账单”我就能帮您查，明细每月三号更新。")
    talk(zhou, "上线")
    world.settle()
    assert "每月三号更新" in talk(wang, QUESTION)
    talk(zhou, "撤回")
    world.settle()
    assert talk(wang, QUESTION) == before


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask fewer of the old questions again: how many is not what these tests are about."""
    monkeypatch.setattr(draft_impact, "ASKED_MOST", 40)


@pytest.mark.parametrize("words", ["没用", "不管用啊", "答非所问", "这不是我要问的"])
def test_typed_right_after_an_answer(world: World, words: str) -> None:
    wang = world.customer("王总")
    talk(wang, QUESTION)
    assert OFFERED in talk(wang, words)
    assert OFFERED not in talk(wang, "没用")


def test_a_good_word_counts_and_is_no_question(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    talk(wang, QUESTION)
    assert "谢谢您告诉我" in talk(wang, "挺有用的")
    assert kept(truth) == []


def test_nobody_in_trouble_is_asked(world: World) -> None:
    wang = world.customer("王总")
    filed(wang)
    talk(wang, QUESTION)
    assert "没用" not in talk(wang, "谢谢")


def test_refused_choices_are_kept_without_a_task(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    assert "您想问的是" in talk(wang, UNSURE)
    assert "没听懂" in talk(wang, "都不是")
    assert kept(truth) == [("refused", UNSURE)]
    assert truth.scalars(select(Task)).all() == []
    assert truth.scalars(select(OpenQuestion)).one().category


def test_a_word_is_about_the_last_thing_said(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    talk(wang, QUESTION)
    talk(wang, UNSURE)
    assert "没听懂" in talk(wang, "没用")
    talk(wang, QUESTION)
    talk(wang, "可以包场开生日会吗")
    assert OFFERED not in talk(wang, "没用")
    assert kept(truth) == [("refused", UNSURE), ("unknown", "可以包场开生日会吗")]


def test_the_week_in_figures(world: World, truth: Session) -> None:
    wang, zhou, he, lin = world.customer("王总"), *map(world.manager, ("周敏", "何建华", "林浩"))
    assert "还没有客户提问" in talk(zhou, "问答周报")
    talk(wang, QUESTION)
    talk(wang, "挺有用的")
    talk(wang, "可以包场开生日会吗")
    talk(wang, UNSURE)
    talk(wang, "1")
    talk(wang, "找经理")
    outcomes = truth.scalars(select(Inbound.outcome).where(Inbound.channel == "official").order_by(Inbound.id)).all()
    assert outcomes == ["answered", "useful", "unknown", "offered", "chosen", "handed_over"]
    week = talk(zhou, "问答周报")
    for line in ("客户问了4次（前一周0次）", "直接答上 1", "没答上 1", "客户说有用 1，没用 0", "问得最多", "话费 1"):
        assert line in week, week
    assert "客户问了4次" in talk(he, "周报")
    assert "还没有客户提问" in talk(lin, "周报")
    comes(world, "2026-11-23 08:45")
    zhou.sees(("【问答周报】11月16日至11月22日", "客户问了4次"))
    he.sees("【问答周报】")
    assert not any("问答周报" in str(one.get("content")) and "还没" not in str(one) for one in lin.received)
