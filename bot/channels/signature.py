"""Who sent this request: the platform's SHA-1 signature, checked strictly.

Official page "消息推送/接入指南": signature = sha1 over the sorted pieces, joined without a delimiter. Because there is
no delimiter, moving a digit from the timestamp to the nonce, or swapping the two, keeps the hash; hence the strict
formats and the replay cache on the signature's value (never on timestamp and nonce).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha1
from typing import Protocol

from bot.channels.errors import Refused

_TIMESTAMP = re.compile(r"[0-9]{10}")
_NONCE = re.compile(r"[0-9A-Za-z]{1,32}")
_SIGNATURE = re.compile(r"[0-9a-f]{40}")


class MultiItems(Protocol):
    """What a werkzeug `MultiDict` offers: all pairs of a query, repeated keys included."""

    def items(self, multi: bool = ...) -> Iterable[tuple[str, str]]:
        """Return the pairs."""
        ...


Args = MultiItems | Iterable[tuple[str, str]]


def single(args: Args) -> dict[str, str]:
    """Return the query as a plain mapping.

    Raises:
        Refused: a parameter comes twice (one layer could check the first and another use the second).
    """
    pairs = args.items(multi=True) if hasattr(args, "items") else args
    params: dict[str, str] = {}
    for name, value in pairs:
        if name in params:
            raise Refused(400, "param_repeated")
        params[name] = value
    return params


def digest(*pieces: str) -> str:
    """Return the platform's signature over `pieces`, 40 lower-case hex digits."""
    return sha1("".join(sorted(pieces)).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def verify(token: str, params: dict[str, str], name: str, now: datetime, window_seconds: int, *payload: str) -> str:
    """Check parameter `name` as the signature over token, timestamp, nonce and `payload`; return it in lower case.

    The returned value is what a replay cache should be keyed on, for at least twice the window.

    Raises:
        Refused: 400 for a wrong form, 403 for a timestamp out of the window or a wrong signature.
    """
    timestamp, nonce, given = _formats(params, name)
    if abs(now.timestamp() - int(timestamp)) > window_seconds:
        raise Refused(403, "stale")
    if not hmac.compare_digest(digest(token, timestamp, nonce, *payload), given):
        raise Refused(403, "signature")
    return given


def _formats(params: dict[str, str], name: str) -> tuple[str, str, str]:
    timestamp, nonce = params.get("timestamp", ""), params.get("nonce", "")
    given = params.get(name, "").lower()
    if not _TIMESTAMP.fullmatch(timestamp):
        raise Refused(400, "timestamp")
    if not _NONCE.fullmatch(nonce):
        raise Refused(400, "nonce")
    if not _SIGNATURE.fullmatch(given):
        raise Refused(400, "signature_form")
    return timestamp, nonce, given
