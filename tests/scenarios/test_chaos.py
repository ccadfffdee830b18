"""Every part of the program is killed at random for a minute, PostgreSQL is frozen once: nothing that was acknowledged
is lost, done twice or left lying.

Judged only once nothing moves any more, so that a busy machine is slow and not wrong. How many apologies and how many
undeliverable messages there are depends on the machine; `python -m scripts.chaos` tells it.
"""

from __future__ import annotations

from scripts.chaos.__main__ import run


def test_nothing_acknowledged_is_lost_doubled_or_stuck() -> None:
    figures = run(60.0, seed=20261121, asks_per_second=10.0)
    assert (figures["lost"], figures["doubled"], figures["stuck"], figures["numbers_missing"]) == (0, 0, 0, 0), figures
    assert figures["messages"] > 100 and sum(figures["faults"].values()) > 3, figures
