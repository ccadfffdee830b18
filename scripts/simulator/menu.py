"""The custom menu and its limits ("自定义菜单创建")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .apierrors import ApiError

TYPES = {
    "click": "CLICK",
    "view": "VIEW",
    "miniprogram": "view_miniprogram",
    "scancode_push": "scancode_push",
    "scancode_waitmsg": "scancode_waitmsg",
    "pic_sysphoto": "pic_sysphoto",
    "pic_photo_or_album": "pic_photo_or_album",
    "pic_weixin": "pic_weixin",
    "location_select": "location_select",
    "media_id": "",
    "article_id": "",
    "article_view_limited": "",
}
"""Button type -> event that a tap causes, if any."""
COUNTED = frozenset({"click", "scancode_push", "scancode_waitmsg"})
"""Types whose tap opens a customer-service window."""
TOP, SUB = {"name": 16, "key": 128, "url": 1024}, {"name": 60, "key": 128, "url": 1024}
TOP_CODES, SUB_CODES = {"name": 40018, "key": 40019, "url": 40020}, {"name": 40025, "key": 40019, "url": 40020}


def checked(document: Any) -> dict[str, Any]:
    """Return the menu when it keeps the limits; otherwise raise the platform's ApiError."""
    buttons = document.get("button") if isinstance(document, Mapping) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise ApiError(40016)
    for button in buttons:
        below = button.get("sub_button") or []
        if len(below) > 5:
            raise ApiError(40023)
        _sizes(button, TOP, TOP_CODES)
        if not below:
            _kind(button)
        for one in below:
            _sizes(one, SUB, SUB_CODES)
            _kind(one)
    return {"button": buttons}


def buttons_of(menu: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """Yield every button that can be tapped."""
    for button in (menu or {}).get("button", []):
        yield from button.get("sub_button") or [button]


def find(menu: Mapping[str, Any] | None, key: str) -> Mapping[str, Any] | None:
    """Return the button with this key, url or path."""
    return next((one for one in buttons_of(menu) if key in (one.get("key"), one.get("url"), one.get("pagepath"))), None)


def _sizes(button: Mapping[str, Any], limits: Mapping[str, int], codes: Mapping[str, int]) -> None:
    if not button.get("name"):
        raise ApiError(codes["name"])
    for name, most in limits.items():
        if len(str(button.get(name, "")).encode()) > most:
            raise ApiError(codes[name])


def _kind(button: Mapping[str, Any]) -> None:
    kind = button.get("type")
    if kind not in TYPES:
        raise ApiError(40017)
    if kind == "view" and not str(button.get("url", "")).startswith(("http://", "https://")):
        raise ApiError(40020, "invalid button url size or domain")
    if TYPES[kind] not in {"VIEW", "view_miniprogram", ""} and not button.get("key"):
        raise ApiError(40019)
