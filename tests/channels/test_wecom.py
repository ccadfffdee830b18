"""The WeCom app's callback: always sealed, cards and their events, replies."""

from __future__ import annotations

import pytest

from bot.channels.errors import Refused
from bot.messages import SILENT, Card, Channel, Choices, Incoming, Kind, Option, Picture, Reply, Text
from tests.channels.platform import CORP_ID, KEY, OLD_KEY, Pairs, Platform, encrypt, sha1
from tests.channels.platform import TOKEN as APP_TOKEN

MANAGER = "li.manager@corp-1"


def receive(platform: Platform, **fields: object) -> Incoming:
    xml = platform.message(to=CORP_ID, **{"FromUserName": MANAGER, "AgentID": 1000002, **fields})
    return platform.app().receive(*platform.sealed(xml, receiveid=CORP_ID)).incoming


def test_handshake(platform: Platform) -> None:
    echo = encrypt("1616140317555161061", CORP_ID)
    args: Pairs = [
        ("msg_signature", sha1(APP_TOKEN, platform.stamp, platform.nonce, echo)),
        ("timestamp", platform.stamp),
        ("nonce", platform.nonce),
        ("echostr", echo),
    ]
    assert platform.app().handshake(args) == "1616140317555161061"
    with pytest.raises(Refused, match="signature"):
        platform.app().handshake([*args[:3], ("echostr", encrypt("2", CORP_ID))])


@pytest.mark.parametrize("echo", ["<script>", "", "号"])
def test_a_handshake_that_would_show_a_page(platform: Platform, echo: str) -> None:
    sealed = encrypt(echo, CORP_ID)
    signature = sha1(APP_TOKEN, platform.stamp, platform.nonce, sealed)
    args: Pairs = [*platform.plain_args(), ("msg_signature", signature), ("echostr", sealed)]
    with pytest.raises(Refused, match="echostr"):
        platform.app().handshake(args)


def test_text(platform: Platform) -> None:
    incoming = receive(platform, MsgType="text", Content="今日客户", MsgId=5)
    assert (incoming.channel, incoming.account, incoming.person) == (Channel.WECOM, "work", MANAGER)
    assert (incoming.kind, incoming.text, incoming.to) == (Kind.TEXT, "今日客户", CORP_ID)
    assert incoming.key.startswith("m:5:")


@pytest.mark.parametrize(
    ("msg_type", "kind"),
    [
        ("image", Kind.PICTURE),
        ("voice", Kind.VOICE),
        ("video", Kind.VIDEO),
        ("location", Kind.LOCATION),
        ("link", Kind.LINK),
    ],
)
def test_other_messages(platform: Platform, msg_type: str, kind: Kind) -> None:
    assert receive(platform, MsgType=msg_type, MediaId="m", MsgId=6).kind is kind


CARD_EVENT = {
    "EventKey": "take",
    "TaskId": "TS20261121-0007",
    "CardType": "button_interaction",
    "ResponseCode": "rc",
    "SelectedItems": {"SelectedItem": {"QuestionKey": "q", "OptionIds": {"OptionId": ["1", "2"]}}},
}


@pytest.mark.parametrize("name", ["template_card_event", "template_card_menu_event"])
def test_a_tapped_card(platform: Platform, name: str) -> None:
    incoming = receive(platform, MsgType="event", Event=name, **CARD_EVENT)
    assert (incoming.kind, incoming.event, incoming.event_key) == (Kind.EVENT, name, "take")
    assert incoming.data == {
        "AgentID": "1000002",
        "TaskId": "TS20261121-0007",
        "CardType": "button_interaction",
        "ResponseCode": "rc",
        "SelectedItems": {"SelectedItem": [{"QuestionKey": "q", "OptionIds": {"OptionId": ["1", "2"]}}]},
    }
    other = receive(platform, MsgType="event", Event=name, **{**CARD_EVENT, "TaskId": "TS20261121-0008"})
    assert other.key != incoming.key


@pytest.mark.parametrize(
    "name",
    [
        "subscribe",
        "unsubscribe",
        "enter_agent",
        "click",
        "view",
        "LOCATION",
        "scancode_push",
        "batch_job_result",
        "change_external_contact",
        "kf_msg_or_event",
        "open_approval_change",
    ],
)
def test_other_events(platform: Platform, name: str) -> None:
    incoming = receive(platform, MsgType="event", Event=name, EventKey="")
    assert (incoming.kind, incoming.event, incoming.data) == (Kind.EVENT, name.lower(), {"AgentID": "1000002"})


def test_other_firms_are_refused(platform: Platform) -> None:
    xml = platform.message(to="ww0", MsgType="text", Content="x", MsgId=1)
    for receiveid, reason in ((CORP_ID, "to_user"), ("ww0", "receiveid")):
        with pytest.raises(Refused, match=reason):
            platform.app().receive(*platform.sealed(xml, receiveid=receiveid))


def respond(platform: Platform, reply: Reply, key: str = KEY) -> tuple[str, tuple]:
    app = platform.app()
    xml = platform.message(to=CORP_ID, FromUserName=MANAGER, MsgType="text", Content="x", MsgId=1)
    received = app.receive(*platform.sealed(xml, receiveid=CORP_ID, key=key))
    return app.respond(received, reply, platform.clock.now())


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_a_reply_is_sealed_with_the_key_that_opened(platform: Platform, key: str) -> None:
    body, rest = respond(platform, Reply.text("收到").then(Picture("m")), key)
    shown = platform.unseal(body, CORP_ID, key)
    assert (shown["ToUserName"], shown["FromUserName"], shown["Content"]) == (MANAGER, CORP_ID, "收到")
    assert rest == (Picture("m"),)


def test_silence_is_empty(platform: Platform) -> None:
    assert respond(platform, SILENT) == ("", ())


def test_choices_are_plain_lines(platform: Platform) -> None:
    body, _ = respond(platform, Reply((Choices("选", (Option("1", "甲"), Option("2", "乙"))),)))
    assert platform.unseal(body, CORP_ID)["Content"] == "选\n1. 甲\n2. 乙"


def test_a_leading_card_is_sent_afterwards(platform: Platform) -> None:
    card = Card("t", "新投诉", "")
    assert respond(platform, Reply((card, Text("请接单")))) == ("", (card, Text("请接单")))
    body, rest = respond(platform, Reply((Text("请接单"), card)))
    assert platform.unseal(body, CORP_ID)["Content"] == "请接单"
    assert rest == (card,)
