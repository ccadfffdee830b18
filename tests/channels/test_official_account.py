"""The Official Account's webhook: modes, keys, every message and event type, replies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.errors import Refused
from bot.channels.inbound import STICKER_TEXT, Received
from bot.messages import (
    Channel,
    Incoming,
    Kind,
    Media,
)
from tests.channels.platform import APP_ID, OPENID, ORIGINAL_ID, Pairs, Platform

TEXT = {"MsgType": "text", "Content": "您好", "MsgId": 6054768590064713728}


def receive(platform: Platform, **fields: object) -> Incoming:
    return platform.official().receive(*platform.sealed(platform.message(**fields))).incoming


def refused(call, *args: object) -> tuple[int, str]:
    with pytest.raises(Refused) as error:
        call(*args)
    return error.value.status, error.value.reason


class TestHandshake:
    def test_the_echo_comes_back_as_it_came(self, platform: Platform) -> None:
        args = platform.plain_args(echostr="5837397576500011341")
        assert platform.official().handshake(args) == "5837397576500011341"

    def test_a_wrong_signature(self, platform: Platform) -> None:
        args = [(name, "0" * 40 if name == "signature" else value) for name, value in platform.plain_args(echostr="1")]
        assert refused(platform.official().handshake, args) == (403, "signature")

    @pytest.mark.parametrize("echo", ["", "<script>", "a" * 129, "a\nb", "你好", "a b"])
    def test_an_echo_that_could_be_shown_as_a_page(self, platform: Platform, echo: str) -> None:
        assert refused(platform.official().handshake, platform.plain_args(echostr=echo)) == (400, "echostr")


class TestModes:
    def test_safe(self, platform: Platform) -> None:
        args, body = platform.sealed(platform.message(**TEXT))
        received = platform.official().receive(args, body)
        assert received == Received(
            Incoming(
                channel=Channel.OFFICIAL,
                account="official",
                key=received.incoming.key,
                person=OPENID,
                to=ORIGINAL_ID,
                created=datetime(2026, 11, 21, 2, 0, tzinfo=UTC),
                kind=Kind.TEXT,
                text="您好",
            ),
            dict(args)["msg_signature"],
            0,
        )
        assert received.incoming.key.startswith("m:6054768590064713728:")

    def test_safe_refuses_plaintext(self, platform: Platform) -> None:
        body = platform.message(**TEXT).encode()
        for args in (platform.plain_args(), platform.plain_args(encrypt_type="raw")):
            assert refused(platform.official().receive, args, body) == (403, "plaintext")

    def test_safe_needs_the_encrypted_part(self, platform: Platform) -> None:
        args, _ = platform.sealed(platform.message(**TEXT))
        assert refused(platform.official().receive, args, platform.message(**TEXT).encode()) == (400, "no_encrypt")

    def test_safe_checks_the_message_signature_not_the_plain_one(self, platform: Platform) -> None:
        args, body = platform.sealed(platform.message(**TEXT))
        forged = [(name, dict(args)["signature"] if name == "msg_signature" else value) for name, value in args]
        assert refused(platform.official().receive, forged, body) == (403, "signature")

    def test_compatible_believes_the_encrypted_part(self, platform: Platform) -> None:
        beside = "<FromUserName>oFORGED</FromUserName><MsgType>text</MsgType><Content>转账</Content>"
        args, body = platform.sealed(platform.message(**TEXT), beside=beside)
        received = platform.official(mode="compatible").receive(args, body)
        assert (received.incoming.person, received.incoming.text, received.key_index) == (OPENID, "您好", 0)

    def test_compatible_takes_plaintext(self, platform: Platform) -> None:
        args = platform.plain_args()
        received = platform.official(mode="compatible").receive(args, platform.message(**TEXT).encode())
        assert (received.signature, received.key_index) == (dict(args)["signature"], None)
        assert received.incoming.text == "您好"

    def test_compatible_refuses_a_dropped_encrypt_type(self, platform: Platform) -> None:
        _, body = platform.sealed("<xml/>", beside="<FromUserName>oFORGED</FromUserName><MsgType>text</MsgType>")
        account = platform.official(mode="compatible")
        assert refused(account.receive, platform.plain_args(), body) == (403, "downgrade")

    def test_plain(self, platform: Platform) -> None:
        account = platform.official(mode="plain", aes_keys=())
        assert account.receive(platform.plain_args(), platform.message(**TEXT).encode()).incoming.text == "您好"
        args, body = platform.sealed(platform.message(**TEXT))
        assert refused(account.receive, args, body) == (400, "mode")

    def test_an_unknown_encrypt_type(self, platform: Platform) -> None:
        account = platform.official(mode="compatible")
        assert refused(account.receive, platform.plain_args(encrypt_type="rot13"), b"<xml/>") == (400, "encrypt_type")

    def test_other_receivers_are_refused(self, platform: Platform) -> None:
        account = platform.official()
        assert refused(account.receive, *platform.sealed(platform.message(to="gh_other", **TEXT))) == (403, "to_user")
        sealed = platform.sealed(platform.message(**TEXT), receiveid="wxsomebodyelse")
        assert refused(account.receive, *sealed) == (403, "receiveid")

    def test_any_receiver_when_the_original_id_is_not_set(self, platform: Platform) -> None:
        sealed = platform.sealed(platform.message(to="gh_other", **TEXT))
        assert platform.official(original_id="").receive(*sealed).incoming.to == "gh_other"

    @pytest.mark.parametrize("changes", [{"token": ""}, {"aes_keys": ()}, {"aes_keys": ("", "")}])
    def test_an_account_without_secrets_does_not_start(self, platform: Platform, changes: dict) -> None:
        with pytest.raises(ValueError, match=r"token|EncodingAESKey"):
            platform.official(**changes)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(body=st.binary(max_size=300), inner=st.binary(max_size=200))
    def test_hostile_bodies_raise_refused_alone(self, platform: Platform, body: bytes, inner: bytes) -> None:
        account = platform.official(mode="compatible")
        xml = platform.message(MsgType="text").replace("</xml>", inner.decode("latin-1") + "</xml>")
        for args, sent in ((platform.plain_args(), body), platform.sealed(xml), (platform.sealed(xml)[0], body)):
            try:
                assert account.receive(args, sent).incoming.person == OPENID
            except Refused as error:
                assert error.status in (400, 403)  # noqa: PT017 - an accepted body is as good


MEDIA = {
    "image": ({"PicUrl": "http://p/1", "MediaId": "mid"}, Kind.PICTURE, {"picture": "http://p/1"}),
    "voice": (
        {"MediaId": "mid", "Format": "amr", "Recognition": "网速慢", "MediaId16K": "m16"},
        Kind.VOICE,
        {"format": "amr", "recognition": "网速慢", "media_id_16k": "m16"},
    ),
    "video": ({"MediaId": "mid", "ThumbMediaId": "t"}, Kind.VIDEO, {"thumb_media_id": "t"}),
    "shortvideo": ({"MediaId": "mid", "ThumbMediaId": "t"}, Kind.VIDEO, {"thumb_media_id": "t"}),
    "location": (
        {"Location_X": "23.1", "Location_Y": "113.2", "Scale": "15", "Label": "天河区"},
        Kind.LOCATION,
        {"latitude": "23.1", "longitude": "113.2", "scale": "15", "label": "天河区"},
    ),
    "link": (
        {"Title": "题", "Description": "述", "Url": "http://l"},
        Kind.LINK,
        {"title": "题", "description": "述", "url": "http://l"},
    ),
}


class TestMessages:
    @pytest.mark.parametrize("msg_type", MEDIA)
    def test_media(self, platform: Platform, msg_type: str) -> None:
        fields, kind, detail = MEDIA[msg_type]
        incoming = receive(platform, MsgType=msg_type, MsgId=7, **fields)
        assert (incoming.kind, incoming.text) == (kind, "") and incoming.key.startswith("m:7:")
        assert incoming.media == Media(kind, str(fields.get("MediaId", "")), detail)

    def test_a_sticker_arrives_as_a_text(self, platform: Platform) -> None:
        assert receive(platform, MsgType="text", Content=STICKER_TEXT, MsgId=1).kind is Kind.STICKER

    def test_a_tapped_choice(self, platform: Platform) -> None:
        incoming = receive(platform, MsgType="text", Content="满意", bizmsgmenuid="visit:good", MsgId=1, MsgDataId="d")
        assert (incoming.text, incoming.choice_id, incoming.data) == ("满意", "visit:good", {"MsgDataId": "d"})

    def test_an_unknown_type_keeps_its_fields(self, platform: Platform) -> None:
        incoming = receive(platform, MsgType="hologram", Depth=3, MsgId=9)
        assert incoming.kind is Kind.UNKNOWN and incoming.key.startswith("m:9:")
        assert incoming.data == {"MsgType": "hologram", "Depth": "3"}

    def test_an_empty_text(self, platform: Platform) -> None:
        assert receive(platform, MsgType="text", Content="", MsgId=1).text == ""

    def test_without_a_message_id_the_content_tells_messages_apart(self, platform: Platform) -> None:
        texts = [receive(platform, MsgType="text", Content=words).key for words in ("满意", "一般", "满意")]
        assert texts[0] == texts[2] != texts[1]
        assert texts[0].startswith("e:")
        assert OPENID not in texts[0]
        assert receive(platform, MsgType="text", Content="满意", MsgId=0).key == texts[0]
        pictures = {receive(platform, MsgType="image", MediaId=media).key for media in ("a", "b")}
        assert len(pictures) == 2

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({}, "msg_type"),
            ({"MsgType": "event"}, "event"),
            ({"MsgType": "event", "Event": "a b"}, "event"),
            ({"MsgType": "text", "Content": {"b": "1"}}, "xml_shape"),
            ({"MsgType": {"x": "text"}}, "xml_shape"),
            ({"MsgType": "text", "FromUserName": ""}, "from_user"),
            ({"MsgType": "text", "FromUserName": "o:x"}, "from_user"),
            ({"MsgType": "text", "CreateTime": "soon"}, "create_time"),
            ({"MsgType": "text", "CreateTime": "9" * 12}, "create_time"),
        ],
    )
    def test_malformed(self, platform: Platform, fields: dict, reason: str) -> None:
        assert refused(platform.official().receive, *platform.sealed(platform.message(**fields))) == (400, reason)


EVENTS: dict[str, tuple[dict, str, dict]] = {
    "subscribe": ({"EventKey": ""}, "", {}),
    "unsubscribe": ({"EventKey": ""}, "", {}),
    "SCAN": ({"EventKey": "am_7_ab", "Ticket": "t"}, "am_7_ab", {"Ticket": "t"}),
    "LOCATION": (
        {"Latitude": "23.1", "Longitude": "113.3", "Precision": "119"},
        "",
        {"Latitude": "23.1", "Longitude": "113.3", "Precision": "119"},
    ),
    "CLICK": ({"EventKey": "complaint.file"}, "complaint.file", {}),
    "VIEW": ({"EventKey": "http://a.cn/", "MenuId": "1"}, "http://a.cn/", {"MenuId": "1"}),
    "view_miniprogram": ({"EventKey": "pages/i", "MenuId": "1"}, "pages/i", {"MenuId": "1"}),
    "scancode_push": (
        {"EventKey": "k", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}},
        "k",
        {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}},
    ),
    "scancode_waitmsg": (
        {"EventKey": "k", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "2"}},
        "k",
        {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "2"}},
    ),
    **{
        name: (
            {"EventKey": "k", "SendPicsInfo": {"Count": "1", "PicList": {"item": {"PicMd5Sum": "ab"}}}},
            "k",
            {"SendPicsInfo": {"Count": "1", "PicList": {"item": [{"PicMd5Sum": "ab"}]}}},
        )
        for name in ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
    },
    "location_select": (
        {"EventKey": "k", "SendLocationInfo": {"Location_X": "23", "Location_Y": "113", "Label": "广州"}},
        "k",
        {"SendLocationInfo": {"Location_X": "23", "Location_Y": "113", "Label": "广州"}},
    ),
    "TEMPLATESENDJOBFINISH": (
        {"MsgID": 200163836, "Status": "failed: system failed"},
        "",
        {"MsgID": "200163836", "Status": "failed: system failed"},
    ),
    "MASSSENDJOBFINISH": (
        {"MsgID": 1, "Status": "send success", "CopyrightCheckResult": {"Count": "0", "ResultList": ""}},
        "",
        {"MsgID": "1", "Status": "send success", "CopyrightCheckResult": {"Count": "0", "ResultList": ""}},
    ),
    "kf_create_session": ({"KfAccount": "a@gh"}, "", {"KfAccount": "a@gh"}),
    "kf_close_session": ({"KfAccount": "a@gh"}, "", {"KfAccount": "a@gh"}),
    "kf_switch_session": (
        {"FromKfAccount": "a@gh", "ToKfAccount": "b@gh"},
        "",
        {"FromKfAccount": "a@gh", "ToKfAccount": "b@gh"},
    ),
    "subscribe_msg_popup_event": (
        {
            "SubscribeMsgPopupEvent": {
                "List": [
                    {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": 1},
                    {"TemplateId": "T2", "SubscribeStatusString": "reject", "PopupScene": 1},
                ]
            }
        },
        "",
        {
            "List": [
                {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "1"},
                {"TemplateId": "T2", "SubscribeStatusString": "reject", "PopupScene": "1"},
            ]
        },
    ),
    "subscribe_msg_change_event": (
        {"SubscribeMsgChangeEvent": {"List": {"TemplateId": "T1", "SubscribeStatusString": "reject"}}},
        "",
        {"List": [{"TemplateId": "T1", "SubscribeStatusString": "reject"}]},
    ),
    "subscribe_msg_sent_event": (
        {"SubscribeMsgSentEvent": {"List": {"TemplateId": "T1", "MsgID": 5, "ErrorCode": 0, "ErrorStatus": "success"}}},
        "",
        {"List": [{"TemplateId": "T1", "MsgID": "5", "ErrorCode": "0", "ErrorStatus": "success"}]},
    ),
    "user_info_modified": ({"OpenID": "o1", "RevokeInfo": "1"}, "", {"OpenID": "o1", "RevokeInfo": "1"}),
    "user_authorization_revoke": ({"OpenID": "o1"}, "", {"OpenID": "o1"}),
    "user_authorization_cancellation": ({"OpenID": "o1"}, "", {"OpenID": "o1"}),
    "PUBLISHJOBFINISH": ({"PublishEventInfo": {"publish_id": "1"}}, "", {"PublishEventInfo": {"publish_id": "1"}}),
    "card_pass_check": ({"CardId": "c"}, "", {"CardId": "c"}),
    "qualification_verify_success": ({"ExpiredTime": 1}, "", {"ExpiredTime": "1"}),
    "naming_verify_fail": ({"FailReason": "x"}, "", {"FailReason": "x"}),
    "annual_renew": ({"ExpiredTime": 1}, "", {"ExpiredTime": "1"}),
    "verify_expired": ({"ExpiredTime": 1}, "", {"ExpiredTime": "1"}),
    "some_event_of_next_year": (
        {"Rows": {"Row": [{"List": "1"}, {"List": ["2", "3"]}]}},
        "",
        {"Rows": {"Row": [{"List": ["1"]}, {"List": ["2", "3"]}]}},
    ),
}


class TestEvents:
    @pytest.mark.parametrize("name", EVENTS)
    def test_every_event(self, platform: Platform, name: str) -> None:
        fields, event_key, data = EVENTS[name]
        incoming = receive(platform, MsgType="event", Event=name, **fields)
        assert (incoming.kind, incoming.event, incoming.event_key) == (Kind.EVENT, name.lower(), event_key)
        assert incoming.data == data
        assert incoming.key.startswith("e:")
        assert OPENID not in incoming.key

    def test_a_scanned_follow(self, platform: Platform) -> None:
        incoming = receive(platform, MsgType="event", Event="subscribe", EventKey="qrscene_am_7_ab", Ticket="t")
        assert (incoming.event_key, incoming.data) == ("qrscene_am_7_ab", {"Ticket": "t"})

    @pytest.mark.parametrize("empty", ["", " \n "])
    def test_an_empty_notice_list(self, platform: Platform, empty: str) -> None:
        incoming = receive(platform, MsgType="event", Event="subscribe_msg_popup_event", SubscribeMsgPopupEvent=empty)
        assert incoming.data == {"List": []}

    def test_events_of_one_second_are_told_apart_and_retries_are_not(self, platform: Platform) -> None:
        def key(**fields: object) -> str:
            return receive(platform, MsgType="event", **fields).key

        keys = [
            key(Event="subscribe"),
            key(Event="LOCATION", Latitude="1"),
            key(Event="CLICK", EventKey="a"),
            key(Event="CLICK", EventKey="b"),
            key(Event="TEMPLATESENDJOBFINISH", MsgID=1, Status="success"),
            key(Event="TEMPLATESENDJOBFINISH", MsgID=2, Status="success"),
            key(Event="subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": {"TemplateId": "T", "MsgID": 1}}),
            key(Event="subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": {"TemplateId": "T", "MsgID": 2}}),
        ]
        assert len(set(keys)) == len(keys)
        assert key(Event="CLICK", EventKey="a") == keys[2]


def test_nothing_secret_is_in_a_refusal(platform: Platform) -> None:
    args: Pairs = platform.plain_args(encrypt_type="aes", msg_signature="0" * 40)
    with pytest.raises(Refused) as error:
        platform.official().receive(args, b"<xml><Encrypt>AAAA</Encrypt></xml>")
    assert str(error.value) == "signature"
    assert APP_ID not in repr(error.value)
