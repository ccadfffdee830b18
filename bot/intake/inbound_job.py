"""One delivery of a message, who works on it, and who waits for its reply."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from bot.log import trace_of
from bot.messages import Channel, Incoming
from bot.understanding.pii import mask

log = structlog.get_logger(__name__)
_OF_PLATFORM = frozenset({"media_id_16k", "thumb_media_id", "picture", "latitude", "longitude"})
"""Fields of a picture, voice or place that the platform made; the others are people's words."""


WAIT_SECONDS = 3.5
"""So long of a turn's time a server that is away is waited for: outages that end within it cost nobody his answer."""


@dataclass(slots=True)
class Work:
    """One delivery of a message and who waits for its reply.

    Exactly one of the two happens: the turn commits with a passive reply, or the deadline passes first and the reply
    goes out as a customer-service message.
    """

    incoming: Incoming
    late: bool = False
    received: datetime | None = None  # when it came, if that was not just now
    patience: float = field(default_factory=lambda: WAIT_SECONDS)  # seconds a server that is away is waited for
    started: float = field(default_factory=time.monotonic)
    signature: str = ""  # of its delivery; empty when nobody waits for the reply
    claimed: bool = False  # message and signature are marked as seen
    behind: bool = False  # an older message of the person was kept and is not done
    trace: str = ""  # the message's id for logs: stable over retries, telling nothing about the person
    _taken: bool = False
    _passive: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Hide card numbers and passwords a customer sent by mistake before anything is kept or logged."""
        self.trace = trace_of(self.incoming.key)
        if self.incoming.channel is Channel.OFFICIAL:
            self.incoming = _hidden(self.incoming)

    def take(self) -> bool:
        """Say that one begins to work on it; False when another has."""
        with self._lock:
            taken, self._taken = self._taken, True
            return not taken

    def go_late(self) -> bool:
        """Say that the deadline has passed; False when the turn is about to commit its passive reply."""
        with self._lock:
            if not self._passive:
                self.late = True
            return self.late

    def go_passive(self) -> bool:
        """Say that the reply will be passive; False when the deadline has passed."""
        with self._lock:
            self._passive = not self.late
            return self._passive

    def go_on(self) -> None:
        """Say that the reply was not committed and the work on it goes on."""
        with self._lock:
            self._passive = False

    def log_done(self, *, late: bool) -> None:
        """Log that its turn was committed."""
        took = round((time.monotonic() - self.started) * 1000, 1)
        log.info("turn_done", kind=self.incoming.event or self.incoming.kind.value, ms=took, late=late)


def _hidden(incoming: Incoming) -> Incoming:
    """Return the message with card numbers and passwords hidden: in words typed or spoken, names of places, links."""
    if (text := mask(incoming.text)) != incoming.text:
        incoming = replace(incoming, text=text)
    if media := incoming.media:
        detail = {name: value if name in _OF_PLATFORM else mask(value) for name, value in media.detail.items()}
        incoming = replace(incoming, media=replace(media, detail=detail)) if detail != media.detail else incoming
    return incoming
