"""One message at a time per person; the others keep their order."""

from __future__ import annotations

from bot.intake.person_queue import Lanes


def test_one_lane_keeps_its_order() -> None:
    lanes: Lanes[str] = Lanes()
    assert [lanes.enter("wang", name) for name in "abcd"] == [0, 1, 2, 3]
    assert [lanes.leave("wang") for _ in "abcd"] == ["b", "c", "d", None]


def test_other_lanes_are_free() -> None:
    lanes: Lanes[str] = Lanes()
    assert lanes.enter("wang", "a") == 0
    assert lanes.enter("li", "b") == 0
    assert lanes.leave("li") is None


def test_a_lane_that_was_left_is_free_again() -> None:
    lanes: Lanes[str] = Lanes()
    lanes.enter("wang", "a")
    assert lanes.leave("wang") is None
    assert lanes.enter("wang", "b") == 0
