"""Passive replies as the customer's phone would read them."""

from __future__ import annotations

import pytest
import xmltodict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.split import clean, split_text
from bot.messages import SILENT, Article, Card, Choices, Option, Picture, Reply, Text
from tests.channels.platform import KEY, OLD_KEY, OPENID, ORIGINAL_ID, Platform

TEXT = {"MsgType": "text", "Content": "您好", "MsgId": 6054768590064713728}


def answer(platform: Platform, reply: Reply, key: str = KEY, **changes: object) -> tuple[dict[str, str], tuple]:
    account = platform.official(**changes)
    received = account.receive(*platform.sealed(platform.message(**TEXT), key=key))
    body, rest = account.respond(received, reply, platform.clock.now())
    return platform.unseal(body, key=key), rest


CHOICES = Choices("请选择", (Option("a:1", "网速慢"), Option("a:2", '资费&"套餐"<a>')), "或直接告诉我")


def test_text(platform: Platform) -> None:
    shown, rest = answer(platform, Reply.text("您好"))
    assert shown == {
        "ToUserName": OPENID,
        "FromUserName": ORIGINAL_ID,
        "CreateTime": platform.stamp,
        "MsgType": "text",
        "Content": "您好",
    }
    assert rest == ()


def test_the_key_that_opened_seals(platform: Platform) -> None:
    assert answer(platform, Reply.text("您好"), key=OLD_KEY)[0]["Content"] == "您好"


@pytest.mark.parametrize("reply", [SILENT, Reply.text(""), Reply.text(" \x00\n")])
def test_silence_is_plain_success(platform: Platform, reply: Reply) -> None:
    account = platform.official()
    received = account.receive(*platform.sealed(platform.message(**TEXT)))
    assert account.respond(received, reply, platform.clock.now()) == ("success", ())


def test_plain_in_plain_out(platform: Platform) -> None:
    account = platform.official(mode="compatible")
    received = account.receive(platform.plain_args(), platform.message(**TEXT).encode())
    body, _ = account.respond(received, Reply.text("您好"), platform.clock.now())
    assert xmltodict.parse(body)["xml"]["Content"] == "您好"


def test_picture_and_article(platform: Platform) -> None:
    assert answer(platform, Reply((Picture("mid"),)))[0]["Image"] == {"MediaId": "mid"}
    article = answer(platform, Reply((Article("题]]>", "述", "http://u/?a=1&b=2", "http://p"),)))[0]
    assert article["ArticleCount"] == "1"
    item = {"Title": "题]]>", "Description": "述", "PicUrl": "http://p", "Url": "http://u/?a=1&b=2"}
    assert article["Articles"] == {"item": item}


def test_choices_as_tappable_lines(platform: Platform) -> None:
    assert answer(platform, Reply((CHOICES,)))[0]["Content"] == (
        "请选择\n"
        '1. <a href="weixin://bizmsgmenu?msgmenucontent=网速慢&msgmenuid=a:1">网速慢</a>\n'
        '2. <a href="weixin://bizmsgmenu?msgmenucontent=资费＆”套餐”＜a＞&msgmenuid=a:2">资费＆”套餐”＜a＞</a>\n'
        "或直接告诉我"
    )


def test_choices_as_plain_lines(platform: Platform) -> None:
    shown = answer(platform, Reply((CHOICES,)), tappable=False)[0]["Content"]
    assert shown == '请选择\n1. 网速慢\n2. 资费&"套餐"<a>\n或直接告诉我'


def test_a_card_as_words(platform: Platform) -> None:
    card = Card("t", "新投诉", "网速慢", (("客户", "王先生"),))
    assert answer(platform, Reply((card,)))[0]["Content"] == "新投诉\n网速慢\n客户：王先生"


def test_a_long_text_is_cut_and_the_rest_is_handed_back(platform: Platform) -> None:
    words = "贴心" * 1000
    shown, rest = answer(platform, Reply.text(words).then(CHOICES).then(Text("尾" * 700)))
    assert len(shown["Content"].encode()) <= 2048
    assert [type(part) for part in rest] == [Text, Text, Choices, Text, Text]
    assert shown["Content"] + rest[0].content + rest[1].content == words
    assert all(len(part.content.encode()) <= 2048 for part in rest if isinstance(part, Text))


def test_a_blank_first_part_makes_way(platform: Platform) -> None:
    assert answer(platform, Reply.text("").then(Text("您好")))[0]["Content"] == "您好"
    assert answer(platform, Reply((Choices("", ()), Text("您好"))))[0]["Content"] == "您好"


def test_words_cannot_break_out_of_their_field(platform: Platform) -> None:
    attack = "]]></Content><MsgType><![CDATA[image]]></MsgType><Content><![CDATA["
    shown, _ = answer(platform, Reply.text(attack))
    assert (shown["MsgType"], shown["Content"]) == ("text", attack)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=300))
def test_any_words_survive(platform: Platform, words: str) -> None:
    if split_text(words):
        shown, _ = answer(platform, Reply.text(words))
        assert shown["Content"] == clean(words).strip(" \t\n\r") or shown["Content"].strip() == clean(words).strip()
