"""A reopening told a manager up to three messages, none saying what is still wrong, and everybody another name."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.runtime.container import Services
from bot.store.models import Complaint
from bot.store.models import Manager as Staff
from scripts.simulator.actors import words
from scripts.simulator.testkit import World
from tests.scenarios.conftest import router
from tests.scenarios.talking import filed, said, soon, talk

__all__ = ["router"]

WORDS = "王总，二十块查清了，明天下午退到您账上"


@pytest.fixture
def answered(world: World) -> str:
    """周敏 has answered 王总's complaint, and he has read it. Return its number."""
    wang, zhou = world.customer("王总"), world.manager("周敏")
    number = filed(wang)
    zhou.sees_card(number)
    talk(zhou, f"回复 {number} {WORDS}")
    wang.sees(WORDS)
    zhou.forgets()
    return number


@pytest.mark.parametrize(
    ("verdict", "still"),
    [
        ("没解决，没看到退款", "客户说：没解决，没看到退款"),
        ("没解决", "客户说：没解决"),
        ("我家宽带又掉线了，晚上根本没法用", "客户说：我家宽带又掉线了"),
    ],
)
def test_who_is_told_of_a_reopening_reads_one_card_that_says_why(
    world: World, answered: str, verdict: str, still: str
) -> None:
    wang, zhou, he = world.customer("王总"), world.manager("周敏"), world.manager("何建华")
    before = len(zhou.received)
    assert "已重新打开" in talk(wang, verdict)
    assert "由周敏跟进，也告诉了主管" in said(wang)
    assert "由周敏跟进" in talk(wang, "投诉进度")
    for manager in (zhou, he):
        card = words(manager.sees_card("重开投诉"))
        assert still in card
        assert "由客户经理周敏跟进" in card
    world.settle()
    assert sum(answered in words(each) for each in zhou.received[before:]) == 1


def test_what_is_missing_stays_on_the_card_after_it_is_taken(world: World, answered: str) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, "没解决，没看到退款")
    zhou.sees_card("重开投诉")
    zhou.taps("接单")
    soon(world)
    zhou.sees_card(("已接单", "没看到退款"))


def test_a_colleague_reads_what_is_missing_masked(world: World, services: Services) -> None:
    wang, lin = world.customer("王总"), world.manager("林浩")
    number = filed(wang)
    with services.store.begin() as db:
        owner = db.scalars(select(Staff.id).where(Staff.name == "林浩")).one()
        db.execute(update(Complaint).where(Complaint.number == number).values(owner_id=owner))
    talk(lin, f"回复 {number} 您好，我是林浩")
    wang.sees("我是林浩")
    talk(wang, "没解决，打13912345678找我爱人")
    card = words(lin.sees_card("重开投诉"))
    assert "找我爱人" in card
    assert "13912345678" not in card
