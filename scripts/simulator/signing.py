"""Turn a message into the signed request that carries it, in plain, compatible or safe mode."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from .crypto import Cipher, signature
from .settings import Settings
from .xmlform import to_xml


@dataclass(frozen=True)
class Request:
    """A request ready to go: path with query, body, and the timestamp and nonce inside it."""

    query: dict[str, str]
    body: str
    plain: str
    encrypted: bool

    @property
    def search(self) -> str:
        """The query, encoded as the platform does it (`+` becomes %2B)."""
        return urlencode(self.query)


@lru_cache(maxsize=16)
def cipher(key: str, receiveid: str) -> Cipher:
    """Return the cipher of a key; kept, because a load run asks for it thousands of times a second."""
    return Cipher(key, receiveid)


@dataclass(frozen=True)
class Account:
    """The identity of one side of the platform: the Official Account or the WeCom app."""

    name: str
    token: str
    cipher: Cipher
    path: str
    to_user: str
    agent_id: int = 0

    @property
    def is_wecom(self) -> bool:
        """Whether this is the managers' app."""
        return self.name == "work"


def account_of(settings: Settings, name: str) -> Account:
    """Return the account called `official` or `work`; anything else is a KeyError."""
    if name == "official":
        box = cipher(settings.aes_key, settings.app_id)
        return Account(name, settings.token, box, settings.official_path, settings.original_id)
    if name == "work":
        box = cipher(settings.wecom_aes_key, settings.corp_id)
        return Account(name, settings.wecom_token, box, settings.work_path, settings.corp_id, settings.agent_id)
    raise KeyError(name)


def make_nonce() -> str:
    """Return ten digits or fewer, as the platform sends them."""
    return str(secrets.randbelow(2_000_000_000) + 1)


def sign(account: Account, mode: str, fields: Mapping[str, object], now: float) -> Request:
    """Write and sign one message; WeCom is always encrypted, whatever the mode."""
    plain = to_xml(fields)
    stamp, nonce = str(int(now)), make_nonce()
    if account.is_wecom:
        return _encrypted(account, plain, stamp, nonce, {"ToUserName": account.to_user}, {"AgentID": account.agent_id})
    query = official_query(account.token, stamp, nonce, str(fields.get("FromUserName", "")))
    if mode == "plain":
        return Request(query, plain, plain, encrypted=False)
    around = fields if mode == "compatible" else {"ToUserName": account.to_user}
    return _encrypted(account, plain, stamp, nonce, around, {}, query)


def official_query(token: str, stamp: str, nonce: str, openid: str) -> dict[str, str]:
    """Return the four parameters that every push of an Official Account has."""
    return {"signature": signature(token, stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": openid}


def _encrypted(
    account: Account,
    plain: str,
    stamp: str,
    nonce: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    query: Mapping[str, str] | None = None,
) -> Request:
    secret = account.cipher.encrypt(plain)
    seal = signature(account.token, stamp, nonce, secret)
    body = to_xml({**before, "Encrypt": secret, **after})
    if query is None:
        return Request({"msg_signature": seal, "timestamp": stamp, "nonce": nonce}, body, plain, encrypted=True)
    return Request({**query, "encrypt_type": "aes", "msg_signature": seal}, body, plain, encrypted=True)
