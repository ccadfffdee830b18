"""The doctor: one line a finding, in order, with what to do; its exit code says whether anything is wrong."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.config import Settings, load_settings
from bot.heartbeat import PARTS
from bot.runtime import doctor
from bot.store import embedded
from bot.store.embedded import Addresses
from tests.auxil.factories import Factory
from tests.conftest import KNOWLEDGE

OFFICIAL, WECOM = "/cgi-bin/stable_token", "/cgi-bin/gettoken"
GOOD: dict[str, dict[str, Any]] = {
    OFFICIAL: {"access_token": "T0ken", "expires_in": 7200},
    WECOM: {"errcode": 0, "errmsg": "ok", "access_token": "T0ken", "expires_in": 7200},
    "/cgi-bin/getcallbackip": {"ip_list": ["101.226.103.0/25", "101.226.233.128/25"]},
}


class FakePlatform:
    """Both platforms' API: answers each path with what it is told."""

    def __init__(self) -> None:
        self.answers = dict(GOOD)
        self.ahead = timedelta()
        self.server = make_server("127.0.0.1", 0, self.answer, threaded=True, request_handler=self._handler())
        self.url = f"http://127.0.0.1:{self.server.port}"

    def _handler(self) -> type[WSGIRequestHandler]:
        class Handler(WSGIRequestHandler):
            def date_time_string(handler, timestamp: float | None = None) -> str:  # noqa: N805
                return format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)

        return Handler

    @Request.application
    def answer(self, request: Request) -> Response:
        body = json.dumps(self.answers.get(request.path, {"errcode": 404}))
        return Response(body, mimetype="application/json")

    def refuse(self, path: str, code: int, message: str) -> None:
        self.answers[path] = {"errcode": code, "errmsg": message}


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    platform = FakePlatform()
    thread = threading.Thread(target=platform.server.serve_forever)
    thread.start()
    yield platform
    platform.server.shutdown()
    thread.join()
    platform.server.server_close()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(settings: Settings, platform: FakePlatform, free_port: int) -> Settings:
    """A production installation: own credentials, own servers, a platform that answers."""
    return load_settings(
        _env_file=None,
        tiexin_demo=False,
        wechat_app_id="wx0123456789abcdef",
        wechat_app_secret="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        wechat_token="kR7vTq2mZx9LpW4s",
        wechat_aes_key="a" * 42 + "8",
        wechat_original_id="gh_0123456789ab",
        wecom_corp_id="ww0123456789abcdef",
        wecom_agent_id=1000003,
        wecom_secret="s3cr3tOfTheWeComApplication",
        wecom_token="Jd83kslQpz71MvXu",
        wecom_aes_key="b" * 42 + "8",
        tiexin_secret="0123456789abcdef0123456789abcdef",
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        tiexin_home=settings.tiexin_home,
        tiexin_knowledge=KNOWLEDGE,
        wechat_api_base=platform.url,
        wecom_api_base=platform.url,
        port=free_port,
    )


@pytest.fixture
def set_up(make: Factory) -> None:
    """The rows a branch needs: both accounts and a manager who can be reached."""
    make.account()
    make.account(channel="wecom", name="work")
    make.manager(wecom_userid="zhoumin")
    make.commit()


@pytest.fixture
def all_alive(redis_client: redis.Redis) -> None:
    for part in PARTS:
        redis_client.set(f"tiexin:alive:{part}", "1")


class Report:
    """What the doctor printed."""

    def __init__(self, code: int, printed: str) -> None:
        self.code = code
        self.lines = [line for line in printed.splitlines() if line[:2] in {"✓ ", "✗ ", "! "}]
        self.printed = printed

    def of(self, name: str) -> str:
        """Return the line about `name`; the worse one when there are two."""
        lines = [line for line in self.lines if line[2:].startswith(name)]
        assert lines, f"nothing about {name} in:\n{self.printed}"
        return min(lines, key=lambda line: "✗!✓".index(line[0]))

    @property
    def wrong(self) -> list[str]:
        return [line for line in self.lines if line.startswith("✗")]


@pytest.fixture
def examined(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Report]:
    """Examine settings; the knowledge is taken as loaded unless a test is about it."""

    def examine(settings: Settings, *, knowledge: bool = False, **changes: Any) -> Report:
        if not knowledge:
            monkeypatch.setattr("bot.runtime.doctor.setup.load_packs", lambda folder, names: {})
        code = doctor.examine(settings.model_copy(update=changes))
        return Report(code, capsys.readouterr().out)

    return examine


# -- a sound installation ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("set_up", "all_alive")
def test_a_sound_installation_has_no_cross(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings, knowledge=True)
    assert report.wrong == []
    assert report.code == 0
    assert "没有发现问题" in report.printed
    for name in ("配置", "数据库版本", "Redis", "时钟", "知识库", "账号", "公众号 official", "企业微信 work", "磁盘"):
        assert report.of(name).startswith("✓"), report.of(name)


@pytest.mark.usefixtures("set_up", "all_alive")
def test_findings_come_in_the_order_one_would_look(settings: Settings, examined: Callable[..., Report]) -> None:
    lines = examined(settings).lines
    wanted = ["配置", "数据库", "Redis", "时钟", "知识库", "账号", "公众号", "企业微信", "网页服务", "worker", "磁盘"]
    places = [next(number for number, line in enumerate(lines) if line[2:].startswith(name)) for name in wanted]
    assert places == sorted(places)


def test_every_cross_says_what_to_do(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings, wechat_token="", database_url="mysql://x", redis_url="redis://127.0.0.1:1/0")
    assert report.code == 1
    assert len(report.wrong) >= 3
    assert [line for line in report.wrong if " → " not in line] == []


def test_no_secret_is_ever_printed(settings: Settings, platform: FakePlatform, examined: Callable[..., Report]) -> None:
    platform.refuse(OFFICIAL, 40125, f"invalid appsecret {settings.wechat_app_secret}")
    report = examined(settings, database_url="postgresql://u:p4ssw0rd@127.0.0.1:1/x")
    hidden = ("p4ssw0rd", settings.wechat_token, settings.wecom_secret, settings.tiexin_secret, "T0ken")
    assert [secret for secret in hidden if secret in report.printed] == []


# -- settings ---------------------------------------------------------------------------------------------------------


def test_each_wrong_setting_has_its_line(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings, wechat_token="short", tiexin_secret="")
    assert [line for line in report.wrong if "WECHAT_TOKEN 须为 16–32 位" in line]
    assert [line for line in report.wrong if "缺少 TIEXIN_SECRET" in line]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"wechat_mode": "plain"}, "WECHAT_MODE=plain"),
        ({"wecom_aes_key_previous": "c" * 43}, "_AES_KEY_PREVIOUS"),
        ({"wechat_original_id": ""}, "WECHAT_ORIGINAL_ID"),
    ],
)
@pytest.mark.usefixtures("set_up")
def test_what_is_allowed_but_unwise_is_a_reminder(
    settings: Settings, examined: Callable[..., Report], changes: dict[str, str], said: str
) -> None:
    report = examined(settings, **changes)
    assert [line for line in report.lines if line.startswith("! 配置") and said in line]
    assert report.code == 0


# -- servers ----------------------------------------------------------------------------------------------------------


def test_a_database_that_is_away(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings, database_url="postgresql://127.0.0.1:1/x")
    assert report.of("数据库").startswith("✗ 数据库：连不上") and "DATABASE_URL" in report.of("数据库")
    assert report.code == 1


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM alembic_version", "数据库是空的"),
        ("UPDATE alembic_version SET version_num = '9999'", "由更新的程序（9999）建立"),
    ],
)
def test_a_database_of_another_version(
    settings: Settings, examined: Callable[..., Report], statement: str, said: str
) -> None:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(statement)
    assert said in examined(settings).of("数据库版本")


def test_an_older_database(
    settings: Settings, examined: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.migrate.head", lambda: "9999")
    report = examined(settings)
    assert "停在旧版" in report.of("数据库版本") and "app.py migrate" in report.of("数据库版本")


def test_redis_that_is_away(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings, redis_url="redis://127.0.0.1:1/0")
    assert report.of("Redis").startswith("✗ Redis：连不上")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("appendonly", "no", "没有开启 AOF"), ("maxmemory-policy", "allkeys-lru", "会淘汰数据")],
)
@pytest.mark.usefixtures("set_up")
def test_redis_that_may_forget_is_a_reminder(
    settings: Settings, examined: Callable[..., Report], redis_client: redis.Redis, name: str, value: str, said: str
) -> None:
    before = redis_client.config_get(name)[name]  # type: ignore[index]
    redis_client.config_set(name, value)
    try:
        report = examined(settings)
    finally:
        redis_client.config_set(name, before)
    assert [line for line in report.lines if line.startswith("! Redis") and said in line]
    assert report.code == 0


@pytest.mark.usefixtures("set_up")
def test_embedded_servers_that_run_are_found(
    settings: Settings, examined: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Addresses(settings.database_url, settings.redis_url)
    monkeypatch.setattr(embedded, "running", lambda home: found)
    report = examined(settings, database_url="", redis_url="")
    assert "内置服务器，正在运行" in report.of("数据库：")
    assert "内置服务器，正在运行" in report.of("Redis：")
    assert report.of("账号").startswith("✓")


@pytest.mark.usefixtures("set_up")
def test_embedded_servers_that_do_not_run_are_a_reminder(
    settings: Settings, examined: Callable[..., Report], tmp_path: Path
) -> None:
    report = examined(settings, database_url="", redis_url="", tiexin_home=tmp_path)
    assert report.of("数据库").startswith("! ") and "没有在运行" in report.of("数据库")
    assert report.of("Redis").startswith("! ")
    assert report.code == 0


# -- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize(
    ("ahead", "mark", "code"),
    [(timedelta(seconds=30), "!", 0), (timedelta(seconds=-30), "!", 0), (timedelta(minutes=10), "✗", 1)],
)
def test_a_clock_apart_from_the_platforms(
    settings: Settings,
    platform: FakePlatform,
    examined: Callable[..., Report],
    ahead: timedelta,
    mark: str,
    code: int,
) -> None:
    platform.ahead = ahead
    report = examined(settings)
    assert report.of("时钟").startswith(f"{mark} 时钟：本机与微信平台相差")
    assert report.code == code


@pytest.mark.usefixtures("set_up")
def test_a_clock_within_two_seconds_is_good(
    settings: Settings, platform: FakePlatform, examined: Callable[..., Report]
) -> None:
    platform.ahead = timedelta(seconds=1)
    assert examined(settings).of("时钟") == "✓ 时钟：与数据库、Redis、微信平台相差不到 2 秒"


# -- knowledge and rows -----------------------------------------------------------------------------------------------


def test_a_wrong_knowledge_file_is_named_with_its_line(
    settings: Settings, examined: Callable[..., Report], tmp_path: Path
) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    (folder / "telecom" / "pack.yaml").write_text("name: [\n", encoding="utf-8")
    report = examined(settings, knowledge=True, tiexin_knowledge=folder)
    assert "pack.yaml" in report.of("知识库") and report.of("知识库").startswith("✗")


def test_a_pack_that_is_not_there(settings: Settings, examined: Callable[..., Report]) -> None:
    assert examined(settings, knowledge=True, tiexin_pack="nothing").of("知识库").startswith("✗ 知识库：nothing")


def test_accounts_without_a_row_are_named(settings: Settings, examined: Callable[..., Report], make: Factory) -> None:
    make.account()
    make.commit()
    report = examined(settings)
    assert report.of("账号").startswith("✗ 账号：数据库里没有 wecom:work")
    assert report.of("客户经理").startswith("!")


# -- the platforms ----------------------------------------------------------------------------------------------------

NOT_LISTED = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 64a774ce-020c072d-6c820ec0"
NOT_TRUSTED = "not allow to access from your ip, hint: [1700000000_1], from ip: 203.0.113.9, more info at https://x"


@pytest.mark.parametrize(
    ("path", "code", "message", "name", "said"),
    [
        (OFFICIAL, 40164, NOT_LISTED, "公众号", "把本机出口 IP 203.0.113.7 加入公众号后台"),
        (OFFICIAL, 40164, "invalid ip, not in whitelist", "公众号", "请向网络管理员确认"),
        (OFFICIAL, 40125, "invalid appsecret", "公众号", "WECHAT_APP_SECRET 不对"),
        (OFFICIAL, 40013, "invalid appid", "公众号", "WECHAT_APP_ID 不对"),
        (OFFICIAL, 40243, "appsecret is frozen", "公众号", "已被冻结"),
        (OFFICIAL, 89503, "need confirm, ip 203.0.113.7", "公众号", "该 IP 203.0.113.7 需要管理员确认"),
        (OFFICIAL, 40001, "invalid credential", "公众号", "WECHAT_APP_SECRET 不对"),
        (OFFICIAL, 45009, "reach max api daily quota limit", "公众号", "明天零点恢复"),
        (OFFICIAL, 48004, "api forbidden", "公众号", "接口被封禁"),
        (WECOM, 40001, "invalid credential", "企业微信", "WECOM_SECRET 不对"),
        (WECOM, 40013, "invalid corpid", "企业微信", "WECOM_CORP_ID 不对"),
        (WECOM, 60020, NOT_TRUSTED, "企业微信", "把本机出口 IP 203.0.113.9 加入管理后台该应用的“企业可信 IP”"),
    ],
)
def test_each_refusal_of_a_token_is_explained(
    settings: Settings,
    platform: FakePlatform,
    examined: Callable[..., Report],
    path: str,
    code: int,
    message: str,
    name: str,
    said: str,
) -> None:
    platform.refuse(path, code, message)
    line = examined(settings).of(name)
    assert line.startswith(f"✗ {name}") and f"接口返回 {code}" in line and said in line


def test_the_platforms_request_id_is_told_for_its_support(
    settings: Settings, platform: FakePlatform, examined: Callable[..., Report]
) -> None:
    platform.refuse(OFFICIAL, 40164, NOT_LISTED)
    assert "rid: 64a774ce-020c072d-6c820ec0" in examined(settings).of("公众号")


@pytest.mark.usefixtures("set_up")
def test_a_token_without_callback_addresses_is_told(
    settings: Settings, platform: FakePlatform, examined: Callable[..., Report]
) -> None:
    platform.refuse("/cgi-bin/getcallbackip", 48001, "api unauthorized")
    assert "接口返回 48001" in examined(settings).of("公众号")


def test_a_platform_that_cannot_be_reached(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings, wechat_api_base="http://127.0.0.1:1")
    assert report.of("公众号").startswith("✗ 公众号 official：连不上平台")
    assert report.of("企业微信").startswith("✓")


def test_in_the_demo_a_simulator_that_is_not_there_is_a_reminder(
    settings: Settings, examined: Callable[..., Report]
) -> None:
    kept = ("database_url", "redis_url", "tiexin_home", "tiexin_knowledge", "port")
    own = {name: getattr(settings, name) for name in kept}
    demo = load_settings(_env_file=None, tiexin_demo=True, wechat_api_base="http://127.0.0.1:1", **own)
    report = examined(demo)
    assert report.of("公众号").startswith("! ") and "模拟微信没有在运行" in report.of("公众号")


# -- this machine -----------------------------------------------------------------------------------------------------


@pytest.fixture
def serving(free_port: int) -> Iterator[Callable[[bytes], None]]:
    """Let something answer on the port."""
    said = [b"ok"]

    @Request.application
    def application(request: Request) -> Response:
        return Response(said[0])

    server = make_server("127.0.0.1", free_port, application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield lambda words: said.__setitem__(0, words)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("set_up", "serving", "all_alive")
def test_a_running_program_is_seen(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings)
    assert [report.of(name)[0] for name in ("网页服务", "worker", "scheduler")] == ["✓", "✓", "✓"]


@pytest.mark.usefixtures("set_up", "serving")
def test_web_without_worker_is_wrong(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings)
    assert report.of("worker").startswith("✗") and "python app.py worker" in report.of("worker")
    assert report.of("scheduler").startswith("✗")


@pytest.mark.usefixtures("set_up")
def test_a_program_that_does_not_run_is_no_fault(settings: Settings, examined: Callable[..., Report]) -> None:
    report = examined(settings)
    assert report.of("网页服务").startswith("! ") and report.of("worker").startswith("! ")
    assert report.code == 0


def test_a_port_that_something_else_has(
    settings: Settings, examined: Callable[..., Report], serving: Callable[[bytes], None]
) -> None:
    serving(b"<html>")
    assert examined(settings).of("端口").startswith(f"✗ 端口：{settings.port} 被别的程序占用")


@pytest.mark.parametrize(("free", "mark"), [(50 << 20, "✗"), (500 << 20, "!"), (50 << 30, "✓")])
def test_the_disk_under_the_home(
    settings: Settings, examined: Callable[..., Report], monkeypatch: pytest.MonkeyPatch, free: int, mark: str
) -> None:
    usage = namedtuple("usage", "total used free")(100 << 30, 0, free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert examined(settings, tiexin_home=Path("/no/such/home/yet")).of("磁盘")[0] == mark


def test_a_home_that_is_a_file_is_told(settings: Settings, examined: Callable[..., Report], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("not a folder")
    assert examined(settings, tiexin_home=home).of("数据目录").startswith(f"✗ 数据目录：{home} 是一个文件")


def test_a_home_nobody_may_write_to_is_told(
    settings: Settings, examined: Callable[..., Report], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "没有权限写入" in examined(settings, tiexin_home=tmp_path / "below").of("数据目录")
