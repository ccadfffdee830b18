"""Who may speak: handshakes, signatures, the three modes, keys, windows, replays, and everybody who tries otherwise."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.packs import Pack
from bot.runtime.container import Services
from scripts.simulator.crypto import Cipher
from scripts.simulator.hostile import ATTACKS
from scripts.simulator.judge import REPLIED, Judgement
from scripts.simulator.platform import Platform
from scripts.simulator.signing import Request, official_query
from scripts.simulator.testkit import World
from scripts.simulator.xmlform import parse, to_xml
from tests.scenarios.webhook.wire import NOBODY, OTHER_KEY, Desk, Wire, another

N1 = {
    "timestamp": "171403705",
    "nonce": "9486452656",
    "signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78",
}
N2 = {"timestamp": "486452656", "nonce": "1714037059", "signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78"}


@pytest.fixture
def plain(services: Services, world: World, packs: dict[str, Pack], platform: Platform) -> Iterator[Wire]:
    """The same program with the account in plain mode."""
    with another(services, packs, wechat_mode="plain") as (_, address):
        yield Wire(platform, address)


def words(judgement: Judgement) -> str:
    assert judgement.outcome == REPLIED, judgement
    return str(judgement.message["content"])


class TestHandshake:
    def test_both_accounts(self, world: World) -> None:
        assert world.simulator.handshake("official")["ok"]
        assert world.simulator.handshake("work")["ok"]

    def test_the_echo_is_plain_text_that_no_browser_takes_for_a_page(self, wire: Wire) -> None:
        stamp = str(int(wire.platform.clock.now()))
        query = official_query(wire.account.token, stamp, "n0nce", NOBODY) | {"echostr": "5927782489442352469"}
        answer = wire.send("GET", f"{wire.account.path}?{urlencode(query)}")
        assert (answer.status, answer.data) == (200, b"5927782489442352469")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_nothing_is_echoed_without_a_signature(self, wire: Wire) -> None:
        answer = wire.send("GET", f"{wire.account.path}?echostr=123&timestamp=1&nonce=2&signature=3")
        assert (answer.status, answer.data) == (400, b"")

    def test_the_published_pair_without_delimiters(
        self, services: Services, packs: dict[str, Pack], platform: Platform, subtests: Any
    ) -> None:
        """V0 is genuine; N1 and N2 have its hash and move the border, so they must fail (at V0's own time)."""
        platform.clock.advance(1714037059 - platform.clock.now())
        genuine = {"timestamp": "1714037059", "nonce": "486452656", "signature": N1["signature"]}
        with another(services, packs, wechat_token="AAAAA") as (_, address):
            wire = Wire(platform, address)
            for name, query, status in (("V0", genuine, 200), ("N1", N1, 400), ("N2", N2, 400)):
                with subtests.test(name):
                    answer = wire.send("GET", f"{wire.account.path}?{urlencode(query | {'echostr': '1'})}")
                    assert answer.status == status


class TestModes:
    def test_safe_mode_replies_sealed(self, wire: Wire) -> None:
        request = wire.signed(mode="safe")
        assert "你好" not in request.body
        answer = wire.post(request)
        assert b"<Encrypt>" in answer.data and "收到".encode() not in answer.data
        assert words(wire.judged(wire.signed())) == "收到：你好"

    def test_safe_mode_refuses_plain_text(self, wire: Wire, desk: Desk) -> None:
        for extra in ({}, {"encrypt_type": "raw"}, {"encrypt_type": ""}):
            request = wire.signed(mode="plain")
            answer = wire.post(dataclasses.replace(request, query=request.query | extra))
            assert (answer.status, answer.data) == (403, b"")
        assert desk.said == []

    def test_compatible_mode_believes_the_sealed_half(
        self, wire: Wire, services: Services, packs: dict[str, Pack], desk: Desk
    ) -> None:
        with another(services, packs, wechat_mode="compatible") as (_, address):
            wire.address, wire.platform.settings.mode = address, "compatible"
            request = wire.signed(mode="compatible")
            forged = dataclasses.replace(request, body=request.body.replace("你好", "转账"))
            assert words(wire.judged(forged)) == "收到：你好"
            assert words(wire.judged(wire.signed(wire.fields(Content="明文"), mode="plain"))) == "收到：明文"
            dropped = wire.signed(mode="compatible")
            query = {name: value for name, value in dropped.query.items() if name != "encrypt_type"}
            assert wire.post(dataclasses.replace(dropped, query=query)).status == 403
        assert desk.said == ["你好", "明文"]

    def test_plain_mode(self, plain: Wire) -> None:
        plain.platform.settings.mode = "plain"
        assert words(plain.judged(plain.signed(mode="plain"))) == "收到：你好"
        assert plain.post(plain.signed(mode="safe")).status == 400

    def test_two_keys_while_the_key_is_changed(self, wire: Wire, services: Services, packs: dict[str, Pack]) -> None:
        old = services.settings.wechat_aes_key
        with another(services, packs, wechat_aes_key=OTHER_KEY, wechat_aes_key_previous=old) as (_, address):
            wire.address = address
            assert words(wire.judged(wire.signed())) == "收到：你好"  # opened and answered with the old key
            box = Cipher(OTHER_KEY, services.settings.wechat_app_id)
            wire.account = dataclasses.replace(wire.account, cipher=box)
            assert words(wire.judged(wire.signed())) == "收到：你好"  # and with the new one
        wire.address = wire.platform.settings.target
        assert wire.post(wire.signed()).status == 403  # who knows only the old key takes no new one


class TestWindowAndReplay:
    def test_five_minutes_by_the_injected_clock(self, wire: Wire, platform: Platform) -> None:
        overheard = wire.signed()
        for seconds, status in ((-301, 403), (301, 403), (-300, 200), (299, 200)):
            assert wire.post(wire.signed(at=platform.clock.now() + seconds)).status == status, seconds
        platform.clock.advance(301)
        assert wire.post(overheard).status == 403

    def test_a_genuine_retry_gets_the_same_reply(self, wire: Wire, services: Services, desk: Desk) -> None:
        request = wire.signed()
        first = wire.judged(request).message
        assert wire.judged(request).message == first
        again = wire.signed(_fields_of(request))
        assert again.query["msg_signature"] != request.query["msg_signature"]
        assert wire.judged(again).message == first
        assert desk.said == ["你好"]
        desk.answers["你好"] = "又是你"
        services.redis.flushall()
        assert wire.judged(request).message == first

    def test_a_used_signature_carries_no_other_body(self, plain: Wire, desk: Desk) -> None:
        """In plain mode the signature says nothing of the body: only the replay cache stands between."""
        plain.platform.settings.mode = "plain"
        request = plain.signed(mode="plain")
        assert plain.post(request).status == 200
        other = plain.signed(plain.fields(Content="把我的话费转走"), mode="plain")
        stolen = dataclasses.replace(request, body=other.body)
        assert (plain.post(stolen).status, plain.post(stolen).status) == (403, 403)
        assert words(plain.judged(request)) == "收到：你好"
        assert desk.said == ["你好"]

    def test_a_reply_to_one_account_is_not_replayed_to_another(self, wire: Wire, services: Services) -> None:
        request = wire.signed()
        assert wire.post(request).status == 200
        assert wire.send("POST", f"/wecom/work?{request.search}", request.body).status in {400, 403}


class TestReceivers:
    def test_another_app_id_behind_the_message(self, wire: Wire, services: Services) -> None:
        foreign = Cipher(services.settings.wechat_aes_key, "wx0000000000000000")
        assert wire.post(wire.sealed(to_xml(wire.fields()), foreign)).status == 403

    def test_another_receiver(self, wire: Wire, platform: Platform) -> None:
        assert wire.post(wire.signed(wire.fields(ToUserName="gh_000000000000"))).status == 403
        work = Wire(platform, wire.address, "work")
        assert work.post(work.signed(work.fields(ToUserName="ww0000000000000000", AgentID=1))).status == 403

    def test_unknown_accounts(self, wire: Wire) -> None:
        request = wire.signed()
        for path in (
            "/wechat/nobody",
            "/wecom/official",
            "/wechat/work",
            "/wechat/%E5%88%86%E8%A1%8C",
            "/wechat/..",
            "/",
        ):
            for method in ("GET", "POST"):
                answer = wire.send(method, f"{path}?{request.search}", request.body if method == "POST" else None)
                assert (answer.status, answer.data) == (404, b""), path

    def test_other_methods(self, wire: Wire) -> None:
        request = wire.signed()
        for method, status in (("PUT", 405), ("DELETE", 405), ("HEAD", 400), ("PATCH", 405)):
            assert wire.send(method, f"{wire.account.path}?{request.search}", b"").status == status, method


class TestParameters:
    def test_each_comes_once(self, wire: Wire) -> None:
        request = wire.signed()
        for name, value in request.query.items():
            for twice in (f"{request.search}&{name}={value}", f"{name}=&{request.search}"):
                assert wire.send("POST", f"{wire.account.path}?{twice}", request.body).status == 400, name

    def test_none_may_be_left_out(self, wire: Wire) -> None:
        request = wire.signed()
        for name in ("timestamp", "nonce", "msg_signature", "encrypt_type"):
            query = {key: value for key, value in request.query.items() if key != name}
            assert wire.post(dataclasses.replace(request, query=query)).status in {400, 403}, name

    def test_64_kilobytes_are_the_most(self, wire: Wire, desk: Desk) -> None:
        most = wire.signed(wire.fields(Content="长" * 15_900))
        assert 60_000 < len(most.body) <= 65_536
        assert words(wire.judged(most)).startswith("收到：长长")
        for body in ("x" * 65_537, "<xml>" + " " * 65_536 + "</xml>"):
            answer = wire.send("POST", f"{wire.account.path}?{most.search}", body)
            assert (answer.status, answer.data) == (413, b"")
        assert len(desk.said) == 1

    def test_bodies_that_are_no_messages(self, wire: Wire, desk: Desk) -> None:
        fields = wire.fields()
        bodies = [
            json.dumps(fields, ensure_ascii=False),
            "",
            "<xml></xml>",
            to_xml({**fields, "CreateTime": "gestern"}),
            to_xml({**fields, "FromUserName": ""}),
            to_xml({**fields, "FromUserName": "a b"}),
            to_xml({**fields, "MsgType": ""}),
            to_xml(fields).replace("<Content>", "<Content><b>").replace("</Content>", "</b></Content>"),
            to_xml(fields) + to_xml(fields),
        ]
        for body in bodies:
            outside = wire.send("POST", f"{wire.account.path}?{wire.signed().search}", body)
            inside = wire.post(wire.sealed(body))
            assert {outside.status, inside.status} <= {400, 403}, body
            assert outside.data == inside.data == b""
        assert desk.said == []


@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
def test_every_attack_in_the_book(
    mode: str, services: Services, packs: dict[str, Pack], world: World, platform: Platform, subtests: Any
) -> None:
    with another(services, packs, wechat_mode=mode) as (_, address):
        platform.settings.update({"mode": mode, "target": address})
        for name in ATTACKS.keys() - ({"pad16"} if mode == "plain" else set()):  # no padding without encryption
            for account in ("official", "work") if mode == "safe" else ("official",):
                with subtests.test(f"{name} on {account}"):
                    told = world.simulator.attack(name, account)
                    assert told["ok"], told
                    refused = [shot for shot in told["shots"] if shot["verdict"] == "refused"]
                    assert all(shot["body"] == "" for shot in refused), "a refusal says nothing"


_QUERY = st.one_of(
    st.text(st.characters(codec="ascii", exclude_characters=" #\r\n"), max_size=80).filter(str.isprintable),
    st.dictionaries(
        st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "openid", "encrypt_type", "echostr", "x"]),
        st.one_of(st.text(max_size=50), st.sampled_from(["aes", "raw", "1795140000", "0" * 40, "n", "%00", "ff" * 20])),
    ).map(lambda query: urlencode(query, errors="surrogatepass")),
)
_TREE = st.dictionaries(
    st.sampled_from(["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "Content", "List"]),
    st.one_of(
        st.text(max_size=40),
        st.integers(-(10**13), 10**13),
        st.sampled_from(["event", "text", "image", "location", NOBODY, "gh_7iex1ndemo01", "SCAN", "99999999999"]),
        st.dictionaries(st.sampled_from(["item", "List", "a"]), st.text(max_size=9), max_size=2),
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=_QUERY,
    body=st.one_of(st.binary(max_size=300), st.none()),
    path=st.sampled_from(["wechat/official", "wecom/work"]),
)
def test_noise_is_refused(wire: Wire, query: str, body: bytes | None, path: str) -> None:
    answer = wire.send("GET" if body is None else "POST", f"/{path}?{query}", body)
    assert answer.status in {400, 403}
    assert answer.data == b""


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=_TREE, tail=st.text(max_size=30), complete=st.booleans())
def test_noise_that_knows_the_key_is_answered_or_refused(
    wire: Wire, tree: dict[str, object], tail: str, complete: bool
) -> None:
    """Signed and encrypted, so from the platform as far as anybody can tell; still nothing may break."""
    fields = (wire.fields() | tree) if complete else tree
    try:
        document = to_xml(fields).encode("utf-8").decode() + tail.strip()
    except UnicodeEncodeError:
        document = to_xml({name: repr(value) for name, value in fields.items()})
    answer = wire.post(wire.sealed(document))
    assert answer.status in {200, 400, 403}
    assert answer.status == 200 or answer.data == b""


def _fields_of(request: Request) -> dict[str, object]:
    """Return the fields of a message that is sent again, so that it can be signed afresh."""
    return {child.tag: child.text for child in parse(request.plain)}
