"""One message at a time per person; the others keep their order."""

from __future__ import annotations

from bot.intake.person_queue import PersonQueues


def test_one_lane_keeps_its_order() -> None:
    queues: PersonQueues[str] = PersonQueues()
    assert [queues.enter("wang", name) for name in "abcd"] == [0, 1, 2, 3]
    assert [queues.leave("wang") for _ in "abcd"] == ["b", "c", "d", None]


def test_other_lanes_are_free() -> None:
    queues: PersonQueues[str] = PersonQueues()
    assert queues.enter("wang", "a") == 0
    assert queues.enter("li", "b") == 0
    assert queues.leave("li") is None


def test_a_lane_that_was_left_is_free_again() -> None:
    queues: PersonQueues[str] = PersonQueues()
    queues.enter("wang", "a")
    assert queues.leave("wang") is None
    assert queues.enter("wang", "b") == 0
