"""From the platform's fields to an `Incoming`: every message and event type, and the unknown ones.

Official pages "接收普通消息", "接收事件推送", "模板消息事件", "订阅通知事件" (Official Account) and "接收消息与事件"
(WeCom); the two name the common types alike, so one table serves both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from bot.channels.errors import Refused
from bot.channels.xml import Tree, text_of, tree_of
from bot.messages import Channel, Incoming, Kind, Media

STICKER_TEXT = "【收到不支持的消息类型，暂无法显示】"
"""What the platform writes in place of a sticker or another type that it does not forward."""

_PERSON = re.compile(r"[0-9A-Za-z_\-.@]{1,64}")
_CREATED = re.compile(r"[0-9]{1,11}")
_MESSAGE_ID = re.compile(r"[0-9A-Za-z_\-]{1,64}")
_EVENT = re.compile(r"[0-9a-z_]{1,64}")
_COMMON = frozenset({"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"})

_MEDIA: Mapping[str, tuple[Kind, Mapping[str, str]]] = {
    "image": (Kind.PICTURE, {"PicUrl": "picture"}),
    "voice": (Kind.VOICE, {"Format": "format", "Recognition": "recognition", "MediaId16K": "media_id_16k"}),
    "video": (Kind.VIDEO, {"ThumbMediaId": "thumb_media_id"}),
    "shortvideo": (Kind.VIDEO, {"ThumbMediaId": "thumb_media_id"}),
    "location": (
        Kind.LOCATION,
        {"Location_X": "latitude", "Location_Y": "longitude", "Scale": "scale", "Label": "label"},
    ),
    "link": (Kind.LINK, {"Title": "title", "Description": "description", "Url": "url", "PicUrl": "picture"}),
}
"""MsgType to its kind and the fields that go into `Media.detail`."""

_LIST_EVENTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
"""Events whose fields sit in a wrapper with one or more `List`; they end up as `data["List"]`, a list of mappings."""

_GROUPS = ("ScanCodeInfo", "SendPicsInfo", "SendLocationInfo", "SelectedItems", "CopyrightCheckResult")
_IDENTITY = ("MsgID", "TaskId", "MenuId", "Ticket", "ChangeType", "Status")


@dataclass(frozen=True, slots=True)
class Received:
    """A verified request.

    `signature` is the value that authenticated it, for the replay cache. `key_index` says which AES key opened it (the
    reply is sealed with the same); None: it came in plain and is answered in plain.
    """

    incoming: Incoming
    signature: str
    key_index: int | None


def read_incoming(channel: Channel, account: str, fields: Tree) -> Incoming:
    """Return the message or event that `fields` describe.

    Raises:
        Refused: 400, a field that every message has is missing or has a wrong form.
    """
    msg_type = text_of(fields, "MsgType").strip()
    if not msg_type:
        raise Refused(400, "msg_type")
    if msg_type == "event":
        return _event(channel, account, fields)
    if msg_type == "text":
        return _text(channel, account, fields)
    return _media(channel, account, fields, msg_type)


def _text(channel: Channel, account: str, fields: Tree) -> Incoming:
    content, choice = text_of(fields, "Content"), text_of(fields, "bizmsgmenuid")
    kind = Kind.STICKER if content.strip() == STICKER_TEXT else Kind.TEXT
    data = _rest(fields, "Content", "bizmsgmenuid")
    identity = ("text", content, choice)
    return _incoming(channel, account, fields, kind, identity, text=content, choice_id=choice, data=data)


def _media(channel: Channel, account: str, fields: Tree, msg_type: str) -> Incoming:
    kind, names = _MEDIA.get(msg_type, (Kind.UNKNOWN, {}))
    if kind is Kind.UNKNOWN:
        data = {"MsgType": msg_type, **_rest(fields)}
        return _incoming(channel, account, fields, kind, (msg_type, repr(sorted(data))), data=data)
    media_id = text_of(fields, "MediaId")
    detail = {name: text_of(fields, tag) for tag, name in names.items() if tag in fields}
    data = _rest(fields, "MediaId", *names)
    identity = (msg_type, media_id, *detail.values())
    return _incoming(channel, account, fields, kind, identity, media=Media(kind, media_id, detail), data=data)


def _event(channel: Channel, account: str, fields: Tree) -> Incoming:
    event = text_of(fields, "Event").strip().lower()
    if not _EVENT.fullmatch(event):
        raise Refused(400, "event")
    event_key = text_of(fields, "EventKey")
    data = _event_data(event, _rest(fields, "Event", "EventKey"))
    identity = (event, event_key, *(str(data[tag]) for tag in _IDENTITY if tag in data), *_row_ids(data))
    return _incoming(channel, account, fields, Kind.EVENT, identity, event=event, event_key=event_key, data=data)


def _row_ids(data: Tree) -> list[str]:
    rows = data.get("List", [])
    return [f"{row.get('TemplateId')}/{row.get('MsgID')}" for row in rows] if isinstance(rows, list) else []


def _event_data(event: str, data: Tree) -> Tree:
    wrapper = _LIST_EVENTS.get(event)
    if wrapper is not None:
        rows = tree_of(data, wrapper).get("List", [])
        data.pop(wrapper, None)
        data["List"] = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    for tag in _GROUPS:
        if tag in data:
            data[tag] = tree_of(data, tag)
    return data


def _rest(fields: Tree, *used: str) -> Tree:
    return {tag: value for tag, value in fields.items() if tag not in _COMMON and tag not in used}


def _incoming(
    channel: Channel, account: str, fields: Tree, kind: Kind, identity: tuple[str, ...], **given: Any
) -> Incoming:
    person, created = text_of(fields, "FromUserName").strip(), text_of(fields, "CreateTime").strip()
    if not _PERSON.fullmatch(person):
        raise Refused(400, "from_user")
    if not _CREATED.fullmatch(created):
        raise Refused(400, "create_time")
    return Incoming(
        channel=channel,
        account=account,
        key=_key("" if kind is Kind.EVENT else text_of(fields, "MsgId").strip(), person, created, identity),
        person=person,
        to=text_of(fields, "ToUserName").strip(),
        created=datetime.fromtimestamp(int(created), UTC),
        kind=kind,
        **given,
    )


def _key(message_id: str, person: str, created: str, identity: tuple[str, ...]) -> str:
    """Return what tells this message from every other, also after a retry: the idempotency key.

    The sender is part of it, so that an id the platform gives twice never answers one person with another's reply.
    Events carry no MsgId, and taps on a menu message may lack it: then a hash of sender, second, name and of what tells
    two events of one second apart (key, message id of a report, …) must do. It is a hash so that nobody's OpenID
    stays behind in a key after he has left.
    """
    if _MESSAGE_ID.fullmatch(message_id) and message_id != "0":
        digest = sha256("\x1f".join((person, message_id)).encode()).hexdigest()
        return f"m:{message_id}:{digest[:16]}"
    told_apart = "\x1f".join((person, created, *identity))
    return f"e:{sha256(told_apart.encode()).hexdigest()[:40]}"
