"""Kill every part of the program at random under load and count what was lost.

    python -m scripts.chaos --minutes 5 --json
    python -m scripts.chaos --seconds 60 --json

The program runs on PostgreSQL and Valkey of its own, the platform is the simulator: it signs, cuts after five seconds
and delivers three times. `--seconds` up to 90 freezes PostgreSQL for 6 s only. *Lost*: acknowledged, then nothing for
ever. *Undeliverable*: none of the three tries was acknowledged. *Stuck*: still on its way after the quiet at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
from collections.abc import Sequence
from typing import Any

from scripts.chaos.crowd import Crowd
from scripts.chaos.faults import FREEZES, Faults
from scripts.chaos.stage import Stage
from scripts.chaos.verdict import judge, settle
from scripts.simulator.testkit import World

SHORT_SECONDS = 90.0
QUIET_SECONDS = 240.0
"""How long what was kept may take to be answered after the last fault, on a busy machine."""


def run(
    seconds: float, *, seed: int, asks_per_second: float = 15.0, freezes: tuple[float, ...] | None = None
) -> dict[str, Any]:
    """Do harm for so long and return the figures."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    if freezes is None:
        freezes = FREEZES[:1] if seconds <= SHORT_SECONDS else FREEZES
    with Stage() as stage:
        crowd, faults, stop = Crowd(World(stage.platform), chance), Faults(stage, chance, freezes), threading.Event()
        harm = threading.Thread(target=faults.run, args=(seconds, stop), name="faults")
        harm.start()
        try:
            crowd.run(seconds, asks_per_second)
        finally:
            stop.set()
            harm.join()
        figures = judge(stage, crowd, settle(stage, QUIET_SECONDS))
    return {**figures, "faults": dict(faults.done), "seed": seed}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 0 when nothing was lost, doubled or stuck."""
    parser = argparse.ArgumentParser(prog="python -m scripts.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=15.0, help="questions a second, besides the complaints")
    parser.add_argument("--seed", type=int, default=20261201)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    given = parser.parse_args(arguments)
    figures = run(given.minutes * 60 + given.seconds or 300.0, seed=given.seed, asks_per_second=given.rate)
    print(json.dumps(figures, ensure_ascii=False) if given.json else json.dumps(figures, ensure_ascii=False, indent=2))
    return 0 if not (figures["lost"] or figures["doubled"] or figures["stuck"] or figures["numbers_missing"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
