"""The manager's morning: one message at eight with what the day brings."""

from __future__ import annotations

from scripts.simulator.testkit import World
from tests.scenarios.caring import comes, complaint_of, passes


def test_eight_o_clock(world: World) -> None:
    zhou, lin = world.manager("周敏"), world.manager("林浩")
    number = complaint_of(world.customer("王总"))
    comes(world, "2026-11-23 07:59")
    zhou.forgets()
    lin.forgets()
    comes(world, "2026-11-23 08:00")
    brief = zhou.sees(("周敏早上好", "11月23日"), kind="text")["content"]
    assert "【未结投诉】" in brief
    assert number in brief
    assert "王建国" in brief
    assert "商务专线 200M，还有4天" in brief
    assert "王建国（钻石）（11月22日）有未结投诉，暂不自动问候" in brief
    lin.sees(("林浩早上好", "融合套餐 159 元，已在11月21日到期"))
    comes(world, "2026-11-23 08:30", "2026-11-23 11:00")
    assert sum("早上好" in str(one.get("content")) for one in zhou.received) == 1


def test_nobody_gets_a_brief_after_noon(world: World) -> None:
    complaint_of(world.customer("王总"))
    comes(world, "2026-11-22 18:00")
    passes(world, "2026-11-23 12:30")
    zhou = world.manager("周敏")
    zhou.forgets()
    comes(world, "2026-11-23 12:31")
    assert not any("早上好" in str(one.get("content")) for one in zhou.received)


def test_nothing_comes_on_a_rest_day_and_nothing_without_content(world: World) -> None:
    complaint_of(world.customer("王总"))
    zhou = world.manager("周敏")
    comes(world, "2026-11-21 08:00", "2026-11-22 08:00")
    assert not any("早上好" in str(one.get("content")) for one in zhou.received)
    assert not any("早上好" in str(one.get("content")) for one in world.manager("许静").received)
