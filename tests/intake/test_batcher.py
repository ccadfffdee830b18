"""Whatever waits is taken at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from bot.intake.batcher import MOST, THREADS, Batcher

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
def batcher(taken: Taken) -> Iterator[Batcher[str]]:
    batcher = Batcher(taken, name="test")
    yield batcher
    taken.go_on.set()
    batcher.close()


def test_what_came_while_one_was_worked_on_is_taken_together(batcher: Batcher[str], taken: Taken) -> None:
    batcher.put("hold")
    assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    for number in range(MOST + 2):
        batcher.put(str(number))
    taken.go_on.set()
    batcher.close()
    assert taken.batches == [["hold"], [str(number) for number in range(MOST)], [str(MOST), str(MOST + 1)]]


def test_a_thread_that_is_stuck_is_relieved(batcher: Batcher[str], taken: Taken) -> None:
    batcher.put("hold")
    assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    batcher.put("next")
    batcher.relieve()
    assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    assert taken.batches == [["hold"], ["next"]]


def test_there_are_so_many_threads_and_no_more(batcher: Batcher[str], taken: Taken) -> None:
    for _ in range(THREADS):
        batcher.put("hold")
        batcher.relieve()
        assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    batcher.put("after")
    batcher.relieve()
    taken.go_on.set()
    batcher.close()
    assert taken.batches == [["hold"]] * THREADS + [["after"]]
