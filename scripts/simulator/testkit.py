"""Scenario tests that read as talk.

    with running_simulator(settings) as simulator:
        world = World(simulator, settle=run_due_jobs)
        customer, manager = world.customer("王总"), world.manager("周敏")
        customer.says("我要投诉宽带太慢")
        customer.sees(contains="投诉编号")
        customer.sees_nothing_else()
        manager.sees_card(contains="宽带")
        manager.taps("接单")

Nothing here knows the product's insides: `settle` is whatever the product needs to get its background work done.
Waiting is for the simulator's own events, never for time to pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from .actors import Customer, Manager, Surroundings
from .faults import Fault
from .hostile import attack, handshake
from .people import Person
from .platform import Platform

PATIENCE_S = 20.0
"""Real seconds after which something that was expected counts as missing."""


def nothing() -> None:
    """Settle a product that does all its work before it answers."""


class World:
    """The people, their platform and its clock, in one test; what happened before it was made is not looked at."""

    def __init__(
        self, platform: Platform, settle: Callable[[], object] = nothing, patience_s: float = PATIENCE_S
    ) -> None:
        self.simulator = Controls(platform)
        self.clock = platform.clock
        self._around = Surroundings(platform, settle, patience_s, platform.phones.last_seq())
        self._customers: dict[str, Customer] = {}
        self._managers: dict[str, Manager] = {}

    def customer(self, name: str) -> Customer:
        """Return the customer with this id, name or form of address (王总)."""
        person = self._person(name, "customer")
        return self._customers.setdefault(person.id, Customer(self._around, person))

    def manager(self, name: str) -> Manager:
        """Return the manager or supervisor with this id, name or form of address."""
        person = self._person(name, "manager")
        return self._managers.setdefault(person.id, Manager(self._around, person))

    def stranger(self, key: str, name: str = "访客", following: bool = False) -> Customer:
        """Add a customer of whom nobody has heard; `key` makes the id and the openid."""
        openid = "oNew" + re.sub(r"\W", "", key, flags=re.ASCII).ljust(24, "0")[:24]
        self._around.platform.people.add(Person(key, "customer", name, openid, name[:1], following=following))
        return self.customer(key)

    def settle(self) -> None:
        """Let the product finish what it has to do, and the platform what is on its way."""
        self._around.settled()

    def nobody_sees_anything_else(self) -> None:
        """Fail when anybody who took part in the test has a message that the test did not expect."""
        for actor in (*self._customers.values(), *self._managers.values()):
            actor.sees_nothing_else()

    def _person(self, name: str, kind: str) -> Person:
        person = self._around.platform.people.get(name)
        if person.kind != kind:
            raise KeyError(f"{name} is no {kind}")
        return person


class Controls:
    """The levers of the platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def fault(self, path: str, **fields: Any) -> Fault:
        """Let calls of a path go wrong: errcode, times, delay_s, drop_after, http_status."""
        return self.platform.faults.add(path=path, **fields)

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self.platform.faults.clear()

    def set(self, **settings: object) -> None:
        """Change settings such as attempts, cut_s, fresh_signature, template_outcome."""
        self.platform.change_settings(settings)

    def kill_tokens(self) -> None:
        """Make every access token invalid."""
        self.platform.tokens.kill()

    def attack(self, name: str, account: str = "official") -> dict[str, Any]:
        """Make an attack of the hostile mode; `ok` in the answer says whether the product stood it."""
        return attack(self.platform, name, account)

    def handshake(self, account: str = "official") -> dict[str, Any]:
        """Do the handshake of an account."""
        return handshake(self.platform, account)

    def calls(self, path: str) -> Iterable[dict[str, Any]]:
        """Return the recorded calls of a path, oldest first."""
        records = self.platform.exchanges.read(0, 1_000_000)
        return [one for one in records if one["kind"] == "api" and path in one["url"]]


__all__ = ["PATIENCE_S", "Controls", "Customer", "Manager", "World"]
