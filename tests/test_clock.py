"""The clocks: aware, in UTC, and the shared one moved by its key in Redis."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import redis

from bot.clock import OFFSET_KEY, Clock, ManualClock, SharedClock, SystemClock, local, local_date

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = 24 * 3600


@pytest.fixture
def shared(redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> SharedClock:
    """A shared clock that asks Redis every time."""
    monkeypatch.setattr(SharedClock, "REFRESH_SECONDS", -1.0)
    return SharedClock(redis_client)


def ahead(clock: Clock) -> float:
    """Return by how many whole seconds the clock is ahead of the system's."""
    return round((clock.now() - datetime.now(UTC)).total_seconds())


def test_the_systems_clock_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    clock = ManualClock(datetime(2026, 11, 21, 10, tzinfo=SHANGHAI))
    assert clock.now() == clock.now() == datetime(2026, 11, 21, 2, tzinfo=UTC)
    clock.advance(timedelta(hours=3))
    assert clock.now() == datetime(2026, 11, 21, 5, tzinfo=UTC)
    clock.set(datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_the_shared_clock_is_the_systems_while_nobody_moved_it(shared: SharedClock) -> None:
    assert ahead(shared) == 0
    assert shared.now().tzinfo is UTC


@pytest.mark.parametrize("offset", [30 * DAY, -2 * DAY, 0])
def test_the_shared_clock_follows_the_key(shared: SharedClock, redis_client: redis.Redis, offset: int) -> None:
    redis_client.set(OFFSET_KEY, offset)
    assert ahead(shared) == offset


def test_the_key_is_the_one_the_simulator_writes() -> None:
    assert OFFSET_KEY == "tiexin:clock:offset"


def test_a_fraction_of_a_second_is_followed_too(shared: SharedClock, redis_client: redis.Redis) -> None:
    redis_client.set(OFFSET_KEY, "3600.5")
    assert ahead(shared) in {3600, 3601}


def test_a_key_without_a_number_changes_nothing(shared: SharedClock, redis_client: redis.Redis) -> None:
    redis_client.set(OFFSET_KEY, DAY)
    assert ahead(shared) == DAY
    redis_client.set(OFFSET_KEY, "tomorrow")
    assert ahead(shared) == DAY


def test_a_removed_key_gives_the_systems_time_back(shared: SharedClock, redis_client: redis.Redis) -> None:
    redis_client.set(OFFSET_KEY, DAY)
    assert ahead(shared) == DAY
    redis_client.delete(OFFSET_KEY)
    assert ahead(shared) == 0


def test_two_processes_see_the_same_time(shared: SharedClock, redis_client: redis.Redis) -> None:
    other = SharedClock(redis_client)
    redis_client.set(OFFSET_KEY, 5 * DAY)
    assert ahead(shared) == ahead(other) == 5 * DAY


def test_between_two_readings_redis_is_left_alone(redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SharedClock, "REFRESH_SECONDS", 3600.0)
    clock = SharedClock(redis_client)
    assert ahead(clock) == 0
    redis_client.set(OFFSET_KEY, DAY)
    assert ahead(clock) == 0


def test_the_last_known_offset_stays_while_redis_is_away(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedClock, "REFRESH_SECONDS", -1.0)
    clock = SharedClock(redis_client)
    redis_client.set(OFFSET_KEY, DAY)
    assert ahead(clock) == DAY
    monkeypatch.setattr(clock, "_redis", redis.Redis(host="127.0.0.1", port=1))
    assert ahead(clock) == DAY


def test_the_business_day_is_shanghais() -> None:
    late = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    assert local(late, SHANGHAI).hour == 1
    assert local_date(late, SHANGHAI) == date(2026, 11, 21)
