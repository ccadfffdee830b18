"""The virtual people: customers with an openid and managers with a WeCom userid."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .store import Store


class UnknownPerson(KeyError):
    """Nobody has this id, name, openid or userid."""


@dataclass
class Person:
    """One person with a phone; `address` is the openid or userid under which the product knows him."""

    id: str
    kind: str
    name: str
    address: str
    avatar: str = ""
    colour: str = "#8e9aaf"
    following: bool = True
    note: str = ""
    honorific: str = ""
    subscribed_at: float = 0
    scene: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account this person talks to: `official` or `work`."""
        return "official" if self.kind == "customer" else "work"

    @property
    def called(self) -> str:
        """How people speak of him, such as 王总."""
        return self.name[:1] + self.honorific if self.honorific else self.name

    def view(self) -> dict[str, Any]:
        """Return what the page shows."""
        key = "openid" if self.kind == "customer" else "userid"
        shown = ("id", "kind", "name", "avatar", "colour", "following", "note")
        return {name: getattr(self, name) for name in shown} | {"account": self.account, key: self.address}


class People:
    """Everyone the platform knows; the roster's facts are renewed at each start, what happened since is kept."""

    def __init__(self, store: Store, roster: Iterable[Person]) -> None:
        self._store = store
        self._by_id: dict[str, Person] = {}
        self._by_address: dict[str, Person] = {}
        for person in roster:
            self._take(person)
        for row in store.rows("SELECT id, body FROM people"):
            self._restore(row["id"], json.loads(row["body"]))

    def all(self) -> list[Person]:
        """Return everyone in the roster's order."""
        return list(self._by_id.values())

    def get(self, key: str) -> Person:
        """Find a person by id, address, name or the way he is called; raise UnknownPerson."""
        found = self._by_id.get(key) or self._by_address.get(key)
        if found is None:
            found = next((one for one in self._by_id.values() if key in (one.name, one.called)), None)
        if found is None:
            raise UnknownPerson(key)
        return found

    def at(self, address: str, account: str) -> Person | None:
        """Return who has this openid or userid on this account."""
        found = self._by_address.get(address)
        return found if found and found.account == account else None

    def add(self, person: Person) -> Person:
        """Add a person while the platform runs."""
        self._take(person)
        self.save(person)
        return person

    def save(self, person: Person) -> None:
        """Keep what happened to a person."""
        body = json.dumps(asdict(person), ensure_ascii=False)
        self._store.write("INSERT OR REPLACE INTO people VALUES (?, ?)", person.id, body)

    def _take(self, person: Person) -> None:
        self._by_id[person.id] = person
        self._by_address[person.address] = person

    def _restore(self, key: str, kept: dict[str, Any]) -> None:
        person = self._by_id.get(key)
        if person is None:
            self._take(Person(**kept))
            return
        for name in ("following", "subscribed_at", "scene"):
            setattr(person, name, kept[name])


def load_people(path: str | Path) -> list[Person]:
    """Read a people file (YAML with `customers` and `managers`)."""
    document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    customers = [_person("customer", "openid", entry) for entry in document.get("customers", [])]
    return customers + [_person("manager", "userid", entry) for entry in document.get("managers", [])]


def _person(kind: str, address: str, entry: Mapping[str, Any]) -> Person:
    own = {"id", "name", "avatar", "colour", "following", "note", "honorific"}
    facts = {name: value for name, value in entry.items() if name not in own and name != address}
    shown = {name: entry[name] for name in own if name in entry}
    shown.setdefault("avatar", str(entry["name"])[:1])
    return Person(kind=kind, address=entry[address], facts=facts, **shown)
