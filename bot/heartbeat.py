"""How a worker and a scheduler say that they are alive, and how the web process asks."""

from __future__ import annotations

import threading

import redis
import structlog

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 3.0
_FORGOTTEN_AFTER_SECONDS = 12
PARTS = ("worker", "scheduler")


def _key(part: str) -> str:
    return f"tiexin:alive:{part}"


def alive(client: redis.Redis, part: str) -> bool:
    """Return whether at least one process of `part` has spoken lately."""
    return bool(client.exists(_key(part)))


class Heartbeat:
    """Speaks for one process until stopped."""

    def __init__(self, client: redis.Redis, part: str) -> None:
        self._redis = client
        self._part = part
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat-{part}", daemon=True)

    def start(self) -> None:
        """Speak now and from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Fall silent."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while True:
            try:
                self._redis.set(_key(self._part), "1", ex=_FORGOTTEN_AFTER_SECONDS)
            except redis.RedisError as error:
                log.warning("heartbeat_failed", error=type(error).__name__)
            if self._stop.wait(_EVERY_SECONDS):
                return
