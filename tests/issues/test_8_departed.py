"""Who left with an open complaint was a technical string in every list, could not be answered and was late for ever."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.customers import DEPARTED
from bot.store.models import AuditEntry, ComplaintState
from scripts.simulator.actors import words
from scripts.simulator.testkit import Customer, World
from tests.scenarios import conftest
from tests.scenarios.caring import comes
from tests.scenarios.conftest import router
from tests.scenarios.talking import complaint, filed, story, talk

__all__ = ["router"]

world = conftest.world
TECHNICAL = re.compile(r"客户-[0-9A-F]{8}")


@pytest.fixture
def left(world: World) -> tuple[Customer, str]:
    """王总 complained at ten, due at 14:00, and unfollowed."""
    wang = world.customer("王总")
    number = filed(wang)
    world.manager("周敏").sees_card("新投诉")
    wang.unfollows()
    world.settle()
    return wang, number


def _all(person) -> str:
    return "\n".join(words(each) for each in person.received)


def test_no_list_shows_a_technical_string_or_counts_how_late_it_is(left, world: World) -> None:
    _, number = left
    comes(world, "2026-11-20 16:00", "2026-11-23 08:00")
    for name in ("周敏", "何建华"):
        member = world.manager(name)
        for command in ("待办", "早报", "投诉"):
            (line,) = (each for each in talk(member, command).splitlines() if number in each)
            assert DEPARTED in line
            assert "已超时" not in line
            assert "结案" in line
        talk(member, f"接单 {number}")
        assert not TECHNICAL.search(_all(member))
        assert "已超过答复时限" not in _all(member)


def test_the_manager_is_told_what_he_can_do_and_does_it(left, world: World, truth: Session) -> None:
    _, number = left
    zhou = world.manager("周敏")
    told = _all(zhou)
    assert f"发“结案 {number} 怎么办的”" in told
    assert "满3个工作日自动办结" in told
    said = talk(zhou, f"回复 {number} 换好了")
    assert "请打电话" not in said
    assert f"结案 {number}" in said
    assert "怎么办的" in talk(zhou, f"结案 {number}")
    assert "已结案" in talk(zhou, "门店找到人，光猫换好了")
    assert complaint(truth, number).state is ComplaintState.CLOSED
    assert story(truth, number)[-1] == ("closed", "门店找到人，光猫换好了")
    log = select(AuditEntry).where(AuditEntry.action == "complaint.closed")
    (entry,) = truth.scalars(log)
    assert entry.actor.startswith("manager:")
    assert number not in talk(zhou, "待办")
    assert "已经办结" in talk(zhou, f"结案 {number} 再来")


def test_in_one_line_too(left, world: World, truth: Session) -> None:
    _, number = left
    talk(world.manager("何建华"), f"结案 {number} 已当面处理")
    assert complaint(truth, number).state is ComplaintState.CLOSED
    world.settle()
    assert "何建华给" in _all(world.manager("周敏"))


def test_the_case_of_one_who_is_there_is_not_closed_over_his_head(world: World, truth: Session) -> None:
    number = filed(world.customer("王总"))
    said = talk(world.manager("周敏"), f"结案 {number} 办好了")
    assert f"回复 {number}" in said
    assert complaint(truth, number).state is ComplaintState.FILED


def test_by_rule_it_ends_some_workdays_later_and_two_are_told_once(left, world: World, truth: Session) -> None:
    _, number = left
    comes(world, "2026-11-23 09:11", "2026-11-24 09:11")
    assert complaint(truth, number).state is ComplaintState.FILED
    comes(world, "2026-11-25 09:11", "2026-11-26 09:11", "2026-11-27 10:05")
    assert complaint(truth, number).state is ComplaintState.CLOSED
    for name in ("周敏", "何建华"):
        assert _all(world.manager(name)).count("已按规则办结") == 1
        assert number not in talk(world.manager(name), "待办")


def test_who_comes_back_is_somebody_new(left, world: World) -> None:
    wang, number = left
    wang.follows()
    assert number not in talk(wang, "投诉进度")
    said = talk(world.manager("周敏"), f"回复 {number} 换好了")
    assert "再关注也认不出" in said
