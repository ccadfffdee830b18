"""Who writes meanwhile: people who ask, people who complain, and managers who take and answer what they get."""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from scripts.simulator.actors import Customer, Manager, Unexpected, words
from scripts.simulator.deeds import CannotDo, Deed
from scripts.simulator.testkit import World

NUMBER = re.compile(r"TS\d{8}-\d{4}")
ASKERS = 150
"""So many that none of them asks more than a few times within a minute, however long an outage is."""
COMPLAINING = 8
"""People who complain at a time; each is somebody new."""
_QUESTIONS = ("怎么查话费", "宽带怎么续费", "流量不够怎么办", "营业厅几点开门", "怎么改套餐", "谢谢", "你好")
_COMPLAINT = "我家宽带老掉线，烦死了，昨天开始的"
_DETAILS = "三天前开始的，电话13800138000，希望尽快修好，可以打电话"
_PATIENCE_SECONDS = 60.0
_MANAGER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Said:
    """One message on its way and who wrote it."""

    person: str
    deed: Deed


@dataclass
class Crowd:
    """Everybody; `said` is every message that was given to the platform."""

    world: World
    chance: random.Random
    said: list[Said] = field(default_factory=list)
    complainants: list[Customer] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def run(self, seconds: float, asks_per_second: float) -> None:
        """Write for so long and return when everybody has got his answer or lost patience."""
        askers = [self.world.stranger(f"ask{number:05}x", following=True) for number in range(ASKERS)]
        until = time.monotonic() + seconds
        stop = threading.Event()
        with ThreadPoolExecutor(COMPLAINING + 2) as threads:
            complaining = [threads.submit(self._complain_until, until) for _ in range(COMPLAINING)]
            managing = threads.submit(self._manage, stop)
            self._ask(askers, until, asks_per_second)
            for each in complaining:
                each.result()
            stop.set()
            managing.result()

    def _ask(self, askers: list[Customer], until: float, per_second: float) -> None:
        pause, started = threading.Event(), time.monotonic()
        for number, asker in enumerate(itertools.cycle(askers)):
            if time.monotonic() >= until:
                return
            pause.wait(max(0.0, started + number / per_second - time.monotonic()))
            self._says(asker, self.chance.choice(_QUESTIONS))

    def _says(self, person: Customer, text: str) -> Deed:
        deed = person.starts_saying(text)
        self.said.append(Said(person.person.id, deed))
        return deed

    def _complain_until(self, until: float) -> None:
        while time.monotonic() < until:
            self._complain()

    def _complain(self) -> None:
        """File one complaint; what the platform shows as an error is said again."""
        person = self.world.stranger(f"sad{next(self._numbers):05}x", following=True)
        self.complainants.append(person)
        said = _COMPLAINT
        for _ in range(12):
            before = len(person.phone)
            self._says(person, said).future.result()
            answer = self._answer(person, before + 1)
            if NUMBER.search(answer):
                return
            if answer:
                said = "确认" if "确认提交" in answer else _DETAILS

    def _answer(self, person: Customer, after: int) -> str:
        """Return what is on the phone beyond its own words, once something is; nothing when patience ends."""
        bus = self.world.simulator.platform.bus
        bus.wait_for(lambda: len(person.phone) > after, _PATIENCE_SECONDS)
        shown = [one for one in person.phone[after:] if one["side"] == "them"]
        return words(shown[-1]) if shown else ""

    def _manage(self, stop: threading.Event) -> None:
        names = [one.id for one in self.world.simulator.platform.people.all() if one.kind == "manager"]
        managers = [self.world.manager(name) for name in names]
        taken: set[int] = set()
        while not stop.wait(_MANAGER_SECONDS):
            for manager in managers:
                with suppress(Unexpected, CannotDo, KeyError):
                    self._take(manager, taken)

    def _take(self, manager: Manager, taken: set[int]) -> None:
        cards = [one for one in manager.phone if one["type"] == "card" and one["seq"] not in taken]
        for card in cards[:3]:
            taken.add(card["seq"])
            button = next((each["key"] for each in card["buttons"] if each["text"] == "接单"), None)
            if button is not None and card.get("done") is None:
                self.world.simulator.platform.deeds.tap(manager.person, card["seq"], button)
                if number := NUMBER.search(str(card)):
                    manager.starts_saying(f"回复{number.group()} 线路已经修好，您再试试")
