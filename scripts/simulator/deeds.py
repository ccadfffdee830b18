"""What virtual people do with their phones, and the messages and events that follow from it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from . import menu as menus
from .cards import tapped
from .people import Person
from .phones import Message
from .pushes import Outcome, Push

if TYPE_CHECKING:
    from .platform import Platform

UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"
"""What the account gets instead of a sticker or any other kind it cannot show."""
HIDDEN = frozenset({"unsubscribe", "TEMPLATESENDJOBFINISH", "subscribe_msg_sent_event"})
"""Events of which the person knows nothing, so that no answer to them is shown."""
QUIET = HIDDEN | {"LOCATION", "VIEW", "view_miniprogram", "subscribe_msg_popup_event", "subscribe_msg_change_event"}
"""Events for which nobody waits, so that a failure shows nothing."""
_HREF = re.compile(r"""href\s*=\s*(["']?)(weixin://bizmsgmenu\?.*?)(?:\1)(?=[\s>])""")


class CannotDo(ValueError):
    """The person cannot do this now; the message says why, in Chinese, for the page."""


@dataclass(frozen=True)
class Deed:
    """A deed in progress: what it wrote on the own phone, and the pushes on their way."""

    message: Message | None
    push: Push
    future: Future[Outcome]


def message_id() -> int:
    """Return a 64-bit message id that no earlier run has used."""
    return (int(time.time()) << 30) | secrets.randbits(30)


class Deeds:
    """Actions of people; each one returns as soon as its push is on the way."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def say(self, person: Person, kind: str, **content: Any) -> Deed:
        """Send a message of a kind (text, image, voice, video, location, link, sticker)."""
        if not person.following:
            raise CannotDo("还没有关注，不能发消息")
        shown, fields = self._content(kind, content)
        message = self._platform.phones.write(person, "me", kind, **shown)
        if person.kind == "customer":
            self._platform.quotas.message(person.address)
        return self._push(person, {**fields, "MsgId": message_id()}, message)

    def follow(self, person: Person, scene: str = "") -> Deed:
        """Follow the account, with a scene when the person came by a QR code."""
        person.following = True
        person.subscribed_at, person.scene = self._platform.clock.now(), scene
        self._platform.people.save(person)
        self._platform.state_changed()
        if person.kind == "customer":
            self._platform.quotas.click(person.address, "scan" if scene else "follow")
        told = "你已关注" if person.kind == "customer" else "已启用应用"
        self._platform.phones.write(person, "system", "text", content=told)
        extra = {"EventKey": f"qrscene_{scene}", "Ticket": self._platform.scenes.ticket(scene)} if scene else {}
        return self._event(person, "subscribe", {"EventKey": "", **extra})

    def unfollow(self, person: Person) -> Deed:
        """Stop following; every window closes."""
        person.following = False
        self._platform.people.save(person)
        self._platform.state_changed()
        self._platform.quotas.close(person.address)
        self._platform.phones.write(person, "system", "text", content="你已取消关注")
        return self._event(person, "unsubscribe", {"EventKey": ""})

    def scan(self, person: Person, scene: str) -> Deed:
        """Scan a code, by scene or ticket; whoever does not follow yet follows by it."""
        scene = self._platform.scenes.scene(scene) or scene
        if not person.following:
            return self.follow(person, scene)
        self._platform.quotas.click(person.address, "scan")
        self._platform.phones.write(person, "system", "text", content="你扫描了二维码")
        return self._event(person, "SCAN", {"EventKey": scene, "Ticket": self._platform.scenes.ticket(scene)})

    def tap_menu(self, person: Person, key: str) -> Deed:
        """Tap a menu button, named by its key, url or page path."""
        if not person.following:
            raise CannotDo("还没有关注，看不到菜单")
        button = menus.find(self._platform.menu, key) or {"type": "click", "key": key}
        kind = str(button.get("type"))
        event = menus.TYPES[kind]
        if not event:
            raise CannotDo("这个按钮只显示素材，公众号收不到消息")
        if kind in menus.COUNTED:
            self._platform.quotas.click(person.address, "menu")
        return self._event(person, event, _menu_fields(kind, key))

    def tap(self, person: Person, seq: int, option: str) -> Deed:
        """Tap a choice in a message, or a button of a card."""
        message = self._platform.phones.get(person, seq)
        if message is None:
            raise CannotDo("没有这条消息")
        if message["type"] == "card":
            return self._tap_card(person, message, option)
        if not person.following:
            raise CannotDo("还没有关注，不能发消息")
        content = _choice(message, option)
        if content is None:
            raise CannotDo("这条消息里没有这个选项")
        written = self._platform.phones.write(person, "me", "text", content=content)
        self._platform.quotas.click(person.address, "menu")
        fields = {"MsgType": "text", "Content": content, "MsgId": message_id(), "bizmsgmenuid": option}
        return self._push(person, fields, written)

    def answer_notice(self, person: Person, template_id: str, accept: bool, withdraw: bool = False) -> Deed:
        """Answer the popup of a subscribe notice, or withdraw an earlier agreement in the settings."""
        acceptances = self._platform.acceptances
        if withdraw:
            acceptances.withdraw(person.address, template_id)
            entry = {"TemplateId": template_id, "SubscribeStatusString": "reject"}
            return self._event(person, "subscribe_msg_change_event", {"SubscribeMsgChangeEvent": {"List": [entry]}})
        if accept:
            acceptances.accept(person.address, template_id)
        status = "accept" if accept else "reject"
        entry = {"TemplateId": template_id, "SubscribeStatusString": status, "PopupScene": "1"}
        return self._event(person, "subscribe_msg_popup_event", {"SubscribeMsgPopupEvent": {"List": [entry]}})

    def report_location(self, person: Person, lat: float, lng: float) -> Deed:
        """Report where the person is, as the phone does when a chat is opened."""
        return self._event(person, "LOCATION", {"Latitude": lat, "Longitude": lng, "Precision": 40.0})

    def enter(self, person: Person) -> Deed:
        """Open the WeCom app."""
        return self._event(person, "enter_agent", {"EventKey": ""})

    def template_finished(self, person: Person, msgid: int, status: str) -> Deed:
        """Tell the account what became of a template message."""
        return self._event(person, "TEMPLATESENDJOBFINISH", {"MsgID": msgid, "Status": status})

    def notice_sent(self, person: Person, template_id: str, msgid: int) -> Deed:
        """Tell the account that a subscribe notice arrived."""
        entry = {"TemplateId": template_id, "MsgID": msgid, "ErrorCode": 0, "ErrorStatus": "success"}
        return self._event(person, "subscribe_msg_sent_event", {"SubscribeMsgSentEvent": {"List": [entry]}})

    def _tap_card(self, person: Person, message: Message, option: str) -> Deed:
        if message.get("done") is not None:
            raise CannotDo("按钮已失效")
        if not any(button["key"] == option for button in message["buttons"]):
            raise CannotDo("卡片上没有这个按钮")
        fields = tapped(self._platform, message, option)
        return self._event(person, "template_card_event", fields, card=message["seq"])

    def _content(self, kind: str, content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, object]]:
        maker = getattr(self, f"_say_{kind}", None)
        if maker is None:
            raise CannotDo(f"不能发送这种消息：{kind}")
        shown, fields = maker(**content)
        return shown, {"MsgType": "text" if kind == "sticker" else kind, **fields}

    def _say_text(self, content: str = "") -> tuple[dict[str, Any], dict[str, object]]:
        return {"content": content}, {"Content": content}

    def _say_image(self) -> tuple[dict[str, Any], dict[str, object]]:
        media_id = self._platform.media.sample("image")
        url = f"/sim/pictures/{media_id}"
        return {"url": url}, {"PicUrl": self._platform.base_url + url, "MediaId": media_id}

    def _say_voice(self, seconds: int = 3) -> tuple[dict[str, Any], dict[str, object]]:
        media_id = self._platform.media.sample("voice")
        return {"seconds": seconds}, {"MediaId": media_id, "Format": "amr", "MediaId16K": media_id}

    def _say_video(self) -> tuple[dict[str, Any], dict[str, object]]:
        media = self._platform.media
        return {}, {"MediaId": media.sample("video"), "ThumbMediaId": media.sample("thumb")}

    def _say_location(
        self, label: str = "", lat: float = 30.27, lng: float = 120.15
    ) -> tuple[dict[str, Any], dict[str, object]]:
        fields: dict[str, object] = {"Location_X": lat, "Location_Y": lng, "Scale": 15, "Label": label}
        return {"label": label, "lat": lat, "lng": lng}, fields

    def _say_link(
        self, title: str = "", url: str = "", description: str = ""
    ) -> tuple[dict[str, Any], dict[str, object]]:
        shown = {"title": title, "description": description, "url": url}
        return shown, {"Title": title, "Description": description, "Url": url}

    def _say_sticker(self, name: str = "") -> tuple[dict[str, Any], dict[str, object]]:
        return {"name": name}, {"Content": UNSUPPORTED}

    def _event(self, person: Person, event: str, fields: Mapping[str, object], card: int = 0) -> Deed:
        return self._push(person, {"MsgType": "event", "Event": event, **fields}, None, card)

    def _push(self, person: Person, fields: Mapping[str, object], message: Message | None, card: int = 0) -> Deed:
        settings = self._platform.settings
        to_user = settings.original_id if person.account == "official" else settings.corp_id
        head: dict[str, object] = {
            "ToUserName": to_user,
            "FromUserName": person.address,
            "CreateTime": int(self._platform.clock.now()),
        }
        tail: dict[str, object] = {} if person.account == "official" else {"AgentID": settings.agent_id}
        event = fields.get("Event")
        push = Push(person, {**head, **fields, **tail}, event in QUIET, event in HIDDEN, card)
        return Deed(message, push, self._platform.pushes.submit(push))


def _choice(message: Message, option: str) -> str | None:
    """Return the text that a tapped choice sends, or None when the message has no such choice."""
    if message["type"] == "msgmenu":
        return next((str(one["content"]) for one in message["options"] if str(one["id"]) == option), None)
    for _, href in _HREF.findall(str(message.get("content", ""))):
        query = parse_qs(urlsplit(href.replace("&amp;", "&")).query)
        if query.get("msgmenuid", [""])[0] == option:
            return str(query.get("msgmenucontent", [""])[0])
    return None


def _menu_fields(kind: str, key: str) -> dict[str, object]:
    fields: dict[str, object] = {"EventKey": key}
    if kind in {"view", "miniprogram"}:
        return fields | {"MenuId": 442600000}
    if kind.startswith("scancode"):
        return fields | {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "demo"}}
    if kind.startswith("pic_"):
        picture = {"PicMd5Sum": secrets.token_hex(16)}
        return fields | {"SendPicsInfo": {"Count": 1, "PicList": {"item": [picture]}}}
    if kind == "location_select":
        place = {"Location_X": "30.27", "Location_Y": "120.15", "Scale": "15", "Label": "城东网点", "Poiname": ""}
        return fields | {"SendLocationInfo": place}
    return fields
