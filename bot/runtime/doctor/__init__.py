"""`app.py doctor`: look at everything a working installation needs and say in Chinese what to do.

One line a finding: `✓ 名称：…`, `✗ 名称：问题 → 怎么办`, `! 名称：提醒`. Nothing is changed and nothing is sent: the
platforms are asked only for a token and for the addresses they call from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.clock import Clock, SystemClock
from bot.config import Settings
from bot.runtime.doctor import machine, servers, setup
from bot.runtime.doctor.examination import Examination
from bot.runtime.doctor_findings import Finding

__all__ = ["examine"]


def examine(settings: Settings, clock: Clock | None = None) -> int:
    """Print every finding as soon as it is known; return 0 when nothing is wrong, 1 otherwise."""
    examination, wrong = Examination(settings, clock or SystemClock()), 0
    try:
        for finding in _findings(examination):
            print(finding, flush=True)
            wrong += finding.mark == "✗"
    finally:
        examination.close()
    print(f"\n发现 {wrong} 个问题，请按箭头后的说明处理。" if wrong else "\n没有发现问题。", flush=True)
    return 1 if wrong else 0


def _findings(examination: Examination) -> Iterator[Finding]:
    """Yield what is found, in the order in which a person would look."""
    for check in _CHECKS:
        yield from check(examination)


_CHECKS: tuple[Callable[[Examination], Iterator[Finding]], ...] = (
    setup.settings,
    servers.servers,
    servers.clocks,
    setup.knowledge,
    setup.rows,
    setup.calendar,
    setup.parked,
    setup.platforms,
    machine.processes,
    machine.disk,
)
