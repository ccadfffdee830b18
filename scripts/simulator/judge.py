"""Judge the product's reply as the platform would: shown to the person, taken silently, or the error text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from .crypto import BadCipher, same, signature
from .settings import Settings
from .signing import Account, Request
from .xmlform import BadXml, parse, text_of

REPLIED, SUCCESS, ERROR = "replied", "success", "error"


class BadReply(ValueError):
    """A reply that makes the platform show its error text; the message says why."""


@dataclass(frozen=True)
class Judgement:
    """What becomes of a reply: its outcome, why, and what the person sees (message type and body)."""

    outcome: str
    verdict: str
    kind: str = ""
    message: dict[str, Any] = field(default_factory=dict)
    plain: str = ""


def judge(body: bytes, request: Request, account: Account, person: str, settings: Settings) -> Judgement:
    """Judge a body that came with status 200 in time; `person` is the openid or userid that was pushed.

    Empty and `success` are taken silently. Everything else must be a reply document with the names swapped; after an
    encrypted push it must be encrypted too (in compatible mode either way).
    """
    if body.strip() in (b"", b"success"):
        return Judgement(SUCCESS, "empty" if not body.strip() else SUCCESS)
    plain = ""
    try:
        root = parse(body)
        if root.find("Encrypt") is not None:
            plain = _open(root, request, account)
            root = parse(plain)
        elif request.encrypted and (account.is_wecom or settings.mode == "safe"):
            raise BadReply("plain reply in safe mode")
        kind, message = _read(root, account, person, settings)
    except (BadReply, BadXml, BadCipher) as error:
        return Judgement(ERROR, f"bad reply: {error}", plain=plain)
    if kind == "":
        return Judgement(SUCCESS, "handed to customer service", plain=plain)
    return Judgement(REPLIED, REPLIED, kind, message, plain or body.decode())


def _open(root: ElementTree.Element, request: Request, account: Account) -> str:
    if not request.encrypted:
        raise BadReply("encrypted reply in plain mode")
    secret, seal = text_of(root, "Encrypt"), text_of(root, "MsgSignature")
    stamp, nonce = text_of(root, "TimeStamp"), text_of(root, "Nonce")
    if not (stamp.isdigit() and nonce):
        raise BadReply("TimeStamp or Nonce is missing")
    if not same(seal, signature(account.token, stamp, nonce, secret)):
        raise BadReply("MsgSignature is wrong")
    try:
        return account.cipher.decrypt(secret).decode()
    except UnicodeDecodeError as error:
        raise BadReply("not UTF-8") from error


def _read(root: ElementTree.Element, account: Account, person: str, settings: Settings) -> tuple[str, dict[str, Any]]:
    if text_of(root, "ToUserName") != person or text_of(root, "FromUserName") != account.to_user:
        raise BadReply("ToUserName and FromUserName are not swapped")
    if not text_of(root, "CreateTime").isdigit():
        raise BadReply("CreateTime is not a number")
    kind = text_of(root, "MsgType")
    reader = READERS.get(kind)
    if reader is None:
        raise BadReply(f"MsgType {kind!r} is unknown")
    return reader(root, settings)


def _text(root: ElementTree.Element, settings: Settings) -> tuple[str, dict[str, Any]]:
    content = text_of(root, "Content")
    size = len(content.encode())
    if not content:
        raise BadReply("Content is empty")
    if size > settings.text_limit:
        raise BadReply(f"Content has {size} bytes, {settings.text_limit} are allowed")
    return "text", {"content": content}


def _news(root: ElementTree.Element, settings: Settings) -> tuple[str, dict[str, Any]]:
    del settings
    items = root.findall("Articles/item")
    if text_of(root, "ArticleCount") != "1" or len(items) != 1:
        raise BadReply("exactly one article is allowed")
    tags = {"title": "Title", "description": "Description", "url": "Url", "picture": "PicUrl"}
    return "news", {name: text_of(items[0], tag) for name, tag in tags.items()}


def _media(kind: str, tag: str) -> Callable[[ElementTree.Element, Settings], tuple[str, dict[str, Any]]]:
    def read(root: ElementTree.Element, settings: Settings) -> tuple[str, dict[str, Any]]:
        del settings
        media_id = text_of(root, f"{tag}/MediaId")
        if not media_id:
            raise BadReply("MediaId is missing")
        return kind, {"media_id": media_id, "url": f"/sim/pictures/{media_id}"}

    return read


def _music(root: ElementTree.Element, settings: Settings) -> tuple[str, dict[str, Any]]:
    del settings
    return "link", {
        "title": text_of(root, "Music/Title"),
        "description": text_of(root, "Music/Description"),
        "url": text_of(root, "Music/MusicUrl"),
    }


def _transfer(root: ElementTree.Element, settings: Settings) -> tuple[str, dict[str, Any]]:
    del root, settings
    return "", {}


def _update_button(root: ElementTree.Element, settings: Settings) -> tuple[str, dict[str, Any]]:
    del settings
    return "update_button", {"done": text_of(root, "Button/ReplaceName")}


READERS: dict[str, Callable[[ElementTree.Element, Settings], tuple[str, dict[str, Any]]]] = {
    "text": _text,
    "news": _news,
    "image": _media("image", "Image"),
    "voice": _media("voice", "Voice"),
    "video": _media("video", "Video"),
    "music": _music,
    "transfer_customer_service": _transfer,
    "update_button": _update_button,
}
