"""What we do at the Official Account's API. Thread-safe; one instance an account and process.

Official pages "客服消息", "模板消息", "订阅通知", "自定义菜单", "生成带参数的二维码", "素材管理". Every method may
raise `ApiError`, `TokenError`, `Unreachable` or (what sends) `OutcomeUnknown`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.channels.api import Api, Json, listed, required
from bot.channels.codes import Action
from bot.channels.errors import ApiError
from bot.channels.plain_calls import plain_calls
from bot.channels.replies import card_text, choices_text
from bot.channels.split import MESSAGE_BYTES, clean, cut_bytes
from bot.channels.template_fields import FieldError, template_data
from bot.messages import Article, Card, Choices, Part, Picture, Text

MONTH_SECONDS = 2_592_000
MEDIA_BYTES = 10 << 20
"""Largest temporary media the platform keeps."""

MediaType = Literal["image", "voice", "video", "thumb"]

_CALLBACK_IPS = "/cgi-bin/getcallbackip"
_CLIENT_MSG_ID = re.compile(r"[0-9A-Za-z_\-]{1,32}")


@dataclass(frozen=True, slots=True)
class SendResult:
    """A message was accepted. `msgid` is "" where the platform gives none; `response_code` updates a WeCom card."""

    msgid: str = ""
    response_code: str = ""

    @property
    def message_id(self) -> str:
        """The platform's id of the message, by its ordinary name."""
        return self.msgid


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code: `picture_url` shows it, `url` is what it says, `expire_seconds` 0 means for ever."""

    ticket: str
    url: str
    picture_url: str
    expire_seconds: int


class OfficialClient:
    """Send, and manage what the account shows."""

    def __init__(self, app_id: str, api: Api) -> None:
        self._api = api
        self._plain = plain_calls(app_id, api)

    def send(self, openid: str, part: Part) -> SendResult:
        """Send one customer-service message; a text longer than 2,048 bytes has been split by the caller.

        Allowed only in the window that the person's own last act opened (5 in 48 hours after a message).
        Choices become a menu message; on accounts without that right (40200) they become text.
        """
        try:
            return self._custom_send(openid, _message(part))
        except ApiError as error:
            if error.code != 40200 or not isinstance(part, Choices):
                raise
        return self._custom_send(openid, _text(choices_text(part, tappable=True)))

    def typing(self, openid: str, on: bool) -> bool:
        """Show or hide the typing mark; False when the platform does not care to (it matters to nobody)."""
        command = "Typing" if on else "CancelTyping"
        try:
            self._post("/cgi-bin/message/custom/typing", {"touser": openid, "command": command}, repeatable=True)
        except ApiError as error:
            if error.action is not Action.IGNORE:
                raise
            return False
        return True

    def send_template(
        self, openid: str, template_id: str, fields: Mapping[str, str], url: str = "", client_msg_id: str = ""
    ) -> str:
        """Send a template message and return its msgid; the outcome follows as TEMPLATESENDJOBFINISH.

        The same `client_msg_id` within ten minutes is not sent twice: ApiError with ALREADY_SENT. So after
        `OutcomeUnknown` this, unlike `send`, may be tried again.
        """
        path = "/cgi-bin/message/template/send"
        body: Json = {"touser": openid, "template_id": template_id, "data": self._data(path, fields)}
        if url:
            body["url"] = url
        if client_msg_id:
            if not _CLIENT_MSG_ID.fullmatch(client_msg_id):
                raise self._api.transport.refusal(47001, path, "client_msg_id has 1–32 letters, digits, _ or -")
            body["client_msg_id"] = client_msg_id
        return str(self._post(path, body).get("msgid", ""))

    def send_notice(self, openid: str, template_id: str, fields: Mapping[str, str], page: str = "") -> str:
        """Send a 订阅通知; uses up one acceptance (43101 when none is left). Return its msgid, "" if none is given."""
        path = "/cgi-bin/message/subscribe/bizsend"
        body: Json = {"touser": openid, "template_id": template_id, "data": self._data(path, fields)}
        if page:
            body["page"] = page
        return str(self._post(path, body).get("msgid", ""))

    def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Put a menu on the account (`bot.channels.menu.menu_payload`); phones show it within minutes."""
        self._plain.menu.create(dict(menu))

    def create_qr(self, scene: str, *, permanent: bool = False, expire_seconds: int = MONTH_SECONDS) -> QrCode:
        """Create a QR code whose scan brings `scene` (1–64 characters). An account has 100,000 permanent ones."""
        if not 1 <= len(scene) <= 64:
            raise self._api.transport.refusal(40053, "/cgi-bin/qrcode/create", "a scene has 1–64 characters")
        body: Json = {
            "action_name": "QR_LIMIT_STR_SCENE" if permanent else "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        if not permanent:
            body["expire_seconds"] = min(expire_seconds, MONTH_SECONDS)
        made = self._plain.qrcode.create(body)
        ticket = required(made, "ticket", "/cgi-bin/qrcode/create")
        picture_url = str(self._plain.qrcode.get_url(ticket))
        return QrCode(ticket, str(made.get("url", "")), picture_url, int(made.get("expire_seconds", 0)))

    def upload_media(self, media_type: MediaType, filename: str, content: bytes) -> str:
        """Upload a temporary media (kept three days) and return its id."""
        # Bytes, not an open file: that would be at its end when a dead token makes us send it again.
        files = {"media": (filename, content)}
        answer = self._api.call(
            "POST", "/cgi-bin/media/upload", params={"type": media_type}, files=files, repeatable=True
        )
        return required(answer, "media_id", "/cgi-bin/media/upload")

    def download_media(self, media_id: str, limit: int = MEDIA_BYTES) -> bytes:
        """Return a picture or voice that a customer sent, by its id; addresses in messages are never fetched.

        Raises:
            ApiError: unknown or older than three days, larger than `limit` bytes, or a video (which has no bytes here).
        """
        return self._api.download("/cgi-bin/media/get", {"media_id": media_id}, limit)

    def callback_ips(self) -> list[str]:
        """Return the addresses and networks that the platform calls us from; it changes them without a word."""
        return listed(self._api.call("GET", _CALLBACK_IPS), "ip_list", _CALLBACK_IPS)

    def _custom_send(self, openid: str, message: Json) -> SendResult:
        answer = self._post("/cgi-bin/message/custom/send", {"touser": openid, **message})
        return SendResult(str(answer.get("msgid", "")))

    def _post(self, path: str, body: Json, repeatable: bool = False) -> Json:
        return self._api.call("POST", path, payload=body, repeatable=repeatable)

    def _data(self, path: str, fields: Mapping[str, str]) -> Json:
        try:
            return dict(template_data(fields))
        except FieldError as error:
            raise self._api.transport.refusal(47003, path, str(error)) from None


def _message(part: Part) -> Json:
    match part:
        case Text(content):
            return _text(content)
        case Picture(media_id):
            return {"msgtype": "image", "image": {"media_id": media_id}}
        case Article():
            return {"msgtype": "news", "news": {"articles": [_article(part)]}}
        case Choices(head, options, tail):
            listed = [{"id": clean(option.id), "content": clean(option.label)} for option in options]
            return {
                "msgtype": "msgmenu",
                "msgmenu": {"head_content": clean(head), "list": listed, "tail_content": clean(tail)},
            }
        case Card():
            return _text(card_text(part))


def _text(content: str) -> Json:
    return {"msgtype": "text", "text": {"content": cut_bytes(content, MESSAGE_BYTES)}}


def _article(article: Article) -> Json:
    return {
        "title": clean(article.title),
        "description": clean(article.description),
        "url": article.url,
        "picurl": article.picture,
    }
