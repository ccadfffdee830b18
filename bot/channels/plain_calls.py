"""wechatpy's endpoint methods over our own transport.

wechatpy knows paths and bodies of the plain calls; its HTTP and token handling does not fit (no timeout, unbounded
retries, hard-coded hosts). So its session is replaced by one that hands everything to `Api`, and errors are `Api`'s.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from wechatpy import WeChatClient

from bot.channels.api import Api


def plain_calls(app_id: str, api: Api) -> Any:
    """Return a `wechatpy.WeChatClient` whose calls (menu, qrcode, misc, user, tag) go through `api`."""
    client = WeChatClient(app_id, "", access_token="set-by-our-api", auto_retry=False)  # noqa: S106 - a placeholder
    client._http = _Session(api)
    return client


class _Session:
    """Stands in for the `requests.Session` of a wechatpy client."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def request(self, method: str, url: str, params: dict[str, str], data: Any = None, **_ignored: Any) -> _Answer:
        """Do the call; host, token and timeout are ours, whatever wechatpy says."""
        params = {name: value for name, value in params.items() if name != "access_token"}
        path = urlsplit(url).path
        return _Answer(self._api.call(method.upper(), path, params=params, data=data, repeatable=True))


class _Answer(dict[str, Any]):
    """A decoded answer where wechatpy expects a response; its errors have been raised already."""

    def raise_for_status(self) -> None:
        """Do nothing."""
