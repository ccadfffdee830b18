"""Attack the product as a stranger would who knows the scheme and has overheard some traffic.

The ten-digit and delimiter tricks follow from the signature having no delimiters between its sorted parts.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from .crypto import Cipher, signature
from .deeds import message_id
from .judge import ERROR, judge
from .pushes import HEADERS, LARGEST, Answer
from .settings import BadSetting
from .signing import Account, Request, account_of, make_nonce, official_query, sign
from .xmlform import cdata, to_xml

if TYPE_CHECKING:
    from .platform import Platform

STRANGER = "oHostile" + "0" * 20
"""The openid of nobody, in whose name attacks are made."""
NEST = 4000
"""Depth of nesting that still fits into 64 KB when encrypted."""
FAR_NEST = 100_000
"""Depth that keeps a parser without a limit busy for most of a second."""


@dataclass(frozen=True)
class Shot:
    """One request of an attack: method, query (already encoded), body, and what must become of it."""

    search: str
    body: str | None
    expected: str = "refused"
    request: Request | None = None

    @property
    def method(self) -> str:
        """GET for a handshake, POST for a push."""
        return "GET" if self.body is None else "POST"


class Attacker:
    """Build the shots of each attack against one account."""

    def __init__(self, platform: Platform, account: Account) -> None:
        self._platform = platform
        self._account = account
        self._now = int(platform.clock.now())

    def fields(self, **more: object) -> dict[str, object]:
        """Return a well-formed text message of the stranger."""
        fields: dict[str, object] = {
            "ToUserName": self._account.to_user,
            "FromUserName": STRANGER,
            "CreateTime": self._now,
            "MsgType": "text",
            "Content": "你好",
            "MsgId": message_id(),
        }
        return fields | more

    def genuine(self, at: int = 0, **more: object) -> Request:
        """Sign a message as the platform itself would."""
        return sign(self._account, self._platform.settings.mode, self.fields(**more), at or self._now)

    def signed(self, text: str, box: Cipher | None = None, block: int = 32) -> Shot:
        """Encrypt and sign any text, whatever it is; in plain mode it is only signed."""
        stamp, nonce = str(self._now), make_nonce()
        if not self._encrypted:
            return Shot(urlencode(official_query(self._account.token, stamp, nonce, STRANGER)), text)
        secret = (box or self._account.cipher).encrypt(text, block=block)
        return self.sealed(secret, stamp, nonce, to_xml({"ToUserName": self._account.to_user, "Encrypt": secret}))

    def sealed(self, secret: str, stamp: str, nonce: str, body: str) -> Shot:
        """Sign an encrypted text and put it beside any body."""
        token = self._account.token
        query = {"msg_signature": signature(token, stamp, nonce, secret), "timestamp": stamp, "nonce": nonce}
        if not self._account.is_wecom:
            query |= official_query(token, stamp, nonce, STRANGER) | {"encrypt_type": "aes"}
        return Shot(urlencode(query), body)

    def bad_signature(self) -> list[Shot]:
        """Send signatures that are wrong, missing, too long, or not hexadecimal."""
        genuine = self.genuine()
        wrong = [secrets.token_hex(20), "", "0" * 80, "签名" * 20]
        return [Shot(urlencode(genuine.query | {self._seal: one}), genuine.body) for one in wrong]

    def n1(self) -> list[Shot]:
        """Shift the border between timestamp and nonce so that the sorted text stays the same."""
        while True:
            genuine = self.genuine()
            for stamp, nonce in _shifted(genuine.query["timestamp"], genuine.query["nonce"]):
                if self._seal_of(genuine, stamp, nonce) == genuine.query[self._seal]:
                    return [Shot(urlencode(genuine.query | {"timestamp": stamp, "nonce": nonce}), genuine.body)]

    def n2(self) -> list[Shot]:
        """Swap timestamp and nonce, which never changes the signature."""
        genuine = self.genuine()
        swapped = {"timestamp": genuine.query["nonce"], "nonce": genuine.query["timestamp"]}
        return [Shot(urlencode(genuine.query | swapped), genuine.body)]

    def replay(self) -> list[Shot]:
        """Send a genuine request twice; the second must have no effect but may be answered again."""
        genuine = self.genuine()
        first = Shot(genuine.search, genuine.body, "accepted", genuine)
        return [first, replace(first, expected="repeated")]

    def old_timestamp(self) -> list[Shot]:
        """Send messages signed rightly an hour ago and an hour ahead."""
        return [Shot(one.search, one.body) for one in (self.genuine(self._now - 3600), self.genuine(self._now + 3600))]

    def xxe(self) -> list[Shot]:
        """Declare an external entity, outside and inside of the encryption."""
        head = '<!DOCTYPE xml [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
        return self._with_head(head, "&file;")

    def billion_laughs(self) -> list[Shot]:
        """Declare entities that grow a thousand million times."""
        steps = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
        return self._with_head('<!DOCTYPE xml [<!ENTITY a0 "ha">' + "".join(steps) + "]>", "&a9;")

    def deep_nesting(self) -> list[Shot]:
        """Nest thousands of elements, outside and inside of the encryption."""
        nest = "<xml>" + "<a>" * NEST + "</a>" * NEST + "</xml>"
        far = "<xml>" + "<a>" * FAR_NEST + "</a>" * FAR_NEST + "</xml>"
        return [self.signed(nest), replace(self.signed("x"), body=nest), replace(self.signed("x"), body=far)]

    def duplicate_tags(self) -> list[Shot]:
        """Repeat tags that must stand once, and a query parameter."""
        plain = to_xml(self.fields())
        twice = plain.replace("</xml>", "<MsgType><![CDATA[event]]></MsgType><FromUserName>x</FromUserName></xml>")
        genuine = self.genuine()
        shots = [self.signed(twice), Shot(f"{genuine.search}&timestamp={self._now + 1}", genuine.body)]
        if self._encrypted:
            shots.append(replace(shots[0], body=to_xml({"Encrypt": ["AAAA", "BBBB"]})))
        return shots

    def wrong_appid(self) -> list[Shot]:
        """Encrypt for another account, and name another receiver."""
        other = Cipher(self._account.cipher.encoding_aes_key, "wx0000000000000000")
        stranger = self.signed(to_xml(self.fields(ToUserName="gh_000000000000")))
        return [self.signed(to_xml(self.fields()), other), stranger] if self._encrypted else [stranger]

    def pad16(self) -> list[Shot]:
        """Pad to 16 bytes only, to a length that the platform's 32 never gives."""
        for filler in range(1, 33):
            text = to_xml(self.fields(Content="好" * filler))
            shot = self.signed(text, block=16)
            if not self._encrypted or _cipher_length(text, self._account) % 32:
                return [shot]
        return []

    def echostr_plus(self) -> list[Shot]:
        """Handshake with a `+` in the encrypted echostr, encoded as the platform does; it must be answered."""
        stamp, nonce = str(self._now), make_nonce()
        account = account_of(self._platform.settings, "work")
        secret = ""
        while "+" not in secret:
            secret = account.cipher.encrypt(str(message_id()))
        seal = signature(account.token, stamp, nonce, secret)
        query = {"msg_signature": seal, "timestamp": stamp, "nonce": nonce, "echostr": secret}
        return [Shot(urlencode(query), None, "accepted")]

    def echostr_script(self) -> list[Shot]:
        """Handshake with a script as echostr, rightly signed; it must not come back as a page."""
        stamp, nonce = str(self._now), make_nonce()
        query = official_query(self._account.token, stamp, nonce, "") | {"echostr": "<script>alert(1)</script>"}
        return [Shot(urlencode(query), None)]

    def cdata_break(self) -> list[Shot]:
        """Say what would break out of a CDATA section; the answer must still be a sound reply."""
        genuine = self.genuine(Content="]]></Content><MsgType><![CDATA[image]]></MsgType>")
        return [Shot(genuine.search, genuine.body, "accepted", genuine)]

    def oversize(self) -> list[Shot]:
        """Send 200 KB."""
        return [self.signed(to_xml(self.fields(Content="大" * 70_000)))]

    def plaintext_downgrade(self) -> list[Shot]:
        """Leave the encryption away, as if the account were in plain mode; in plain mode that is no attack."""
        query = official_query(self._account.token, str(self._now), make_nonce(), STRANGER)
        expected = "refused" if self._platform.settings.mode == "safe" else "either"
        text = to_xml(self.fields())
        return [Shot(urlencode(query | more), text, expected) for more in ({}, {"encrypt_type": "raw"})]

    @property
    def _encrypted(self) -> bool:
        return self._account.is_wecom or self._platform.settings.mode != "plain"

    @property
    def _seal(self) -> str:
        return "msg_signature" if self._encrypted else "signature"

    def _seal_of(self, genuine: Request, stamp: str, nonce: str) -> str:
        parts = [self._account.token, stamp, nonce]
        if self._encrypted:
            start = genuine.body.index("<Encrypt><![CDATA[") + len("<Encrypt><![CDATA[")
            parts.append(genuine.body[start : genuine.body.index("]]></Encrypt>")])
        return signature(*parts)

    def _with_head(self, head: str, entity: str) -> list[Shot]:
        text = to_xml(self.fields(Content="@")).replace(cdata("@"), entity)
        outer = self.signed(text)
        return [self.signed(head + text), replace(outer, body=head + (outer.body or ""))]


def _shifted(stamp: str, nonce: str) -> list[tuple[str, str]]:
    return [(stamp[:-1], stamp[-1] + nonce), (stamp + nonce[0], nonce[1:]), (stamp[1:], nonce + stamp[0])]


def _cipher_length(text: str, account: Account) -> int:
    length = 20 + len(text.encode()) + len(account.cipher.receiveid)
    return length + 16 - length % 16


ATTACKS: dict[str, Callable[[Attacker], list[Shot]]] = {
    one.__name__: one
    for one in (
        Attacker.bad_signature,
        Attacker.n1,
        Attacker.n2,
        Attacker.replay,
        Attacker.old_timestamp,
        Attacker.xxe,
        Attacker.billion_laughs,
        Attacker.deep_nesting,
        Attacker.duplicate_tags,
        Attacker.wrong_appid,
        Attacker.pad16,
        Attacker.echostr_plus,
        Attacker.echostr_script,
        Attacker.cdata_break,
        Attacker.oversize,
        Attacker.plaintext_downgrade,
    )
}


def attack(platform: Platform, name: str, account_name: str) -> dict[str, Any]:
    """Make an attack and tell whether the product stood it; the status and body are of the last shot that mattered."""
    if name not in ATTACKS:
        raise BadSetting(f"no such attack: {name}")
    only = {"echostr_plus": "work", "echostr_script": "official", "plaintext_downgrade": "official"}
    account = account_of(platform.settings, only.get(name, account_name))
    results = [_fire(platform, account, shot) for shot in ATTACKS[name](Attacker(platform, account))]
    _same_answer(results)
    told = next((one for one in results if not one["ok"]), results[-1])
    return {"attack": name, "account": account.name, **told, "shots": results}


def _fire(platform: Platform, account: Account, shot: Shot) -> dict[str, Any]:
    url = f"{platform.settings.targets[0]}{account.path}?{shot.search}"
    answer = platform.pushes.send(shot.method, url, shot.body, platform.settings.cut_s)
    verdict, plain = _verdict(platform, account, shot, answer)
    body = answer.body.decode(errors="replace")[:2000]
    platform.exchanges.add(
        kind="push",
        person="",
        method=shot.method,
        url=url,
        request_headers=HEADERS,
        request_body=shot.body or "",
        status=answer.status,
        response_body=body,
        response_plain=plain,
        ms=answer.ms,
        attempt=1,
        verdict=f"hostile: {verdict}",
    )
    fine = verdict == shot.expected or (shot.expected in {"repeated", "either"} and verdict != "broken")
    return {
        "status": answer.status,
        "body": body,
        "plain": plain,
        "verdict": verdict,
        "expected": shot.expected,
        "ok": fine,
    }


def _verdict(platform: Platform, account: Account, shot: Shot, answer: Answer) -> tuple[str, str]:
    """Return accepted, refused (4xx) or broken, and the reply's plain text."""
    if answer.failure.startswith("connection error") and len(shot.body or "") > LARGEST:
        return "refused", "the connection was closed before all was sent"
    if answer.failure or answer.status >= 500:
        return "broken", answer.failure
    if answer.status != 200:
        return "refused", ""
    if shot.request is None:
        return "accepted", ""
    judgement = judge(answer.body, shot.request, account, STRANGER, platform.settings)
    return ("broken" if judgement.outcome == ERROR else "accepted"), judgement.plain or judgement.verdict


def _same_answer(results: list[dict[str, Any]]) -> None:
    """A repeated request may be refused, taken silently, or answered word for word as before; nothing else."""
    last = results[-1]
    if last["expected"] == "repeated" and last["verdict"] == "accepted":
        quiet = last["body"].strip() in {"", "success"}
        last["ok"] = quiet or last["plain"] == results[0]["plain"]


def handshake(platform: Platform, account_name: str) -> dict[str, Any]:
    """Do the GET handshake of an account and tell what came back."""
    account = account_of(platform.settings, account_name)
    stamp, nonce, echo = str(int(platform.clock.now())), make_nonce(), str(message_id())
    if account.is_wecom:
        secret = account.cipher.encrypt(echo)
        seal = signature(account.token, stamp, nonce, secret)
        query = {"msg_signature": seal, "timestamp": stamp, "nonce": nonce, "echostr": secret}
    else:
        seal = signature(account.token, stamp, nonce)
        query = {"signature": seal, "timestamp": stamp, "nonce": nonce, "echostr": echo}
    seconds = platform.settings.handshake_s if account.is_wecom else platform.settings.cut_s
    url = f"{platform.settings.targets[0]}{account.path}?{urlencode(query)}"
    answer = platform.pushes.send("GET", url, None, seconds)
    if answer.failure or answer.status != 200:
        return {"ok": False, "detail": answer.failure or f"status {answer.status}"}
    if answer.body != echo.encode():
        return {"ok": False, "detail": "the answer is not the echostr"}
    return {"ok": True, "detail": f"answered in {answer.ms:.0f} ms"}


def blueprint(platform: Platform) -> Blueprint:
    """Return the routes."""
    api = Blueprint("hostile", __name__)

    @api.post("/sim/api/hostile")
    def do_attack() -> Response:
        body = request.get_json()
        return jsonify(attack(platform, str(body.get("attack")), _account_name(body)))

    @api.post("/sim/api/handshake")
    def do_handshake() -> Response:
        return jsonify(handshake(platform, _account_name(request.get_json())))

    return api


def _account_name(body: Any) -> str:
    name = body.get("account", "official") if isinstance(body, dict) else ""
    if name not in {"official", "work"}:
        raise BadSetting("account is official or work")
    return str(name)
