"""Check the knowledge packs before they are used: what a schema can see, and what only asking can show.

Errors (exit 1): a file that does not fit its schema, the same wording in two places, answers that contradict each other
or a product, unknown placeholders and aspects, words the trade must not say, answers that are empty or out of date,
addresses that are wrong, a wording that is answered by something else, an entry that nothing reaches, a wording that is
kept for measuring. Hints (exit 0): nearly the same wordings, a name of two products, wordings taken for another kind of
message.

usage: python -m scripts.check_knowledge [--knowledge DIR] [--hints] [--online] [PACK ...]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.clock import SystemClock
from scripts.checks import alike, words
from scripts.checks.asked import asked
from scripts.checks.files import Finding, PackFiles

ROOT = Path(__file__).resolve().parents[1]
HELD_OUT = ROOT / "tests" / "data"
"""Wordings kept for measuring; an installation without tests has none."""


@dataclass(frozen=True)
class Task:
    """One pack to check."""

    root: Path
    pack: str
    today: date
    held_out: Path = HELD_OUT
    online: bool = False

    def findings(self) -> list[Finding]:
        """Return everything found, errors first; when a file has a wrong form nothing else is looked at."""
        files = PackFiles(self.root, self.pack, self.today)
        found = set(files.broken or self._looked(files))
        return sorted(found, key=lambda each: (not each.error, each))

    def _looked(self, files: PackFiles) -> Iterator[Finding]:
        yield from words.contents(files)
        yield from words.texts(files)
        yield from words.links(files, words.reached if self.online else None)
        yield from alike.same(files)
        yield from alike.near(files)
        yield from alike.tiers(files)
        yield from alike.held_out(files, self.held_out)
        yield from asked(files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the packs named, or all of them; tell what was found and return 1 when something must be mended."""
    options = _parser().parse_args(arguments)
    packs = options.packs or sorted(file.parent.name for file in options.knowledge.glob("*/pack.yaml"))
    if not packs:
        print(f"{options.knowledge} 里没有行业包（缺 pack.yaml）", file=sys.stderr)
        return 1
    tasks = [Task(options.knowledge, pack, options.today, options.held_out, options.online) for pack in packs]
    wrong = 0
    for task, findings in zip(tasks, _checked(tasks), strict=True):
        errors = [finding for finding in findings if finding.error]
        wrong += len(errors)
        for finding in findings if options.hints else errors:
            print(finding)
        print(f"{task.pack}：{len(errors)} 个错误，{len(findings) - len(errors)} 条提示", flush=True)
    return 1 if wrong else 0


def _checked(tasks: Sequence[Task]) -> Iterator[list[Finding]]:
    """Give the findings of each task in order; several packs share the cores, as learning a pack takes seconds."""
    workers = min(len(tasks), os.cpu_count() or 1)
    if workers < 2:
        yield from map(Task.findings, tasks)
        return
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # before they load it: threads of several would only be in the way
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(Task.findings, tasks)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Check knowledge packs.")
    parser.add_argument("packs", nargs="*", help="packs to check; all when none is named")
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge")
    parser.add_argument("--held-out", type=Path, default=HELD_OUT, help="wordings kept for measuring")
    parser.add_argument("--today", type=date.fromisoformat, default=SystemClock().now().date())
    parser.add_argument("--hints", action="store_true", help="also print hints")
    parser.add_argument("--online", action="store_true", help="also ask every address whether it answers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
