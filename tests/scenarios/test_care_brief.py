"""The manager's morning: one message at eight with what the day brings."""

from __future__ import annotations

from scripts.simulator.testkit import World
from tests.scenarios.caring import comes, complaint_of, passes


def test_eight_o_clock(world: World) -> None:
    zhou, lin = world.manager("周敏"), world.manager("林浩")
    number = complaint_of(world.customer("王总"))
    comes(world, "2026-11-21 07:59")
    zhou.forgets()
    lin.forgets()
    comes(world, "2026-11-21 08:00")
    brief = zhou.sees(("周敏早上好", "11月21日"), kind="text")["content"]
    assert "【未结投诉】" in brief
    assert number in brief
    assert "王总" in brief
    assert "李总 商务专线 200M，还有6天" in brief
    assert "今日生日" not in brief
    lin.sees(("林浩早上好", "张先生 融合套餐 159 元，今天到期"))
    comes(world, "2026-11-21 08:30", "2026-11-21 11:00")
    assert sum("早上好" in str(one.get("content")) for one in zhou.received) == 1


def test_nobody_gets_a_brief_after_noon(world: World) -> None:
    comes(world, "2026-11-20 18:00")
    passes(world, "2026-11-21 12:30")
    zhou = world.manager("周敏")
    zhou.forgets()
    comes(world, "2026-11-21 12:31")
    assert not any("早上好" in str(one.get("content")) for one in zhou.received)


def test_a_day_with_nothing_says_so(world: World) -> None:
    comes(world, "2026-11-22 08:00")
    world.manager("何建华").sees("今天没有必办的事")
