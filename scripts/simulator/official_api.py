"""The Official Account's messages: customer service, typing, templates, subscribe notices."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from .apierrors import ApiError, ok
from .deeds import message_id
from .gate import body_json, call, check_address
from .people import Person

if TYPE_CHECKING:
    from .platform import Platform

SAME_CLIENT_ID_S = 600


def blueprint(platform: Platform) -> Blueprint:
    """Return the routes for tokens and messages."""
    api = Blueprint("official", __name__)
    _token_routes(api, platform)

    @api.post("/cgi-bin/message/custom/send")
    @call(platform)
    def send_custom() -> dict[str, object]:
        document = body_json(platform)
        person = _customer(platform, document.get("touser"))
        kind = str(document.get("msgtype", ""))
        shape = SHAPES.get(kind)
        if shape is None:
            raise ApiError(40008)
        content = document.get(kind)
        shown_as, body = shape(content if isinstance(content, Mapping) else {}, platform)
        _take_quota(platform, person)
        platform.phones.write(person, "them", shown_as, **body, via="custom")
        return ok()

    @api.post("/cgi-bin/message/custom/typing")
    @call(platform)
    def typing() -> dict[str, object]:
        document = body_json(platform)
        platform.typing.turn(_customer(platform, document.get("touser")), str(document.get("command", "")))
        return ok()

    @api.post("/cgi-bin/message/template/send")
    @call(platform)
    def send_template() -> dict[str, object]:
        return _send_template(platform, body_json(platform))

    @api.post("/cgi-bin/message/subscribe/bizsend")
    @call(platform)
    def send_notice() -> dict[str, object]:
        return _send_notice(platform, body_json(platform))

    return api


def _token_routes(api: Blueprint, platform: Platform) -> None:
    @api.get("/cgi-bin/token")
    @call(platform, token=False)
    def plain_token() -> dict[str, object]:
        _check_credentials(platform, request.args)
        token, seconds = platform.tokens.plain()
        return {"access_token": token, "expires_in": seconds}

    @api.post("/cgi-bin/stable_token")
    @call(platform, token=False)
    def stable_token() -> dict[str, object]:
        document = body_json(platform)
        _check_credentials(platform, document)
        token, seconds = platform.tokens.stable(document.get("force_refresh") is True)
        return {"access_token": token, "expires_in": seconds}


def _check_credentials(platform: Platform, given: Mapping[str, Any]) -> None:
    if given.get("grant_type") != "client_credential":
        raise ApiError(40002)
    if given.get("appid") != platform.settings.app_id:
        raise ApiError(40013)
    if not given.get("secret"):
        raise ApiError(41004)
    if given.get("secret") != platform.settings.app_secret:
        raise ApiError(40125)
    check_address(platform, 40164)


def _customer(platform: Platform, openid: object) -> Person:
    person = platform.people.at(str(openid), "official")
    if person is None:
        raise ApiError(40003)
    return person


def _take_quota(platform: Platform, person: Person) -> None:
    code = platform.quotas.take(person.address) if person.following else 45015
    if code:
        raise ApiError(code)


def _send_template(platform: Platform, document: Mapping[str, Any]) -> dict[str, object]:
    person = _customer(platform, document.get("touser"))
    template = platform.templates.get(document.get("template_id"), "template")
    if not person.following:
        raise ApiError(43004)
    fields = template.fill(document.get("data") or {})
    client_id = str(document.get("client_msg_id", ""))
    if client_id and not platform.once(f"template:{person.address}:{client_id}", SAME_CLIENT_ID_S):
        raise ApiError(45065)
    msgid = message_id()
    status = platform.settings.template_outcome
    if status == "success":
        body = {"title": template.title, "fields": fields, "url": document.get("url", ""), "template_id": template.id}
        platform.phones.write(person, "them", "template", **body, via="template")
    platform.after_answer(lambda: platform.deeds.template_finished(person, msgid, status))
    return ok(msgid=msgid)


def _send_notice(platform: Platform, document: Mapping[str, Any]) -> dict[str, object]:
    person = _customer(platform, document.get("touser"))
    template = platform.templates.get(document.get("template_id"), "notice")
    fields = template.fill(document.get("data") or {})
    if not platform.acceptances.take(person.address, template.id):
        raise ApiError(43101)
    msgid = message_id()
    body = {"title": template.title, "fields": fields, "url": document.get("page", ""), "template_id": template.id}
    platform.phones.write(person, "them", "notice", **body, via="notice")
    platform.after_answer(lambda: platform.deeds.notice_sent(person, template.id, msgid))
    return ok(msgid=msgid)


class Typing:
    """Who sees the typing mark, and until when ("客服输入状态")."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def turn(self, person: Person, command: str) -> None:
        """Turn the mark on for 15 s or off; ApiError 45072, 45080 or 45081 says why not."""
        if command not in {"Typing", "CancelTyping"}:
            raise ApiError(45072)
        settings, now = self._platform.settings, self._platform.clock.now()
        if not person.following or not self._platform.quotas.active_within(person.address, settings.typing_active_s):
            raise ApiError(45080)
        on = command == "Typing"
        with self._lock:
            if on and self._until.get(person.address, 0) > now:
                raise ApiError(45081)
            self._until[person.address] = now + settings.typing_lasts_s if on else 0
        self._platform.bus.publish("typing", person=person.id, on=on)


Shape = Callable[[Mapping[str, Any], "Platform"], tuple[str, dict[str, Any]]]


def _text(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
    text = str(content.get("content", ""))
    if not text:
        raise ApiError(44004)
    if len(text.encode()) > platform.settings.text_limit:
        raise ApiError(45002)
    return "text", {"content": text}


def _media(kind: str) -> Shape:
    def shape(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
        media_id = str(content.get("media_id", ""))
        platform.media.get(media_id)
        return kind, {"media_id": media_id, "url": f"/sim/pictures/{media_id}"}

    return shape


def _news(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
    del platform
    articles = content.get("articles") or []
    if not articles:
        raise ApiError(44004)
    if len(articles) > 1:
        raise ApiError(45008)
    names = {"title": "title", "description": "description", "url": "url", "picture": "picurl"}
    return "news", {name: str(articles[0].get(source, "")) for name, source in names.items()}


def _article(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
    del platform
    if not content.get("article_id"):
        raise ApiError(44004)
    return "news", {"title": str(content["article_id"]), "description": "", "url": "", "picture": ""}


def _menu(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
    listed = content.get("list", [])
    options = [{"id": str(one.get("id", "")), "content": str(one.get("content", ""))} for one in listed]
    head, tail = str(content.get("head_content", "")), str(content.get("tail_content", ""))
    if not options or not all(one["id"] and one["content"] for one in options):
        raise ApiError(44004)
    if len((head + tail + "".join(one["content"] for one in options)).encode()) > platform.settings.text_limit:
        raise ApiError(45002)
    return "msgmenu", {"head": head, "options": options, "tail": tail}


def _mini_program(content: Mapping[str, Any], platform: Platform) -> tuple[str, dict[str, Any]]:
    del platform
    if not content.get("appid") or not content.get("pagepath"):
        raise ApiError(44004)
    return "mini_program", {name: str(content.get(name, "")) for name in ("title", "appid", "pagepath")}


SHAPES: dict[str, Shape] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _media("video"),
    "news": _news,
    "mpnewsarticle": _article,
    "msgmenu": _menu,
    "miniprogrampage": _mini_program,
}
