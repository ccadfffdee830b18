"""Everything that stands on people's phones, and who wrote it."""

from __future__ import annotations

import json
from typing import Any

from .bus import Bus
from .clock import PlatformClock, iso
from .people import Person
from .store import Store

ERROR_TEXT = "该公众号暂时无法提供服务，请稍后再试"
"""What WeChat itself writes to the person when a reply did not come or cannot be read."""

Message = dict[str, Any]


class Phones:
    """Messages by person, in the order of their `seq`; each new or changed one is published."""

    def __init__(self, store: Store, bus: Bus, clock: PlatformClock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    def write(self, person: Person, side: str, kind: str, **body: Any) -> Message:
        """Put a message on a phone: `side` is me (the person), them (the account) or system."""
        at = self._clock.now()
        text = json.dumps(body, ensure_ascii=False)
        seq = self._store.write(
            "INSERT INTO messages (person, at, side, type, body) VALUES (?, ?, ?, ?, ?)",
            person.id,
            at,
            side,
            kind,
            text,
        )
        message = {"seq": seq, "at": iso(at), "side": side, "type": kind, **body}
        self._bus.publish("message", person=person.id, message=message)
        return message

    def error(self, person: Person) -> Message:
        """Show the platform's own error text."""
        return self.write(person, "system", "error", content=ERROR_TEXT)

    def rewrite(self, person: Person, seq: int, **changes: Any) -> Message | None:
        """Change a message that is already there, such as a card whose button was replaced."""
        message = self.get(person, seq)
        if message is None:
            return None
        message.update(changes)
        body = {name: value for name, value in message.items() if name not in {"seq", "at", "side", "type"}}
        self._store.write("UPDATE messages SET body = ? WHERE seq = ?", json.dumps(body, ensure_ascii=False), seq)
        self._bus.publish("message", person=person.id, message=message)
        return message

    def get(self, person: Person, seq: int) -> Message | None:
        """Return one message of a person's phone."""
        row = self._store.row("SELECT * FROM messages WHERE person = ? AND seq = ?", person.id, seq)
        return None if row is None else _message(row)

    def read(self, person: Person, after: int = 0, limit: int = 1000) -> list[Message]:
        """Return the latest messages after a seq, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM messages WHERE person = ? AND seq > ? ORDER BY seq DESC LIMIT ?", person.id, after, limit
        )
        return [_message(row) for row in reversed(rows)]

    def last_seq(self) -> int:
        """Return the seq of the newest message of all."""
        row = self._store.row("SELECT coalesce(max(seq), 0) AS seq FROM messages")
        return int(row["seq"]) if row else 0

    def received(self, person: Person) -> int:
        """Return how many messages the account has sent to this person."""
        row = self._store.row("SELECT count(*) AS n FROM messages WHERE person = ? AND side = 'them'", person.id)
        return int(row["n"]) if row else 0


def _message(row: Any) -> Message:
    head = {"seq": row["seq"], "at": iso(row["at"]), "side": row["side"], "type": row["type"]}
    body: Message = json.loads(row["body"])
    return head | body
