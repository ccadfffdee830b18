"""The servers: PostgreSQL and Redis, what they allow, and whether all clocks agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import redis
import requests
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import SystemClock
from bot.config import Settings
from bot.runtime.container import redis_client
from bot.runtime.doctor.examination import Examination
from bot.runtime.doctor_findings import NO_RIGHTS, Finding, bad, database_unreachable, good, mind, redis_unreachable
from bot.store import embedded, migrate
from bot.store.session import BEYOND, CONNECT_SECONDS, sqlalchemy_url

POOL_BEYOND = BEYOND + 1
"""Connections of a web process beyond its threads: what the pool may overflow by, and one that listens."""
OTHERS_CONNECTIONS = 10
"""What a worker or a scheduler has open at its busiest (measured: 9)."""
SKEW_SECONDS = 2.0
"""More than this between two clocks is worth a reminder; more than the signature window stops the webhook."""

_LIMITS = text("""
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int,
           has_schema_privilege(current_user, 'public', 'CREATE')
""")


def servers(examination: Examination) -> Iterator[Finding]:
    """Find PostgreSQL and Redis and what they allow."""
    settings = examination.settings
    embedded_here = embedded.running(settings.tiexin_home)
    yield from _database(examination, settings.database_url or embedded_here.database_url)
    yield from _redis(examination, settings.redis_url or embedded_here.redis_url)


def _not_running(name: str, variable: str, settings: Settings) -> Finding:
    return mind(
        name, f"没有填 {variable}，{settings.tiexin_home} 下的内置服务器也没有在运行；用 ./scripts/run 启动后可再检查"
    )


def _kind(address: str) -> str:
    return "自有服务器" if address else "内置服务器，正在运行"


def _database(examination: Examination, url: str) -> Iterator[Finding]:
    if not url:
        yield _not_running("数据库", "DATABASE_URL", examination.settings)
        return
    try:
        engine = create_engine(sqlalchemy_url(url), connect_args={"connect_timeout": CONNECT_SECONDS})
        with engine.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
            revision = migrate.revision_of(connection)
            usable, may_create = connection.execute(_LIMITS).one()
    except (SQLAlchemyError, ValueError) as error:
        yield database_unreachable(error)
        return
    yield good("数据库", f"PostgreSQL {version}（{_kind(examination.settings.database_url)}）")
    yield _migrations(revision)
    if revision != migrate.head() and not may_create:
        yield bad("数据库权限", "当前用户不能在 public 模式里建表", NO_RIGHTS)
    yield from _connections(examination.settings, usable)
    if revision == migrate.head():
        examination.engine = engine
    else:
        engine.dispose()


def _connections(settings: Settings, usable: int) -> Iterator[Finding]:
    """Compare what one machine's processes may open at once with what the server lets in."""
    needed = settings.web_processes * (settings.web_threads + POOL_BEYOND) + 2 * OTHERS_CONNECTIONS
    if usable < needed:
        yield bad(
            "数据库连接数",
            f"服务器最多给 {usable} 个，本机一套 serve、worker、scheduler 最多要 {needed} 个",
            "请调大 PostgreSQL 的 max_connections，或减小 WEB_PROCESSES、WEB_THREADS；多台机器要相加",
        )


def _migrations(revision: str | None) -> Finding:
    if revision == migrate.head():
        return good("数据库版本", revision)
    if revision is None:
        return bad("数据库版本", "数据库是空的", "请运行 python app.py migrate")
    if revision in migrate.known():
        return bad("数据库版本", f"停在旧版 {revision}", "请先备份，再运行 python app.py migrate")
    return bad("数据库版本", f"由更新的程序（{revision}）建立", "请升级程序，数据没有改动")


def _redis(examination: Examination, url: str) -> Iterator[Finding]:
    if not url:
        yield _not_running("Redis", "REDIS_URL", examination.settings)
        return
    try:
        client = redis_client(url)
        client.ping()
    except (redis.RedisError, ValueError) as error:
        yield redis_unreachable(error)
        return
    examination.redis = client
    yield good("Redis", f"可用（{_kind(examination.settings.redis_url)}）")
    yield from _persistence(client)


def _persistence(client: redis.Redis) -> Iterator[Finding]:
    try:
        config = {**client.config_get("appendonly"), **client.config_get("maxmemory-policy")}
    except redis.RedisError:
        yield mind("Redis 持久化", "服务商不让查看，请在其控制台确认已开启 AOF，且内存满时不淘汰（noeviction）")
        return
    if config.get("appendonly", "yes") != "yes":
        yield mind("Redis 持久化", "没有开启 AOF，Redis 重启后没填完的表单要重来；请设置 appendonly yes")
    if config.get("maxmemory-policy", "noeviction") != "noeviction":
        yield mind("Redis 内存", "内存满时会淘汰数据，正在进行的对话可能丢失；请设置 maxmemory-policy noeviction")


def clocks(examination: Examination) -> Iterator[Finding]:
    """Compare the clocks of this machine, the servers and the platform."""
    apart = {
        name: seconds for name, read in _TIMES.items() if (seconds := _seconds_apart(read, examination)) is not None
    }
    for name, seconds in apart.items():
        if seconds > SKEW_SECONDS:
            yield _apart(name, seconds, examination.settings.signature_window_seconds)
    if apart and max(apart.values()) <= SKEW_SECONDS:
        yield good("时钟", f"与{'、'.join(apart)}相差不到 {SKEW_SECONDS:g} 秒")


def _seconds_apart(read: Callable[[Examination], datetime | None], examination: Examination) -> float | None:
    """Return how far the other clock is outside of the time its answer took; None when it cannot be read."""
    before = SystemClock().now()
    moment = read(examination)
    after = SystemClock().now()
    return None if moment is None else max((before - moment).total_seconds(), (moment - after).total_seconds(), 0.0)


def _apart(name: str, apart: float, window: int) -> Finding:
    words = f"本机与{name}相差 {apart:.0f} 秒"
    if apart > window:
        return bad("时钟", f"{words}，微信的消息会被当作过期而拒收", "请开启 NTP 对时（timedatectl set-ntp true）")
    return mind("时钟", f"{words}，请开启 NTP 对时（timedatectl set-ntp true）")


def _database_time(examination: Examination) -> datetime | None:
    if examination.engine is None:
        return None
    with examination.engine.connect() as connection:
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return moment


def _redis_time(examination: Examination) -> datetime | None:
    if examination.redis is None:
        return None
    seconds, micros = examination.redis.time()
    return datetime.fromtimestamp(seconds + micros / 1e6, UTC)


def _platform_time(examination: Examination) -> datetime | None:
    """Return the platform's time from its Date header, which has whole seconds: half of one is added."""
    base = examination.settings.wechat_api_base
    try:
        with requests.Session() as session:
            session.trust_env = urlsplit(base).hostname not in {"127.0.0.1", "localhost", "::1"}
            stamp = session.head(base, timeout=(3, 5), allow_redirects=False).headers["Date"]
        return datetime.fromtimestamp(parsedate_to_datetime(stamp).timestamp() + 0.5, UTC)
    except (requests.RequestException, KeyError, ValueError, TypeError):
        return None


_TIMES: dict[str, Callable[[Examination], datetime | None]] = {
    "数据库": _database_time,
    "Redis": _redis_time,
    "微信平台": _platform_time,
}
