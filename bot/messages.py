"""What comes in and what goes out, whatever the transport.

`Incoming` is one message or event from WeChat or WeCom; `Reply` is what a handler answers. Both are plain frozen
values: no XML, no HTTP, so handlers and tests build them by hand.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.markup import inert


class Channel(enum.StrEnum):
    """The transports."""

    OFFICIAL = "official"  # 公众号
    WECOM = "wecom"  # 企业微信自建应用


class Kind(enum.StrEnum):
    """What an incoming message is."""

    TEXT = "text"
    PICTURE = "picture"
    VOICE = "voice"
    VIDEO = "video"  # video and shortvideo
    LOCATION = "location"
    LINK = "link"
    STICKER = "sticker"  # arrives as text 【收到不支持的消息类型，暂无法显示】
    EVENT = "event"
    UNKNOWN = "unknown"  # a message type the platform added later


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, voice, video, place or link, as the platform names it.

    `media_id` is valid for three days; `detail` holds the type's own fields (format, label, latitude, longitude,
    title, description, url, thumb_media_id, picture url), all strings and `inert`.
    """

    kind: Kind
    media_id: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the person's words harmless."""
        object.__setattr__(self, "detail", {name: inert(value) for name, value in self.detail.items()})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message or event from a person.

    `key` is unique among all that ever come in on the account: `m:<MsgId>` or, for what carries no MsgId,
    `e:<FromUserName>:<CreateTime>:<event>:<hash of EventKey>` (official page "接收普通消息", "接收事件推送").
    `person` is the OpenID or the WeCom UserID. `event` and `event_key` are lower-case name and verbatim key.
    `text` is `inert`. `choice_id` is the id of a tapped menu item (`bizmsgmenuid`), empty otherwise. `data` are the
    remaining fields.
    """

    channel: Channel
    account: str
    key: str
    person: str
    to: str
    created: datetime
    kind: Kind
    text: str = ""
    event: str = ""
    event_key: str = ""
    choice_id: str = ""
    media: Media | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the person's words harmless."""
        object.__setattr__(self, "text", inert(self.text))


@dataclass(frozen=True, slots=True)
class Text:
    """Words, with `<a href>` allowed; any length (channels split by bytes)."""

    content: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its media id."""

    media_id: str


@dataclass(frozen=True, slots=True)
class Article:
    """A card with a title, a sentence and a link (图文)."""

    title: str
    description: str
    url: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose; `id` comes back as `Incoming.choice_id`, `label` as its text."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """A question with a few options, shown as tappable numbered lines."""

    head: str
    options: tuple[Option, ...]
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button on a manager's card; a tap comes back as event `template_card_event` with `event_key` = key."""

    key: str
    text: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A card for a manager (WeCom template_card button_interaction); `task_id` names it when a button is tapped."""

    task_id: str
    title: str
    description: str
    fields: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()


Part = Text | Picture | Article | Choices | Card


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to one message: usually one part; further parts follow as separate messages."""

    parts: tuple[Part, ...] = ()

    @classmethod
    def of(cls, answer: Reply | str) -> Reply:
        """Return an answer as a reply: words become a text."""
        return cls.text(answer) if isinstance(answer, str) else answer

    @classmethod
    def text(cls, content: str) -> Reply:
        """Answer with words."""
        return cls((Text(content),))

    @classmethod
    def choices(cls, head: str, *options: Option, tail: str = "") -> Reply:
        """Answer with a question to be tapped or answered by number."""
        return cls((Choices(head, options, tail),))

    def then(self, part: Part) -> Reply:
        """Return the reply with one more part."""
        return Reply((*self.parts, part))


SILENT = Reply()
"""Accepted without a word (most events)."""


def said_anew(part: Part, anew: Callable[[str], str]) -> Part:
    """Return the part with `anew` applied to all a person reads of it, but for what he taps."""
    match part:
        case Text(content):
            return Text(anew(content))
        case Article():
            return replace(part, title=anew(part.title), description=anew(part.description))
        case Choices():
            return replace(part, head=anew(part.head), tail=anew(part.tail))
        case Card():
            fields = tuple((name, anew(value)) for name, value in part.fields)
            return replace(part, title=anew(part.title), description=anew(part.description), fields=fields)
        case _:
            return part


def part_to_json(part: Part) -> dict[str, Any]:
    """Return `part` as plain JSON for the database."""
    match part:
        case Text(content):
            return {"type": "text", "content": content}
        case Picture(media_id):
            return {"type": "picture", "media_id": media_id}
        case Article(title, description, url, picture):
            return {"type": "article", "title": title, "description": description, "url": url, "picture": picture}
        case Choices(head, options, tail):
            return {"type": "choices", "head": head, "options": [[o.id, o.label] for o in options], "tail": tail}
        case Card(task_id, title, description, fields, buttons):
            return {
                "type": "card",
                "task_id": task_id,
                "title": title,
                "description": description,
                "fields": [list(pair) for pair in fields],
                "buttons": [[b.key, b.text, b.primary] for b in buttons],
            }


def part_from_json(data: Mapping[str, Any]) -> Part:
    """Return the part that `part_to_json` wrote.

    Raises:
        ValueError: the type is unknown.
    """
    match data["type"]:
        case "text":
            return Text(data["content"])
        case "picture":
            return Picture(data["media_id"])
        case "article":
            return Article(data["title"], data["description"], data["url"], data["picture"])
        case "choices":
            return Choices(data["head"], tuple(Option(i, label) for i, label in data["options"]), data["tail"])
        case "card":
            return Card(
                data["task_id"],
                data["title"],
                data["description"],
                tuple((name, value) for name, value in data["fields"]),
                tuple(Button(key, text, primary) for key, text, primary in data["buttons"]),
            )
        case other:
            raise ValueError(f"unknown part type {other!r}")


def reply_to_json(reply: Reply) -> list[dict[str, Any]]:
    """Return `reply` as plain JSON for Redis and the database."""
    return [part_to_json(part) for part in reply.parts]


def reply_from_json(data: list[dict[str, Any]]) -> Reply:
    """Return the reply that `reply_to_json` wrote."""
    return Reply(tuple(part_from_json(item) for item in data))
