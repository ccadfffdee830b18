"""Every Redis key of the transports. No other module of this room writes a key's name."""

from __future__ import annotations

_ROOM = "tiexin:channels"


def token(owner: str) -> str:
    """Return where the access token of `owner` (an app id, or corp and agent id) is kept: JSON value, expires_at."""
    return f"{_ROOM}:token:{owner}"


def token_lock(owner: str) -> str:
    """Return the lock of the process that is fetching that token; its value names the process's try."""
    return f"{_ROOM}:token-lock:{owner}"
