"""Faults that a test or the page injects into the platform's API."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

PREFIX = "/wecom-api"


@dataclass
class Fault:
    """What shall go wrong on a path, and how often (`times`; 0 until it is cleared).

    An `errcode` or `http_status` answers instead of processing; `delay_s` waits before the answer; `drop_after`
    processes the request and then closes the connection, so the caller never learns that it worked.
    """

    path: str
    errcode: int = 0
    times: int = 1
    delay_s: float = 0
    drop_after: bool = False
    http_status: int = 0
    detail: str = ""
    hits: int = 0

    def meets(self, path: str) -> bool:
        """Tell whether this fault is for the path; the prefix of WeCom's API may be left out."""
        return path == self.path or path.removeprefix(PREFIX) == self.path


class Faults:
    """The faults that are still to happen, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, **fields: Any) -> Fault:
        """Arm a fault; an unknown field raises TypeError."""
        fault = Fault(**fields)
        with self._lock:
            self._faults.append(fault)
        return fault

    def add_from(self, document: Mapping[str, Any]) -> Fault:
        """Arm a fault from JSON, where null means the default."""
        return self.add(**{name: value for name, value in document.items() if value is not None})

    def take(self, path: str) -> Fault | None:
        """Use up one occurrence of the first fault for this path."""
        if not self._faults:
            return None
        with self._lock:
            fault = next((one for one in self._faults if one.meets(path)), None)
            if fault is None:
                return None
            fault.hits += 1
            if fault.times and fault.hits >= fault.times:
                self._faults.remove(fault)
            return fault

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._faults.clear()

    def view(self) -> list[dict[str, Any]]:
        """Return what is armed, as JSON."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]
