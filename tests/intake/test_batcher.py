"""Whatever waits is taken at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from bot.intake.batcher import MOST, THREADS, Batches

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
    batches = Batches(taken, name="test")
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


def test_a_thread_that_is_stuck_is_relieved(batches: Batches[str], taken: Taken) -> None:
    batches.put("hold")
    assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    batches.put("next")
    batches.relieve()
    assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    assert taken.batches == [["hold"], ["next"]]


def test_there_are_so_many_threads_and_no_more(batches: Batches[str], taken: Taken) -> None:
    for _ in range(THREADS):
        batches.put("hold")
        batches.relieve()
        assert taken.begun.acquire(timeout=PATIENCE_SECONDS)
    batches.put("after")
    batches.relieve()
    taken.go_on.set()
    batches.close()
    assert taken.batches == [["hold"]] * THREADS + [["after"]]
