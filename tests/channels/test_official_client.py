"""What the Official Account's client sends, to the letter."""

from __future__ import annotations

import pytest

from bot.channels.codes import Action
from bot.channels.errors import ApiError, OutcomeUnknown
from bot.channels.official_client import OfficialClient, QrCode, SendResult
from bot.messages import Article, Button, Card, Choices, Option, Part, Picture, Text
from tests.channels.server import FakeApi, Raw

SEND = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
NOTICE = "/cgi-bin/message/subscribe/bizsend"
TYPING = "/cgi-bin/message/custom/typing"
MEDIA = "/cgi-bin/media/get"
CHOICES = Choices("头", (Option("a:1", "网速慢"), Option("a:2", "其他")), "尾")

PARTS: list[tuple[Part, dict]] = [
    (
        Text('看<a href="http://a">这里</a>\x00'),
        {"msgtype": "text", "text": {"content": '看<a href="http://a">这里</a>'}},
    ),
    (Picture("m1"), {"msgtype": "image", "image": {"media_id": "m1"}}),
    (
        Article("题", "述", "http://u", "http://p"),
        {
            "msgtype": "news",
            "news": {"articles": [{"title": "题", "description": "述", "url": "http://u", "picurl": "http://p"}]},
        },
    ),
    (
        CHOICES,
        {
            "msgtype": "msgmenu",
            "msgmenu": {
                "head_content": "头",
                "list": [{"id": "a:1", "content": "网速慢"}, {"id": "a:2", "content": "其他"}],
                "tail_content": "尾",
            },
        },
    ),
    (
        Card("t", "题", "述", (("客户", "王先生"),), (Button("k", "接单"),)),
        {"msgtype": "text", "text": {"content": "题\n述\n客户：王先生"}},
    ),
]


@pytest.mark.parametrize(("part", "message"), PARTS, ids=lambda value: type(value).__name__)
def test_send(official: OfficialClient, fake_api: FakeApi, part: Part, message: dict) -> None:
    assert official.send("o1", part) == SendResult("7")
    assert fake_api.calls(SEND)[0].json == {"touser": "o1", **message}


def test_a_text_that_nobody_split_is_cut(official: OfficialClient, fake_api: FakeApi) -> None:
    official.send("o1", Text("字" * 700))
    assert len(fake_api.calls(SEND)[0].json["text"]["content"].encode()) <= 2048


def test_choices_become_text_where_menus_are_refused(official: OfficialClient, fake_api: FakeApi) -> None:
    fake_api.tell(SEND, {"errcode": 40200, "errmsg": "invalid account type"})
    official.send("o1", CHOICES)
    assert 'msgmenuid=a:1">网速慢</a>' in fake_api.calls(SEND)[1].json["text"]["content"]
    fake_api.tell(SEND, {"errcode": 40200, "errmsg": "invalid account type"})
    with pytest.raises(ApiError):
        official.send("o1", Text("您好"))


def test_a_lost_answer_is_never_sent_again(official: OfficialClient, fake_api: FakeApi) -> None:
    fake_api.tell(SEND, Raw(drop=True))
    with pytest.raises(OutcomeUnknown):
        official.send("o1", Text("您好"))
    assert len(fake_api.calls(SEND)) == 1


def test_typing(official: OfficialClient, fake_api: FakeApi) -> None:
    assert official.typing("o1", on=True)
    assert official.typing("o1", on=False)
    assert [asked.json["command"] for asked in fake_api.calls(TYPING)] == ["Typing", "CancelTyping"]
    fake_api.tell(TYPING, {"errcode": 45080, "errmsg": "no recent interaction"})
    assert not official.typing("o1", on=True)
    fake_api.tell(TYPING, {"errcode": 48001, "errmsg": "api unauthorized"})
    with pytest.raises(ApiError):
        official.typing("o1", on=True)


def test_template(official: OfficialClient, fake_api: FakeApi) -> None:
    fields = {
        "character_string1": "TS20261121-0007",
        "phrase2": "处理中",
        "thing3": "网" * 30,
        "time4": "2026-11-21 10:00",
    }
    assert official.send_template("o1", "TPL", fields, "http://u", "c" * 32) == "7"
    assert fake_api.calls(TEMPLATE)[0].json == {
        "touser": "o1",
        "template_id": "TPL",
        "url": "http://u",
        "client_msg_id": "c" * 32,
        "data": {
            "character_string1": {"value": "TS20261121-0007"},
            "phrase2": {"value": "处理中"},
            "thing3": {"value": "网" * 19 + "…"},
            "time4": {"value": "2026年11月21日 10:00"},
        },
    }


def test_a_template_that_would_be_refused_spends_no_request(official: OfficialClient, fake_api: FakeApi) -> None:
    with pytest.raises(ApiError, match=r"47003.*amount1") as error:
        official.send_template("o1", "TPL", {"amount1": "很多"})
    assert (error.value.code, error.value.action) == (47003, Action.REJECT)
    with pytest.raises(ApiError, match="client_msg_id"):
        official.send_template("o1", "TPL", {"thing1": "x"}, client_msg_id="x" * 33)
    assert not fake_api.asked


def test_a_template_already_sent(official: OfficialClient, fake_api: FakeApi) -> None:
    fake_api.tell(TEMPLATE, {"errcode": 45065, "errmsg": "duplicate"})
    with pytest.raises(ApiError) as error:
        official.send_template("o1", "TPL", {"thing1": "x"}, client_msg_id="c1")
    assert error.value.action is Action.ALREADY_SENT


def test_notice(official: OfficialClient, fake_api: FakeApi) -> None:
    assert official.send_notice("o1", "SUB", {"thing1": "生日快乐"}, "http://p") == "7"
    body = {"touser": "o1", "template_id": "SUB", "data": {"thing1": {"value": "生日快乐"}}, "page": "http://p"}
    assert fake_api.calls(NOTICE)[0].json == body
    fake_api.tell(NOTICE, {"errcode": 43101, "errmsg": "user refuse to accept the msg"})
    with pytest.raises(ApiError) as error:
        official.send_notice("o1", "SUB", {"thing1": "生日快乐"})
    assert error.value.action is Action.QUOTA_ZERO


def test_menu_and_addresses_by_wechatpy_over_our_transport(official: OfficialClient, fake_api: FakeApi) -> None:
    fake_api.dead.add("TOKEN-1")
    official.create_menu({"button": [{"type": "click", "name": "投诉", "key": "k"}]})
    sent = fake_api.calls("/cgi-bin/menu/create")
    assert [asked.query for asked in sent] == [{"access_token": "TOKEN-1"}, {"access_token": "TOKEN-2"}]
    assert sent[1].body == '{"button": [{"type": "click", "name": "投诉", "key": "k"}]}'.encode()
    fake_api.tell("/cgi-bin/getcallbackip", {"ip_list": ["101.226.103.0/25", "1.2.3.4"]})
    assert official.callback_ips() == ["101.226.103.0/25", "1.2.3.4"]
    fake_api.tell("/cgi-bin/menu/create", {"errcode": 40018, "errmsg": "invalid button name size"})
    with pytest.raises(ApiError, match="40018"):
        official.create_menu({"button": []})


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({}, {"action_name": "QR_STR_SCENE", "expire_seconds": 2_592_000}),
        ({"expire_seconds": 60}, {"action_name": "QR_STR_SCENE", "expire_seconds": 60}),
        ({"expire_seconds": 9_999_999}, {"action_name": "QR_STR_SCENE", "expire_seconds": 2_592_000}),
        ({"permanent": True}, {"action_name": "QR_LIMIT_STR_SCENE"}),
    ],
)
def test_qr(official: OfficialClient, fake_api: FakeApi, options: dict, body: dict) -> None:
    fake_api.tell("/cgi-bin/qrcode/create", {"ticket": "g/=", "url": "http://q", "expire_seconds": 60})
    picture = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=g/%3D"
    assert official.create_qr("am_1_x", **options) == QrCode("g/=", "http://q", picture, 60)
    scene = {"action_info": {"scene": {"scene_str": "am_1_x"}}}
    assert fake_api.calls("/cgi-bin/qrcode/create")[0].json == scene | body


@pytest.mark.parametrize("scene", ["", "x" * 65])
def test_a_scene_out_of_form(official: OfficialClient, scene: str) -> None:
    with pytest.raises(ApiError, match="40053"):
        official.create_qr(scene)


def test_upload(official: OfficialClient, fake_api: FakeApi) -> None:
    fake_api.dead.add("TOKEN-1")
    fake_api.tell("/cgi-bin/media/upload", {"errcode": 40001, "errmsg": "dead"}, {"media_id": "m9"})
    assert official.upload_media("image", "a.jpg", b"\xff\xd8jpeg") == "m9"
    first, second = fake_api.calls("/cgi-bin/media/upload")
    assert second.query == {"type": "image", "access_token": "TOKEN-2"}
    assert first.body.count(b"\xff\xd8jpeg") == second.body.count(b"\xff\xd8jpeg") == 1
    assert b'name="media"; filename="a.jpg"' in second.body


def test_download(official: OfficialClient, fake_api: FakeApi) -> None:
    fake_api.tell(MEDIA, Raw(200, b"\xff\xd8" * 100, {"Content-Type": "image/jpeg"}))
    assert official.download_media("m1") == b"\xff\xd8" * 100
    assert fake_api.calls(MEDIA)[0].query == {"media_id": "m1", "access_token": "TOKEN-1"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"errcode": 40007, "errmsg": "invalid media_id"}, 40007),
        ({"video_url": "http://127.0.0.1:1/video"}, 40007),
        (Raw(200, b"x" * 2000), 45001),
        (Raw(200, b"{broken"), 40007),
    ],
    ids=["expired", "video link", "too large", "broken"],
)
def test_downloads_that_are_refused(official: OfficialClient, fake_api: FakeApi, answer: object, code: int) -> None:
    fake_api.tell(MEDIA, answer)
    with pytest.raises(ApiError) as error:
        official.download_media("m1", limit=1000)
    assert error.value.code == code
    assert len(fake_api.asked) == 2
