"""The other side of the wire for tests: signs and seals as the platform does, without our own code.

wechatpy's cryptography is used on purpose, so that both sides cannot share a mistake.
"""

from __future__ import annotations

import base64
import hashlib
from xml.sax.saxutils import escape

import xmltodict
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from bot.channels.official_account import OfficialAccount
from bot.channels.wecom import WeComApp
from bot.clock import ManualClock

TOKEN = "platformToken2026"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
APP_ID = "wx2c2769f8efd9abc2"
CORP_ID = "ww5823bf96d3bd56c7"
ORIGINAL_ID = "gh_10f6c3c3ac5a"
OPENID = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"

Pairs = list[tuple[str, str]]


def sha1(*pieces: str) -> str:
    return hashlib.sha1("".join(sorted(pieces)).encode()).hexdigest()


def encrypt(text: str, receiveid: str = APP_ID, key: str = KEY) -> str:
    return PrpCrypto(base64.b64decode(key + "=")).encrypt(text, receiveid).decode()


def element(tag: str, value: object) -> str:
    if isinstance(value, dict):
        return f"<{tag}>{''.join(element(name, inner) for name, inner in value.items())}</{tag}>"
    if isinstance(value, list):
        return "".join(element(tag, inner) for inner in value)
    return f"<{tag}>{value}</{tag}>" if isinstance(value, int) else f"<{tag}>{escape(str(value))}</{tag}>"


class Platform:
    """One account and one app, with the secrets both sides know."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.nonce = "n0nce"

    @property
    def stamp(self) -> str:
        return str(int(self.clock.now().timestamp()))

    def official(self, **changes: object) -> OfficialAccount:
        given = {"app_id": APP_ID, "token": TOKEN, "aes_keys": (KEY, OLD_KEY), "original_id": ORIGINAL_ID}
        return OfficialAccount("official", clock=self.clock, **{**given, **changes})

    def app(self) -> WeComApp:
        return WeComApp("work", corp_id=CORP_ID, token=TOKEN, aes_keys=(KEY, OLD_KEY), clock=self.clock)

    def message(self, to: str = ORIGINAL_ID, **fields: object) -> str:
        common = {"ToUserName": to, "FromUserName": OPENID, "CreateTime": int(self.stamp)}
        return element("xml", {**common, **fields})

    def plain_args(self, **extra: str) -> Pairs:
        signed = {"signature": sha1(TOKEN, self.stamp, self.nonce), "timestamp": self.stamp, "nonce": self.nonce}
        return list({**signed, "openid": OPENID, **extra}.items())

    def sealed(self, xml: str, receiveid: str = APP_ID, key: str = KEY, beside: str = "") -> tuple[Pairs, bytes]:
        text = encrypt(xml, receiveid, key)
        args = self.plain_args(encrypt_type="aes", msg_signature=sha1(TOKEN, self.stamp, self.nonce, text))
        return args, f"<xml>{beside}<ToUserName>x</ToUserName><Encrypt><![CDATA[{text}]]></Encrypt></xml>".encode()

    def unseal(self, body: str, receiveid: str = APP_ID, key: str = KEY) -> dict[str, str]:
        """Open a sealed reply as the platform would: check its signature, decrypt, parse."""
        outer = xmltodict.parse(body)["xml"]
        assert outer["MsgSignature"] == sha1(TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
        crypto = WeChatCrypto(TOKEN, key, receiveid)
        xml = crypto.decrypt_message(body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
        return dict(xmltodict.parse(xml)["xml"])
