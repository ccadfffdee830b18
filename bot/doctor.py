"""`app.py doctor`: look at everything a working installation needs and say in Chinese what to do.

One line a finding: `✓ 名称：…`, `✗ 名称：问题 → 怎么办`, `! 名称：提醒`. Nothing is changed and nothing is sent: the
platforms are asked only for a token and for the addresses they call from.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import redis
import requests
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import heartbeat
from bot.advice import (
    NO_RIGHTS,
    OFFICIAL_REMEDIES,
    WECOM_REMEDIES,
    Finding,
    asked,
    bad,
    database_unreachable,
    good,
    mind,
    redis_unreachable,
)
from bot.business_hours import Calendars, said_missing
from bot.channels.accounts import Accounts, OfficialEntry
from bot.channels.tokens import MemoryTokenStore
from bot.channels.types import Channel
from bot.clock import Clock, SystemClock, local_date
from bot.config import ConfigError, Settings
from bot.customers.ground import unattended, unstaffed
from bot.delivery import accepted
from bot.processes import PortBusy, require_free
from bot.services import load_packs, redis_client
from bot.store import embedded, migrate
from bot.store.models import Account, Manager
from bot.store.session import BEYOND, CONNECT_SECONDS, driver, sqlalchemy_url
from bot.texts import TextsError
from bot.understanding import KnowledgeError

POOL_BEYOND = BEYOND + 1
"""Connections of a web process beyond its threads: what the pool may overflow by, and one that listens."""
OTHERS_CONNECTIONS = 10
"""What a worker or a scheduler has open at its busiest (measured: 9)."""
SKEW_SECONDS = 2.0
"""More than this between two clocks is worth a reminder; more than the signature window stops the webhook."""
DISK_LEAST, DISK_LOW = 200 << 20, 1 << 30
"""Free bytes under which PostgreSQL will soon stop, and under which it is time to act."""


_LIMITS = text("""
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int,
           has_schema_privilege(current_user, 'public', 'CREATE')
""")


@dataclass
class Examination:
    """What the checks share: the settings, and the servers once they are found."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    accounts: Accounts | None = None
    engine: Engine | None = None
    redis: redis.Redis | None = None

    def findings(self) -> Iterator[Finding]:
        """Yield what is found, in the order in which a person would look."""
        for check in _CHECKS:
            yield from check(self)

    def close(self) -> None:
        """Give back the connections."""
        if self.engine is not None:
            self.engine.dispose()
        if self.redis is not None:
            self.redis.close()


def examine(settings: Settings, clock: Clock | None = None) -> int:
    """Print every finding as soon as it is known; return 0 when nothing is wrong, 1 otherwise."""
    examination, wrong = Examination(settings, clock or SystemClock()), 0
    try:
        for finding in examination.findings():
            print(finding, flush=True)
            wrong += finding.mark == "✗"
    finally:
        examination.close()
    print(f"\n发现 {wrong} 个问题，请按箭头后的说明处理。" if wrong else "\n没有发现问题。", flush=True)
    return 1 if wrong else 0


# -- settings and accounts --------------------------------------------------------------------------------------------


def _settings(examination: Examination) -> Iterator[Finding]:
    settings = examination.settings
    try:
        settings.check()
        examination.accounts = Accounts(settings, MemoryTokenStore(), SystemClock())
    except ConfigError as error:
        _, *lines = str(error).splitlines()
        for line in lines or [str(error)]:
            yield bad("配置", line.strip(" -"), "改好 .env 或环境变量后再检查，每项的说明在 .env.example")
    else:
        yield good("配置", "演示模式，使用演示账号" if settings.tiexin_demo else "齐全")
    yield from _reminders(settings)


def _reminders(settings: Settings) -> Iterator[Finding]:
    if settings.wechat_mode != "safe":
        yield mind("配置", f"WECHAT_MODE={settings.wechat_mode}，消息正文没有签名保护，上线请在公众号后台改为安全模式")
    if settings.wechat_aes_key_previous or settings.wecom_aes_key_previous:
        yield mind("配置", "还留着旧的 EncodingAESKey，确认换钥完成后请清空 …_AES_KEY_PREVIOUS")
    if not settings.wechat_original_id:
        yield mind("配置", "没有填 WECHAT_ORIGINAL_ID（gh_…），不会核对消息是否发给本公众号")


# -- the servers ------------------------------------------------------------------------------------------------------


def _servers(examination: Examination) -> Iterator[Finding]:
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


# -- clocks -----------------------------------------------------------------------------------------------------------


def _clocks(examination: Examination) -> Iterator[Finding]:
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


# -- knowledge and rows -----------------------------------------------------------------------------------------------


def _packs_of(examination: Examination) -> set[str]:
    """Return the packs that the settings name, which are those a process loads."""
    own = {entry.pack for entry in _official(examination.accounts)} if examination.accounts is not None else set()
    return {examination.settings.tiexin_pack} | own


def _knowledge(examination: Examination) -> Iterator[Finding]:
    for name in sorted(_packs_of(examination)):
        try:
            load_packs(examination.settings.tiexin_knowledge, {name})
        except (KnowledgeError, TextsError) as error:
            yield bad("知识库", f"{name}：{error}", "请改好这个文件再检查")
        else:
            yield good("知识库", f"{name} 可以加载")


def _rows(examination: Examination) -> Iterator[Finding]:
    if examination.engine is None or examination.accounts is None:
        return
    with examination.engine.connect() as connection:
        rows = {(channel, name) for channel, name in connection.execute(select(Account.channel, Account.name))}
        packs = connection.execute(select(Account.name, Account.pack).order_by(Account.id)).all()
        managers = select(func.count()).where(Manager.active, Manager.wecom_userid.is_not(None))
        reachable = connection.execute(managers).scalar_one()
        nobody, unread = unstaffed(connection), unattended(connection)
    missing = [f"{channel}:{name}" for channel, name in examination.accounts.names() if (channel, name) not in rows]
    if missing:
        yield bad("账号", f"数据库里没有 {'、'.join(missing)}", "请先建立网点和账号，见 docs/operating.md")
    else:
        yield good("账号", "、".join(name for _, name in examination.accounts.names()))
    loaded = _packs_of(examination)
    if strange := [f"{name}（{pack}）" for name, pack in packs if pack not in loaded]:
        yield bad(
            "账号的行业",
            f"{'、'.join(strange)} 的行业知识没有加载，客户听到的会是别的行业的话",
            f"请把账号的行业改成已加载的：{'、'.join(sorted(loaded))}，或在账号设置里写上它",
        )
    if nobody:
        yield bad(
            "网点人员",
            f"{'、'.join(nobody)} 所在的网点和上级网点都没有在岗的客户经理或主管，客户的投诉只能转给别处的主管",
            "请用 python -m scripts.add_manager 登记，或把账号改到有人的网点，见 docs/operating.md",
        )
    if unread:
        yield bad(
            "没人看的投诉",
            f"{unread} 件未办结的投诉的负责人不在岗，没有人看得到",
            "请用 python -m scripts.add_manager 登记一位投诉没有涉及的主管，十分钟内会自动转给他，见 docs/operating.md",
        )
    if not reachable:
        yield mind("客户经理", "还没有绑定企业微信账号的客户经理，投诉和提醒没有人收")


def _calendar(examination: Examination) -> Iterator[Finding]:
    if examination.engine is None or examination.accounts is None:
        return
    zone = examination.settings.zone
    today = local_date(examination.clock.now(), zone)
    with Session(examination.engine) as db:
        years = Calendars(zone).unannounced(driver(db), today)
    yield mind("节假日", said_missing(years)) if years else good("节假日", f"{today.year}年的放假安排已有")


def _parked(examination: Examination) -> Iterator[Finding]:
    if examination.engine is None or examination.accounts is None:
        return
    with Session(examination.engine) as db:
        if count := accepted.parked(driver(db)):
            yield mind("没处理好的消息", f"{count} 条消息两次都没处理成，已转人工，请看主管的待办和 worker 的日志")


# -- the platforms ----------------------------------------------------------------------------------------------------


def _official(accounts: Accounts) -> Iterable[OfficialEntry]:
    return [accounts.official(name) for channel, name in accounts.names() if channel is Channel.OFFICIAL]


def _platforms(examination: Examination) -> Iterator[Finding]:
    if examination.accounts is None:
        return
    accounts, demo = examination.accounts, examination.settings.tiexin_demo
    for channel, name in accounts.names():
        if channel is Channel.OFFICIAL:
            yield asked(f"公众号 {name}", accounts.official(name).client.callback_ips, OFFICIAL_REMEDIES, demo=demo)
        else:
            yield asked(f"企业微信 {name}", accounts.wecom(name).client.callback_ips, WECOM_REMEDIES, demo=demo)


# -- this machine -----------------------------------------------------------------------------------------------------


def _processes(examination: Examination) -> Iterator[Finding]:
    settings = examination.settings
    serving = _serves(settings)
    if serving:
        yield good("网页服务", f"正在端口 {settings.port} 上运行")
    else:
        yield _port(settings)
    if examination.redis is None:
        return
    for part in heartbeat.PARTS:
        if heartbeat.alive(examination.redis, part):
            yield good(part, "正在运行")
        elif serving:
            yield bad(part, "没有在运行，消息和关怀发不出去", f"请运行 python app.py {part}")
        else:
            yield mind(part, "没有在运行")


def _serves(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    connection = HTTPConnection(host, settings.port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(16) == b"ok"
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _port(settings: Settings) -> Finding:
    try:
        require_free(settings.host, settings.port)
    except PortBusy:
        return bad("端口", f"{settings.port} 被别的程序占用", "请停止那个程序，或用 PORT= 指定别的端口")
    except ConfigError as error:
        return bad("端口", str(error), "改好后再检查")
    return mind("网页服务", f"没有在本机运行，端口 {settings.port} 空闲")


def _disk(examination: Examination) -> Iterator[Finding]:
    home = examination.settings.tiexin_home.expanduser().resolve()
    try:
        free = shutil.disk_usage(_existing(home)).free
    except OSError as error:
        yield bad("磁盘", f"看不到 {home}（{error.strerror}）", "请修改权限或用 TIEXIN_HOME 指定别的目录")
        return
    place = _existing(home)
    if not place.is_dir():
        yield bad("数据目录", f"{place} 是一个文件", "请用 TIEXIN_HOME 指定一个目录")
        return
    if not os.access(place, os.W_OK | os.X_OK):
        yield bad("数据目录", f"没有权限写入 {place}", "请修改权限或用 TIEXIN_HOME 指定别的目录")
        return
    words = f"{home} 所在磁盘还剩 {free / (1 << 30):.1f} GB"
    if free < DISK_LEAST:
        yield bad("磁盘", words, "请马上清理，写满后数据库会停止")
    elif free < DISK_LOW:
        yield mind("磁盘", f"{words}，请尽快清理")
    else:
        yield good("磁盘", words)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


_CHECKS: tuple[Callable[[Examination], Iterator[Finding]], ...] = (
    _settings,
    _servers,
    _clocks,
    _knowledge,
    _rows,
    _calendar,
    _parked,
    _platforms,
    _processes,
    _disk,
)
