"""Access tokens: fetched by one process at a time, shared by all through a store.

Official pages "获取稳定版接口调用凭据" (stable_token: the same token until near its expiry, the secret in the body) and
WeCom's "获取access_token" (one a secret). wechatpy's own handling fetches without a lock and retries without bound,
hence this one.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import redis

from bot.channels import keys
from bot.channels.errors import OutboundError, Unreachable
from bot.clock import Clock

MARGIN_SECONDS = 60
"""A token is not used in its last minute, so that it does not die on the way."""
LOCK_SECONDS = 15
"""Longer than a fetch may take (3 s to connect, 5 s to read, twice)."""
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 10.0
FAILURE_SECONDS = 3
"""How long a failed fetch answers for the calls that come right after it."""

Fetch = Callable[[], tuple[str, int]]
"""Get a token from the platform: its value and for how many seconds it is good."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; `expires_at` is in seconds since 1970 by the injected clock, the margin taken off."""

    value: str
    expires_at: float


class TokenStore(Protocol):
    """Where the processes share tokens. `owner` names the app."""

    def load(self, owner: str) -> Token | None:
        """Return the stored token, expired or not."""
        ...

    def save(self, owner: str, token: Token, seconds: int) -> None:
        """Store `token` for at most `seconds`."""
        ...

    def drop(self, owner: str, value: str) -> None:
        """Forget the token if it is still `value`."""
        ...

    def lock(self, owner: str, holder: str) -> bool:
        """Take the right to fetch, unless somebody else has it; it lapses after `LOCK_SECONDS`."""
        ...

    def unlock(self, owner: str, holder: str) -> None:
        """Give the right back if `holder` still has it."""
        ...


_DROP = """
local stored = redis.call('GET', KEYS[1])
if stored and cjson.decode(stored)['value'] == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class RedisTokenStore:
    """Tokens shared by all processes.

    Raises (every method):
        Unreachable: Redis does not answer; nothing was sent, trying again later is safe.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def load(self, owner: str) -> Token | None:
        """Return the stored token, expired or not."""
        stored = self._do("get", keys.token(owner))
        return Token(**json.loads(stored)) if stored else None

    def save(self, owner: str, token: Token, seconds: int) -> None:
        """Store `token` for at most `seconds`."""
        stored = json.dumps({"value": token.value, "expires_at": token.expires_at})
        self._do("set", keys.token(owner), stored, ex=max(1, seconds))

    def drop(self, owner: str, value: str) -> None:
        """Forget the token if it is still `value`."""
        self._do("eval", _DROP, 1, keys.token(owner), value)

    def lock(self, owner: str, holder: str) -> bool:
        """Take the right to fetch, unless somebody else has it."""
        return bool(self._do("set", keys.token_lock(owner), holder, nx=True, ex=LOCK_SECONDS))

    def unlock(self, owner: str, holder: str) -> None:
        """Give the right back if `holder` still has it."""
        self._do("eval", _UNLOCK, 1, keys.token_lock(owner), holder)

    def _do(self, command: str, *args: Any, **options: Any) -> Any:
        try:
            return getattr(self._redis, command)(*args, **options)
        except redis.RedisError as error:
            failure = Unreachable(f"token store: {type(error).__name__}")
        raise failure


class MemoryTokenStore:
    """Tokens of a single process, for scripts that run beside the program (a stable token is the same for both)."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._holders: dict[str, str] = {}
        self._guard = threading.Lock()

    def load(self, owner: str) -> Token | None:
        """Return the stored token, expired or not."""
        return self._tokens.get(owner)

    def save(self, owner: str, token: Token, seconds: int) -> None:
        """Store `token`."""
        self._tokens[owner] = token

    def drop(self, owner: str, value: str) -> None:
        """Forget the token if it is still `value`."""
        with self._guard:
            if (token := self._tokens.get(owner)) and token.value == value:
                del self._tokens[owner]

    def lock(self, owner: str, holder: str) -> bool:
        """Take the right to fetch, unless somebody else has it."""
        with self._guard:
            return self._holders.setdefault(owner, holder) == holder

    def unlock(self, owner: str, holder: str) -> None:
        """Give the right back if `holder` still has it."""
        with self._guard:
            if self._holders.get(owner) == holder:
                del self._holders[owner]


class TokenKeeper:
    """The token of one app. One instance a process, shared by its threads."""

    def __init__(
        self, owner: str, fetch: Fetch, store: TokenStore, clock: Clock, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._owner = owner
        self._fetch = fetch
        self._store = store
        self._clock = clock
        self._tries = max(1, round(patience_seconds / POLL_SECONDS))
        self._held: Token | None = None
        self._failed: tuple[OutboundError, datetime] | None = None
        self._guard = threading.Lock()

    def get(self) -> str:
        """Return a token that is good now, fetching one if there is none.

        Raises:
            TokenError: the platform gives none.
            Unreachable: the platform, the store or the process that is fetching does not answer.
        """
        if held := self._usable(self._held):
            return held.value
        with self._guard:
            if held := self._usable(self._held):
                return held.value
            self._held = self._shared()
            return self._held.value

    def replace(self, bad: str) -> str:
        """Return another token than `bad`, which the platform has refused (or the same, if that is what it gives).

        Raises:
            TokenError: the platform gives none.
            Unreachable: as `get`.
        """
        with self._guard:
            if self._held and self._held.value == bad:
                self._held = None
                self._store.drop(self._owner, bad)
        return self.get()

    def _usable(self, token: Token | None) -> Token | None:
        return token if token and token.expires_at > self._clock.now().timestamp() else None

    def _shared(self) -> Token:
        """Return the store's token, or fetch one while nobody else does, or wait for who does."""
        self._raise_recent_failure()
        holder, pause = secrets.token_hex(8), threading.Event()
        for _ in range(self._tries):
            if token := self._usable(self._store.load(self._owner)):
                return token
            if self._store.lock(self._owner, holder):
                try:
                    return self._usable(self._store.load(self._owner)) or self._fetched()
                finally:
                    self._store.unlock(self._owner, holder)
            pause.wait(POLL_SECONDS)
        raise Unreachable("access token: whoever is fetching it takes too long")

    def _fetched(self) -> Token:
        try:
            value, seconds = self._fetch()
        except OutboundError as error:
            self._failed = (error, self._clock.now())
            raise
        good_for = seconds - min(MARGIN_SECONDS, seconds // 2)
        token = Token(value, self._clock.now().timestamp() + good_for)
        self._store.save(self._owner, token, seconds)
        return token

    def _raise_recent_failure(self) -> None:
        """Let the threads that waited behind a failed fetch fail with it instead of asking one after the other."""
        if self._failed and abs(self._clock.now() - self._failed[1]) < timedelta(seconds=FAILURE_SECONDS):
            raise self._failed[0].with_traceback(None)
        self._failed = None
