"""One turn at a time per person, each on a thread only while it runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from bot.dialogue.lanes import Lanes

PATIENCE_SECONDS = 20.0


@pytest.fixture
def lanes() -> Iterator[Lanes[str]]:
    lanes: Lanes[str] = Lanes(2, "test")
    yield lanes
    lanes.close()


def test_one_lane_keeps_its_order_and_one_thread(lanes: Lanes[str]) -> None:
    go_on, done = threading.Event(), []

    def work(name: str) -> str:
        assert go_on.wait(PATIENCE_SECONDS)
        done.append(name)
        return name

    futures = [lanes.submit("wang", partial(work, name)) for name in "abcd"]
    other, _ = lanes.submit("li", lambda: "other")
    assert other.result(PATIENCE_SECONDS) == "other"
    go_on.set()
    assert [future.result(PATIENCE_SECONDS) for future, _ in futures] == ["a", "b", "c", "d"] == done
    assert [before for _, before in futures] == [0, 1, 2, 3]


def test_an_error_ends_one_piece_of_work_and_not_the_lane(lanes: Lanes[str]) -> None:
    go_on = threading.Event()

    def breaks() -> str:
        assert go_on.wait(PATIENCE_SECONDS)
        raise ValueError("broken")

    broken, _ = lanes.submit("wang", breaks)
    after, _ = lanes.submit("wang", lambda: "after")
    go_on.set()
    with pytest.raises(ValueError, match="broken"):
        broken.result(PATIENCE_SECONDS)
    assert after.result(PATIENCE_SECONDS) == "after"


def test_closing_lets_what_waits_be_done() -> None:
    lanes: Lanes[str] = Lanes(1, "test")
    futures = [lanes.submit("wang", partial(str, name))[0] for name in "abc"]
    lanes.close()
    assert [future.result(0) for future in futures] == ["a", "b", "c"]
