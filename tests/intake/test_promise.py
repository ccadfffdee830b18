"""A value one thread gives and another waits for."""

from __future__ import annotations

import threading

import pytest

from bot.intake.promise import Overdue, Promise


def test_what_is_given_is_what_is_waited_for() -> None:
    promise: Promise[str] = Promise()
    giver = threading.Thread(target=promise.keep, args=("好",))
    giver.start()
    assert [promise.wait(20.0), promise.wait()] == ["好", "好"]
    giver.join()


def test_an_error_is_raised_where_it_is_waited() -> None:
    promise: Promise[str] = Promise()
    promise.fail(ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        promise.wait()


@pytest.mark.parametrize("seconds", [0.01, 0.0, -3.0])
def test_what_does_not_come_in_time_may_come_later(seconds: float) -> None:
    promise: Promise[str] = Promise()
    with pytest.raises(Overdue):
        promise.wait(seconds)
    promise.keep("晚了")
    assert promise.wait(seconds) == "晚了"
