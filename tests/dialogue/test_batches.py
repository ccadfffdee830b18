"""Whatever waits is taken at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from bot.dialogue.batches import MOST, Batches

PATIENCE_SECONDS = 20.0


class Taken:
    """Keeps what was taken together; the first piece of a batch named "hold" waits for `go_on`."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self, works: Sequence[str]) -> None:
        self.batches.append(list(works))
        self.begun.release()
        if works[0] == "hold":
            assert self.go_on.wait(PATIENCE_SECONDS)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def batches(taken: Taken) -> Iterator[Batches[str]]:
    batches = Batches(taken, threads=1, name="test")
    yield batches
    taken.go_on.set()
    batches.close()


def test_what_came_while_one_was_worked_on_is_taken_together(batches: Batches[str], taken: Taken) -> None:
    batches.put("hold")
    assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    for number in range(MOST + 2):
        batches.put(str(number))
    taken.go_on.set()
    batches.close()
    assert taken.batches == [["hold"], [str(number) for number in range(MOST)], [str(MOST), str(MOST + 1)]]


def test_a_thread_that_is_stuck_is_not_waited_for(
    batches: Batches[str], taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches.put("hold")
    assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    monkeypatch.setattr("bot.dialogue.batches.STUCK_SECONDS", 0.0)
    batches.put("next")
    assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    assert taken.batches == [["hold"], ["next"]]


def test_a_flood_of_stuck_threads_ends(batches: Batches[str], taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are so many threads and no more; what comes then waits."""
    monkeypatch.setattr("bot.dialogue.batches.STUCK_SECONDS", 0.0)
    monkeypatch.setattr("bot.dialogue.batches.MOST", 1)
    for _ in range(4):
        batches.put("hold")
        assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    batches.put("after")
    assert len(taken.batches) == 4
    taken.go_on.set()
    batches.close()
    assert taken.batches[4:] == [["after"]]
