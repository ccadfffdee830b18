"""The error answers of the platform: HTTP 200, a code, and a text that ends in a request id."""

from __future__ import annotations

import secrets

TEXTS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40015: "invalid button type",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40025: "invalid sub button name size",
    40037: "invalid template_id",
    40053: "invalid action info",
    40056: "invalid agentid",
    40058: "invalid request parameter",
    40125: "invalid appsecret",
    40164: "invalid ip, not in whitelist",
    41001: "access_token missing",
    41004: "appsecret missing",
    41005: "media data missing",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45056: "too many tag now, no need to add new",
    45058: "can't modify sys tag",
    45059: "can not tag one user with too many tags",
    45065: "clientmsgid exist",
    45072: "invalid command",
    45080: "only can send while user is interactive",
    45081: "is already in typing status",
    45157: "invalid tag name",
    45158: "tag name too long",
    45159: "invalid tag id",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    49003: "not match the openid with appid",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    81013: "user & party & tag all invalid",
}


class ApiError(Exception):
    """An answer with an error code; `detail` replaces the usual text."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or TEXTS.get(code, "error")

    def answer(self, now: float) -> dict[str, object]:
        """Return the body; the first part of the rid is the hex unix time."""
        return {"errcode": self.code, "errmsg": f"{self.detail} rid: {rid(now)}"}


def rid(now: float) -> str:
    """Make a request id as the platform writes it."""
    return f"{int(now):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"


def ok(**more: object) -> dict[str, object]:
    """Return the body of a success."""
    return {"errcode": 0, "errmsg": "ok", **more}
