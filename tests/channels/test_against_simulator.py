"""Both rooms meet: our callbacks and clients with the local platform, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from bot.channels.accounts import Accounts
from bot.channels.codes import Action
from bot.channels.errors import ApiError, OutcomeUnknown, Refused, Unreachable
from bot.channels.inbound import Received
from bot.channels.tokens import MemoryTokenStore
from bot.config import load_settings
from bot.messages import Article, Button, Card, Choices, Incoming, Kind, Option, Picture, Reply, Text
from scripts.simulator import Platform, PlatformClock, Settings, running_simulator
from scripts.simulator.hostile import ATTACKS
from scripts.simulator.testkit import World


class PlatformTime:
    """The platform's clock as ours."""

    def __init__(self, clock: PlatformClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)


class Program:
    """A thin program around the channels: it remembers what came and says what it is told."""

    def __init__(self) -> None:
        self.accounts: Accounts
        self.came: list[Incoming] = []
        self.reply = Reply.text("收到")
        self.app = Flask("channels")
        self.app.config["MAX_CONTENT_LENGTH"] = 65_536
        self.app.add_url_rule("/<kind>/<name>", view_func=self.view, methods=["GET", "POST"])

    def view(self, kind: str, name: str) -> Response:
        accounts = self.accounts
        channel = (accounts.official(name) if kind == "wechat" else accounts.wecom(name)).channel
        try:
            if request.method == "GET":
                return Response(channel.handshake(request.args), mimetype="text/plain")
            received: Received = channel.receive(request.args, request.get_data())
        except Refused as refused:
            return Response(status=refused.status)
        self.came.append(received.incoming)
        body, _ = channel.respond(received, self.reply, received.incoming.created)
        return Response(body)


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def platform_clock() -> PlatformClock:
    return PlatformClock(source=lambda: 1_795_226_400.0)


@pytest.fixture
def sim(program: Program, platform_clock: PlatformClock) -> Iterator[Platform]:
    server = make_server("127.0.0.1", 0, program.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        settings = Settings(target=f"http://127.0.0.1:{server.server_port}")
        with running_simulator(settings, platform_clock) as platform:
            program.accounts = accounts_of(platform, platform_clock)
            yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def accounts_of(platform: Platform, clock: PlatformClock, **changes: object) -> Accounts:
    bases = {"wechat_api_base": platform.base_url, "wecom_api_base": f"{platform.base_url}/wecom-api"}
    settings = load_settings(_env_file=None, tiexin_demo=True, **bases, **changes)
    return Accounts(settings, MemoryTokenStore(), PlatformTime(clock))


@pytest.fixture
def world(sim: Platform) -> World:
    return World(sim)


@pytest.fixture
def accounts(program: Program, sim: Platform) -> Accounts:
    return program.accounts


@pytest.mark.parametrize("account", ["official", "work"])
@pytest.mark.parametrize("name", sorted(set(ATTACKS) - {"replay"}))
def test_every_attack_is_stood(world: World, name: str, account: str) -> None:
    result = world.simulator.attack(name, account)
    assert result["ok"], result


@pytest.mark.parametrize("mode", ["plain", "compatible"])
def test_attacks_in_the_weaker_modes(
    world: World, program: Program, sim: Platform, platform_clock: PlatformClock, mode: str
) -> None:
    program.accounts = accounts_of(sim, platform_clock, wechat_mode=mode)
    world.simulator.set(mode=mode)
    for name in (
        "bad_signature",
        "n1",
        "n2",
        "old_timestamp",
        "xxe",
        "billion_laughs",
        "deep_nesting",
        "duplicate_tags",
    ):
        result = world.simulator.attack(name)
        assert result["ok"], result


@pytest.mark.parametrize("account", ["official", "work"])
def test_handshakes(world: World, account: str) -> None:
    assert world.simulator.handshake(account)["ok"]


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_a_talk_in_every_mode(
    world: World, program: Program, sim: Platform, platform_clock: PlatformClock, mode: str
) -> None:
    program.accounts = accounts_of(sim, platform_clock, wechat_mode=mode)
    world.simulator.set(mode=mode)
    customer = world.customer("王总")
    customer.says("您好]]>😀")
    assert program.came[-1].text == "您好]]＞😀"
    customer.sees(contains="收到")
    customer.sees_nothing_else()


def test_a_manager_talks(world: World, program: Program) -> None:
    manager = world.manager("周敏")
    manager.says("今日客户")
    assert (program.came[-1].kind, program.came[-1].text) == (Kind.TEXT, "今日客户")
    manager.sees(contains="收到")


def test_customer_service_messages(world: World, accounts: Accounts, sim: Platform) -> None:
    customer, client = world.customer("王总"), accounts.official("official").client
    customer.says("您好")
    media_id = client.upload_media("image", "a.jpg", b"\xff\xd8\xff\xe0picture")
    assert client.download_media(media_id).startswith(b"\xff\xd8")
    openid = sim.people.get("王总").address
    assert client.typing(openid, on=True)
    for part in (
        Text("中文不转义"),
        Picture(media_id),
        Article("题", "述", "https://a.cn"),
        Choices("请选择", (Option("a:1", "网速慢"), Option("a:2", "其他"))),
        Card("t", "题", "述"),
    ):
        client.send(openid, part)
    customer.sees(contains="中文不转义")
    with pytest.raises(ApiError) as error:
        client.send(openid, Text("第六条"))
    assert error.value.action is Action.FALL_BACK
    assert error.value.rid


def test_template_menu_qr_and_addresses(accounts: Accounts, sim: Platform) -> None:
    client, openid = accounts.official("official").client, sim.people.get("王总").address
    client.create_menu({"button": [{"type": "click", "name": "投诉", "key": "k"}]})
    assert client.create_qr("am_1_0123456789abcdef").ticket
    assert client.callback_ips()
    with pytest.raises(ApiError) as error:
        client.send_notice(openid, "SUB_CARE_GREETING_0001", {"thing1": "生日快乐"})
    assert error.value.action in (Action.QUOTA_ZERO, Action.REJECT)


def test_cards(world: World, program: Program, accounts: Accounts, sim: Platform) -> None:
    manager, client = world.manager("周敏"), accounts.wecom("work").client
    userid = sim.people.get("周敏").address
    card = Card("TS-1", "新投诉", "网速慢", (("客户", "王总"), ("", "")), (Button("take:1", "接单", primary=True),))
    sent = client.send(userid, card)
    assert sent.msgid
    assert sent.response_code
    manager.sees_card(contains="网速慢")
    manager.taps("接单")
    tapped = program.came[-1]
    assert (tapped.event, tapped.event_key, tapped.data["TaskId"]) == ("template_card_event", "take:1", "TS-1")
    client.update_card(tapped.data["ResponseCode"], userid, "已接单")
    with pytest.raises(ApiError):
        client.update_card(tapped.data["ResponseCode"], userid, "又接单")
    with pytest.raises(ApiError) as error:
        client.send("nobody", Text("您好"))
    assert error.value.action is Action.PERMANENT_PERSON


def test_dead_tokens_and_faults(world: World, accounts: Accounts, sim: Platform) -> None:
    client, openid = accounts.official("official").client, sim.people.get("王总").address
    world.customer("王总").says("您好")
    client.send(openid, Text("一"))
    world.simulator.kill_tokens()
    client.send(openid, Text("二"))
    world.simulator.fault("/cgi-bin/message/custom/send", drop_after=True, times=1)
    with pytest.raises(OutcomeUnknown):
        client.send(openid, Text("三"))
    world.simulator.fault("/cgi-bin/stable_token", http_status=503, times=1)
    world.simulator.kill_tokens()
    with pytest.raises(Unreachable):
        client.send(openid, Text("四"))
