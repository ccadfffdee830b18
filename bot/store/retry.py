"""Retries of work whose servers are away for a moment.

Pooled connections are not asked whether they still live before they are used: that would cost every message a round
trip. So a dead one shows when it is used, and the work is done once more on a new one; a server that restarts is asked
again until it is there. That is safe for a turn: its transaction died with the connection, and if it had just been
committed its row says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import redis
import structlog

from bot.store.session import is_passing

log = structlog.get_logger(__name__)

T = TypeVar("T")

EVERY_SECONDS = 0.2
"""The pause between two tries."""


class Unavailable(Exception):
    """PostgreSQL or Redis is away for longer than the work may wait; nothing of it was done."""


def steadily(work: Callable[[], T], until: float = 0.0) -> T:
    """Return what `work` returns; while a server is away it is tried again.

    Once at once, for a pooled connection that was dead, then every 0.2 s up to the monotonic second `until`.

    Raises:
        Unavailable: the server is still away.
    """
    pause = threading.Event()
    tries = 0
    while True:
        try:
            return work()
        except Exception as error:
            if not _is_passing(error):
                raise
            tries += 1
            if tries > 1 and time.monotonic() + EVERY_SECONDS > until:
                raise Unavailable(type(error).__name__) from error
            if tries == 1:
                log.warning("server_away", error=type(error).__name__, remedy="none if it was restarted")
        if tries > 1:
            pause.wait(EVERY_SECONDS)


def _is_passing(error: Exception) -> bool:
    return isinstance(error, redis.RedisError) or is_passing(error)
