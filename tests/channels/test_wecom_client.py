"""What the WeCom client sends, to the letter."""

from __future__ import annotations

import pytest

from bot.channels.codes import Action
from bot.channels.errors import ApiError
from bot.channels.official_client import SendResult
from bot.channels.wecom_client import WeComClient
from bot.messages import Article, Button, Card, Choices, Option, Part, Picture, Text
from tests.channels.conftest import SECRET
from tests.channels.platform import CORP_ID
from tests.channels.server import FakeApi

SEND = "/cgi-bin/message/send"
COMMON = {"touser": "li", "agentid": 1000002, "enable_duplicate_check": 1, "duplicate_check_interval": 1800}
BUTTONS = (Button("take:7", "接单", primary=True), Button("reply:7", "回复"))

PARTS: list[tuple[Part, dict]] = [
    (Text("新投诉"), {"msgtype": "text", "text": {"content": "新投诉"}}),
    (Picture("m1"), {"msgtype": "image", "image": {"media_id": "m1"}}),
    (Choices("选", (Option("1", "甲"),)), {"msgtype": "text", "text": {"content": "选\n1. 甲"}}),
    (
        Article("题" * 50, "", "http://u"),
        {"msgtype": "textcard", "textcard": {"title": "题" * 41 + "…", "description": "题" * 50, "url": "http://u"}},
    ),
    (Article("题", "述", ""), {"msgtype": "text", "text": {"content": "题\n述"}}),
    (Card("t1", "题", "述", (("客户", "王"),)), {"msgtype": "text", "text": {"content": "题\n述\n客户：王"}}),
    (
        Card("TS20261121-0007", "新投诉", "网速慢\n" + "字" * 200, (("客户电话号码", "138"),) * 7, BUTTONS),
        {
            "msgtype": "template_card",
            "template_card": {
                "card_type": "button_interaction",
                "main_title": {"title": "新投诉"},
                "sub_title_text": "网速慢 " + "字" * 155 + "…",
                "horizontal_content_list": [{"keyname": "客户电话…", "value": "138"}] * 6,
                "task_id": "TS20261121-0007",
                "button_list": [
                    {"text": "接单", "style": 1, "key": "take:7"},
                    {"text": "回复", "style": 2, "key": "reply:7"},
                ],
            },
        },
    ),
]


@pytest.mark.parametrize(("part", "message"), PARTS, ids=lambda value: type(value).__name__)
def test_send(wecom: WeComClient, fake_api: FakeApi, part: Part, message: dict) -> None:
    fake_api.tell(SEND, {"errcode": 0, "msgid": "m", "response_code": "rc"})
    assert wecom.send("li", part) == SendResult("m", "rc")
    assert fake_api.calls(SEND)[0].json == COMMON | message


def test_the_token_is_fetched_per_secret(wecom: WeComClient, fake_api: FakeApi) -> None:
    wecom.send("li", Text("您好"))
    assert fake_api.asked[0].query == {"corpid": CORP_ID, "corpsecret": SECRET}
    assert fake_api.asked[1].query == {"access_token": "TOKEN-1"}


def test_a_long_text_goes_out_in_pieces(wecom: WeComClient, fake_api: FakeApi) -> None:
    wecom.send("li", Text("字" * 1000))
    pieces = [asked.json["text"]["content"] for asked in fake_api.calls(SEND)]
    assert "".join(pieces) == "字" * 1000
    assert max(len(piece.encode()) for piece in pieces) <= 2048


@pytest.mark.parametrize(("seconds", "shown"), [(0, (None, None)), (60, (1, 60)), (99_999, (1, 14_400))])
def test_the_duplicate_window(wecom: WeComClient, fake_api: FakeApi, seconds: int, shown: tuple) -> None:
    wecom.send("li", Text("您好"), seconds)
    body = fake_api.calls(SEND)[0].json
    assert (body.get("enable_duplicate_check"), body.get("duplicate_check_interval")) == shown


@pytest.mark.parametrize("field", ["invaliduser", "unlicenseduser"])
def test_an_invalid_member_is_an_error_although_the_code_is_zero(
    wecom: WeComClient, fake_api: FakeApi, field: str
) -> None:
    fake_api.tell(SEND, {"errcode": 0, "errmsg": "ok", field: "li"})
    with pytest.raises(ApiError) as error:
        wecom.send("li", Text("您好"))
    assert error.value.action is Action.PERMANENT_PERSON


@pytest.mark.parametrize("card", [Card("bad id!", "题", "", (), BUTTONS), Card("t", "题", "", (), BUTTONS * 4)])
def test_a_card_that_would_be_refused_spends_no_request(wecom: WeComClient, fake_api: FakeApi, card: Card) -> None:
    with pytest.raises(ApiError, match="40058"):
        wecom.send("li", card)
    assert not fake_api.asked


def test_a_card_without_buttons_leads_to_the_desk(wecom: WeComClient, fake_api: FakeApi) -> None:
    WeComClient(1000002, wecom._api, card_url="https://desk").send("li", Card("t1", "题", "述"))
    shown = fake_api.calls(SEND)[0].json["template_card"]
    assert (shown["card_type"], shown["card_action"]) == ("text_notice", {"type": 1, "url": "https://desk"})


def test_update_card(wecom: WeComClient, fake_api: FakeApi) -> None:
    wecom.update_card("rc", "li", "欧阳建华已接单 10:02，请在今天十八点前答复")
    assert fake_api.calls("/cgi-bin/message/update_template_card")[0].json == {
        "userids": ["li"],
        "agentid": 1000002,
        "response_code": "rc",
        "button": {"replace_name": "欧阳建华已接单 10:02，请在今天十…"},
    }


def test_nothing_to_show_is_an_error(wecom: WeComClient, fake_api: FakeApi) -> None:
    with pytest.raises(ApiError, match="44004"):
        wecom.send("li", Text(" "))
    assert not fake_api.asked


def test_addresses(wecom: WeComClient, fake_api: FakeApi) -> None:
    fake_api.tell("/cgi-bin/getcallbackip", {"errcode": 0, "ip_list": ["1.2.3.4"]})
    assert wecom.callback_ips() == ["1.2.3.4"]
