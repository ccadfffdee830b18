"""Tokens across processes: one fetch at a time on a real Redis protocol, expiry by the injected clock."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.channels import keys
from bot.channels.codes import OFFICIAL, lookup
from bot.channels.errors import TokenError, Unreachable
from bot.channels.tokens import LOCK_SECONDS, MemoryTokenStore, RedisTokenStore, Token, TokenKeeper, TokenStore
from bot.clock import ManualClock

OWNER = "official:wx1"


class Fetcher:
    """Gives T1, T2, …; can be held at a gate and told to fail."""

    def __init__(self, seconds: int = 7200) -> None:
        self.count = 0
        self.seconds = seconds
        self.error: Exception | None = None
        self.gate: threading.Barrier | None = None
        self._lock = threading.Lock()

    def __call__(self) -> tuple[str, int]:
        with self._lock:
            self.count += 1
            number = self.count
        if self.gate:
            self.gate.wait(5)
        if self.error:
            raise self.error
        return f"T{number}", self.seconds


@pytest.fixture
def fetch() -> Fetcher:
    return Fetcher()


@pytest.fixture(params=["redis", "memory"])
def store(request: pytest.FixtureRequest, redis_client: redis.Redis) -> TokenStore:
    return RedisTokenStore(redis_client) if request.param == "redis" else MemoryTokenStore()


def test_one_fetch_for_all_threads_of_all_processes(store: TokenStore, fetch: Fetcher, clock: ManualClock) -> None:
    keepers = [TokenKeeper(OWNER, fetch, store, clock) for _ in range(4)]
    fetch.gate = threading.Barrier(2)
    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(keepers[number % 4].get) for number in range(16)]
        fetch.gate.wait(5)  # all are under way or will come; let the one fetch end
        assert {future.result() for future in waiting} == {"T1"}
    assert fetch.count == 1


def test_a_token_lives_by_the_injected_clock_less_a_margin(
    store: TokenStore, fetch: Fetcher, clock: ManualClock
) -> None:
    keeper = TokenKeeper(OWNER, fetch, store, clock)
    assert keeper.get() == "T1"
    clock.advance(timedelta(seconds=7139))
    assert keeper.get() == "T1"
    clock.advance(timedelta(seconds=1))
    assert keeper.get() == "T2"


@pytest.mark.parametrize(("seconds", "good_for"), [(300, 240), (100, 50), (1, 1)])
def test_short_lives(clock: ManualClock, seconds: int, good_for: int) -> None:
    fetch = Fetcher(seconds)
    keeper = TokenKeeper(OWNER, fetch, MemoryTokenStore(), clock)
    keeper.get()
    clock.advance(timedelta(seconds=good_for - 0.5))
    assert keeper.get() == "T1"
    clock.advance(timedelta(seconds=0.5))
    assert keeper.get() == "T2"


def test_replacing_asks_again_only_when_nobody_has(store: TokenStore, fetch: Fetcher, clock: ManualClock) -> None:
    first, second = (TokenKeeper(OWNER, fetch, store, clock) for _ in range(2))
    assert first.get() == second.get() == "T1"
    assert first.replace("T1") == "T2"
    assert second.replace("T1") == "T2"
    assert second.replace("T0") == "T2"
    assert fetch.count == 2


def test_an_expired_token_of_another_process_is_not_used(store: TokenStore, fetch: Fetcher, clock: ManualClock) -> None:
    store.save(OWNER, Token("old", clock.now().timestamp()), 60)
    assert TokenKeeper(OWNER, fetch, store, clock).get() == "T1"


def test_a_holder_that_never_ends_is_not_waited_for_forever(
    store: TokenStore, fetch: Fetcher, clock: ManualClock
) -> None:
    assert store.lock(OWNER, "dead process")
    with pytest.raises(Unreachable):
        TokenKeeper(OWNER, fetch, store, clock, patience_seconds=0.1).get()
    assert fetch.count == 0
    store.unlock(OWNER, "somebody else")
    assert not store.lock(OWNER, "me")
    store.unlock(OWNER, "dead process")
    assert TokenKeeper(OWNER, fetch, store, clock).get() == "T1"


def test_a_waiter_takes_what_the_holder_stores(store: TokenStore, fetch: Fetcher, clock: ManualClock) -> None:
    store.lock(OWNER, "other process")
    keeper = TokenKeeper(OWNER, fetch, store, clock)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(keeper.get)
        store.save(OWNER, Token("theirs", clock.now().timestamp() + 60), 60)
        assert waiting.result() == "theirs"
    assert fetch.count == 0


def test_the_lock_is_given_back_after_a_failure(store: TokenStore, fetch: Fetcher, clock: ManualClock) -> None:
    fetch.error = Unreachable("down")
    keeper = TokenKeeper(OWNER, fetch, store, clock)
    with pytest.raises(Unreachable):
        keeper.get()
    assert store.lock(OWNER, "me")


def test_a_refusal_answers_for_those_who_waited_behind_it(fetch: Fetcher, clock: ManualClock) -> None:
    fetch.error = TokenError(lookup(OFFICIAL, 40125), "/cgi-bin/stable_token")
    keeper = TokenKeeper(OWNER, fetch, MemoryTokenStore(), clock)
    for _ in range(5):
        with pytest.raises(TokenError):
            keeper.get()
    assert fetch.count == 1
    clock.advance(-timedelta(days=2))  # the demo's clock may be moved back
    fetch.error = None
    assert keeper.get() == "T2"


def test_what_is_in_redis_goes_away_by_itself(redis_client: redis.Redis, fetch: Fetcher, clock: ManualClock) -> None:
    store = RedisTokenStore(redis_client)
    TokenKeeper(OWNER, fetch, store, clock).get()
    assert 0 < redis_client.ttl(keys.token(OWNER)) <= 7200
    assert redis_client.exists(keys.token_lock(OWNER)) == 0
    store.lock(OWNER, "me")
    assert 0 < redis_client.ttl(keys.token_lock(OWNER)) <= LOCK_SECONDS


def test_a_long_token_is_kept_whole(redis_client: redis.Redis) -> None:
    store = RedisTokenStore(redis_client)
    store.save(OWNER, Token("t" * 600, 1.5), 60)
    assert store.load(OWNER) == Token("t" * 600, 1.5)


def test_without_redis_nothing_was_sent(fetch: Fetcher, clock: ManualClock) -> None:
    client = redis.Redis(unix_socket_path="/tmp/no-such-socket-of-tiexin", retry=Retry(NoBackoff(), 0))
    with pytest.raises(Unreachable, match="token store: ConnectionError") as error:
        TokenKeeper(OWNER, fetch, RedisTokenStore(client), clock).get()
    assert error.value.__context__ is None
