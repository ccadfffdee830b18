"""WeCom's calls for a self-built app: token, messages to members, cards (path/90236, 91039, 94888)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from . import cards
from .apierrors import ApiError, ok
from .faults import PREFIX
from .gate import body_json, call
from .people import Person

if TYPE_CHECKING:
    from .platform import Platform

DUPLICATE_S, DUPLICATE_MOST_S = 1800, 4 * 3600
RECEIVERS_MOST = 1000


def blueprint(platform: Platform) -> Blueprint:
    """Return the routes."""
    api = Blueprint("wecom", __name__, url_prefix=PREFIX)

    @api.get("/cgi-bin/gettoken")
    @call(platform, wecom=True, token=False)
    def token() -> dict[str, object]:
        if request.args.get("corpid") != platform.settings.corp_id:
            raise ApiError(40013, "invalid corpid")
        if request.args.get("corpsecret") != platform.settings.wecom_secret:
            raise ApiError(40001, "invalid credential")
        value, seconds = platform.tokens.wecom()
        return ok(access_token=value, expires_in=seconds)

    @api.post("/cgi-bin/message/send")
    @call(platform, wecom=True)
    def send() -> dict[str, object]:
        return _send(platform, body_json(platform))

    @api.post("/cgi-bin/message/update_template_card")
    @call(platform, wecom=True)
    def update_card() -> dict[str, object]:
        document = body_json(platform)
        _check_agent(platform, document)
        return ok(**cards.update(platform, document))

    @api.get("/cgi-bin/getcallbackip")
    @call(platform, wecom=True)
    def callback_addresses() -> dict[str, object]:
        return ok(ip_list=["127.0.0.1"])

    return api


def _send(platform: Platform, document: Mapping[str, Any]) -> dict[str, object]:
    """Send to members: who is unknown is named, who had too many this minute silently gets nothing."""
    _check_agent(platform, document)
    people, invalid = _receivers(platform, str(document.get("touser", "")))
    kind = str(document.get("msgtype", ""))
    shape = SHAPES.get(kind)
    if shape is None:
        raise ApiError(40008)
    content = document.get(kind)
    shown_as, body = shape(content if isinstance(content, Mapping) else {}, platform)
    answer: dict[str, object] = {"msgid": secrets.token_urlsafe(32)}
    if shown_as == "card" and body["task_id"]:
        answer["response_code"] = cards.issue(platform, body["task_id"])
    if _is_new(platform, document) and not (shown_as == "card" and _used_task(platform, body["task_id"])):
        for person in people:
            _place(platform, person, shown_as, body)
    return ok(**({"invaliduser": "|".join(invalid)} if invalid else {}), **answer)


def _check_agent(platform: Platform, document: Mapping[str, Any]) -> None:
    if str(document.get("agentid")) != str(platform.settings.agent_id):
        raise ApiError(40056)


def _receivers(platform: Platform, touser: str) -> tuple[list[Person], list[str]]:
    if touser == "@all":
        return [one for one in platform.people.all() if one.account == "work" and one.following], []
    named = list(dict.fromkeys(one for one in touser.split("|") if one))
    if len(named) > RECEIVERS_MOST:
        raise ApiError(40058, "invalid request parameter: too many receivers")
    found = {one: platform.people.at(one, "work") for one in named}
    people = [person for person in found.values() if person and person.following]
    if not people:
        raise ApiError(81013)
    reached = {person.address for person in people}
    return people, [one for one in named if one not in reached]


def _is_new(platform: Platform, document: Mapping[str, Any]) -> bool:
    """Tell whether the message is not a repetition; with enable_duplicate_check off everything is new."""
    if str(document.get("enable_duplicate_check", 0)) != "1":
        return True
    seconds = min(int(document.get("duplicate_check_interval") or DUPLICATE_S), DUPLICATE_MOST_S)
    same = {name: value for name, value in document.items() if not name.startswith(("enable_", "duplicate_"))}
    digest = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()
    return platform.once(f"wecom:{digest}", seconds)


def _used_task(platform: Platform, task_id: str) -> bool:
    if task_id and cards.is_known(platform, task_id):
        raise ApiError(40058, "invalid request parameter: task_id was used before")
    return False


def _place(platform: Platform, person: Person, kind: str, body: dict[str, Any]) -> None:
    store, now = platform.store, platform.clock.now()
    with store.lock:
        store.write("DELETE FROM arrivals WHERE at <= ? OR at > ?", now - 60, now)
        row = store.row("SELECT count(*) AS n FROM arrivals WHERE userid = ?", person.address)
        if row and row["n"] >= platform.settings.wecom_per_minute:
            return
        store.write("INSERT INTO arrivals VALUES (?, ?)", person.address, now)
    if kind == "card":
        cards.place(platform, person, body)
    else:
        platform.phones.write(person, "them", kind, **body, via="app")


Shape = Callable[[Mapping[str, Any], "Platform"], tuple[str, dict[str, Any]]]


def _text(kind: str) -> Shape:
    def shape(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
        text = str(content.get("content", ""))
        if not text:
            raise ApiError(44004)
        return kind, {"content": _cut(text, platform.settings.text_limit)}

    return shape


def _text_card(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
    del platform
    if not all(content.get(name) for name in ("title", "description", "url")):
        raise ApiError(44004)
    return "textcard", {
        "title": _cut(str(content["title"]), 128),
        "description": _cut(str(content["description"]), 512),
        "url": str(content["url"]),
        "button": str(content.get("btntxt", "详情"))[:4],
    }


def _card(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
    del platform
    return "card", cards.view(content)


def _cut(text: str, size: int) -> str:
    """Cut to a size in bytes, as WeCom does with what is too long."""
    return text.encode()[:size].decode(errors="ignore")


SHAPES: dict[str, Shape] = {
    "text": _text("text"),
    "markdown": _text("markdown"),
    "textcard": _text_card,
    "template_card": _card,
}
