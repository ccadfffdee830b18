"""Which replies the platform takes, and which show the error text."""

import pytest

from scripts.simulator.judge import judge
from scripts.simulator.signing import account_of, sign
from scripts.simulator.xmlform import to_xml

ARTICLE = {"Title": "标题", "Description": "说明", "PicUrl": "http://x/1.png", "Url": "http://x"}


@pytest.fixture
def judged(settings):
    """Judge a reply given as fields (sealed by the simulator's own cipher unless told otherwise)."""
    account = account_of(settings, "official")
    request = sign(account, "safe", {"FromUserName": "oPerson"}, 1_764_000_000)

    def do(body=None, **fields):
        if body is None:
            head = {"ToUserName": "oPerson", "FromUserName": settings.original_id, "CreateTime": 1}
            plain = to_xml({**head, **fields})
            settings.mode = "plain"
            return judge(plain.encode(), sign(account, "plain", {}, 1), account, "oPerson", settings)
        settings.mode = "safe"
        return judge(body.encode(), request, account, "oPerson", settings)

    return do


def test_text_up_to_2048_bytes(judged):
    assert judged(MsgType="text", Content="好" * 682).outcome == "replied"
    assert judged(MsgType="text", Content="好" * 683).verdict == "bad reply: Content has 2049 bytes, 2048 are allowed"


def test_exactly_one_article(judged):
    news = {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": [ARTICLE]}}
    assert judged(**news).message["title"] == "标题"
    assert judged(**{**news, "Articles": {"item": [ARTICLE, ARTICLE]}}).outcome == "error"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"MsgType": "text", "Content": ""}, "empty"),
        ({"MsgType": "card"}, "unknown"),
        ({"MsgType": "text", "Content": "x", "ToUserName": "oOther"}, "swapped"),
        ({"MsgType": "text", "Content": "x", "CreateTime": "now"}, "CreateTime"),
        ({"MsgType": "image", "Image": {}}, "MediaId"),
    ],
)
def test_what_is_wrong_is_named(judged, fields, why):
    verdict = judged(**fields).verdict
    assert verdict.startswith("bad reply")
    assert why in verdict


def test_handing_over_to_customer_service_is_silent(judged):
    assert judged(MsgType="transfer_customer_service").outcome == "success"


@pytest.mark.parametrize(
    "body",
    [
        '{"errcode":0}',
        "<html><body>500</body></html>",
        "<xml><MsgType>text</MsgType>",
        '<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        "<xml><MsgType>text</MsgType><MsgType>image</MsgType></xml>",
        "ok",
        "SUCCESS",
    ],
)
def test_anything_else_shows_the_error_text(judged, body):
    assert judged(body).outcome == "error"


@pytest.fixture
def sealed(settings):
    """Build an encrypted reply, with one thing about it changed."""
    account = account_of(settings, "official")
    plain = to_xml(
        {
            "ToUserName": "oPerson",
            "FromUserName": settings.original_id,
            "CreateTime": 1,
            "MsgType": "text",
            "Content": "好",
        }
    )

    def build(text=plain, **changes):
        from scripts.simulator.crypto import signature

        secret = changes.pop("Encrypt", None) or account.cipher.encrypt(text)
        seal = signature(account.token, "1", "n", secret)
        return to_xml({"Encrypt": secret, "MsgSignature": seal, "TimeStamp": 1, "Nonce": "n"} | changes)

    return build


def test_a_sealed_reply_is_opened(judged, sealed):
    result = judged(sealed())
    assert result.message == {"content": "好"}
    assert "<Content>" in result.plain


def test_a_sealed_reply_must_be_sealed_rightly(judged, sealed, settings):
    other = account_of(settings, "work").cipher.encrypt("x")
    short = account_of(settings, "official").cipher.encrypt("x" * 5, block=16)
    assert "MsgSignature" in judged(sealed(MsgSignature="0" * 40)).verdict
    assert "missing" in judged(sealed(TimeStamp="")).verdict
    assert judged(sealed(Encrypt=other)).outcome == "error"
    assert "multiple of 32" in judged(sealed(Encrypt=short)).verdict
    assert "plain reply in safe mode" in judged("<xml><MsgType>text</MsgType></xml>").verdict
