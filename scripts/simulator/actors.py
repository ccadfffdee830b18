"""Customers and managers as a test sees them: they say, tap, follow, and look at their phones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .deeds import Deed, Deeds
from .people import Person
from .phones import Message
from .platform import Platform
from .pushes import Outcome


class Unexpected(AssertionError):
    """A phone does not show what the test expects; the text holds the whole talk."""


@dataclass(frozen=True)
class Surroundings:
    """What all actors of a test share."""

    platform: Platform
    settle: Callable[[], object]
    patience_s: float
    first_seq: int

    def settled(self) -> None:
        """Let the product work and the platform deliver, until both have nothing left to do."""
        self.settle()
        if not self.platform.bus.wait_for(lambda: self.platform.pushes.idle, self.patience_s):
            raise Unexpected("the platform is still delivering")
        self.settle()


class Actor:
    """One person with a phone; a message counts as unread until the test has seen it."""

    def __init__(self, around: Surroundings, person: Person) -> None:
        self.person = person
        self._around = around
        self._seen: set[int] = set()

    @property
    def phone(self) -> list[Message]:
        """Everything on the phone since the test began."""
        return self._around.platform.phones.read(self.person, self._around.first_seq)

    @property
    def received(self) -> list[Message]:
        """What the account has sent since the test began."""
        return [one for one in self.phone if one["side"] == "them"]

    @property
    def transcript(self) -> str:
        """The talk so far, a line a message."""
        names = {"me": self.person.called, "them": "账号", "system": "微信"}
        return "\n".join(
            f"{one['seq']:>5} {one['at'][5:19]} {names[one['side']]}: [{one['type']}] {words(one)}"
            for one in self.phone
        )

    def says(self, content: str) -> Outcome:
        """Write a text and wait until the platform has finished with it."""
        return self._say("text", content=content)

    def starts_saying(self, content: str) -> Deed:
        """Write a text and return while the platform is still delivering it."""
        return self._deeds.say(self.person, "text", content=content)

    def sends_picture(self) -> Outcome:
        """Send a picture."""
        return self._say("image")

    def sends_voice(self, seconds: int = 3) -> Outcome:
        """Send a voice message, without recognition."""
        return self._say("voice", seconds=seconds)

    def sends_video(self) -> Outcome:
        """Send a video."""
        return self._say("video")

    def sends_location(self, label: str = "示例市城东路 1 号", lat: float = 30.27, lng: float = 120.15) -> Outcome:
        """Send a place."""
        return self._say("location", label=label, lat=lat, lng=lng)

    def sends_link(self, title: str, url: str) -> Outcome:
        """Send a link."""
        return self._say("link", title=title, url=url)

    def sends_sticker(self, name: str = "微笑") -> Outcome:
        """Send a sticker, which the account cannot see."""
        return self._say("sticker", name=name)

    def follows(self, scene: str = "") -> Outcome:
        """Follow the account, by a QR code when a scene is given."""
        return self._do(self._deeds.follow(self.person, scene))

    def unfollows(self) -> Outcome:
        """Stop following."""
        return self._do(self._deeds.unfollow(self.person))

    def taps(self, label: str) -> Outcome:
        """Tap the latest choice or button with this label or id."""
        for message in reversed(self.phone):
            for option, text in choices(message):
                if label in (text, option):
                    return self._do(self._deeds.tap(self.person, message["seq"], option))
        raise Unexpected(f"nothing to tap that is called {label!r}\n{self.transcript}")

    def sees(self, contains: str | tuple[str, ...] = "", kind: str = "", matches: str = "") -> Message:
        """Wait for an unread message with these words, of this kind, matching this pattern; mark it as seen."""
        wanted = (contains,) if isinstance(contains, str) else contains

        def fits(message: Message) -> bool:
            text = words(message)
            right = not kind or message["type"] == kind
            return right and all(one in text for one in wanted) and bool(re.search(matches, text))

        self._around.settle()
        bus, patience = self._around.platform.bus, self._around.patience_s
        found: Message | None = bus.wait_for(lambda: next(filter(fits, self._unread()), None), patience)
        if found is None:
            sought = " ".join(filter(None, [kind, *map(repr, wanted), matches]))
            raise Unexpected(f"{self.person.called} does not see {sought}\n{self.transcript}")
        self._seen.add(found["seq"])
        return found

    def sees_error(self) -> Message:
        """See the platform's own error text."""
        return self.sees(kind="error")

    def sees_nothing_else(self) -> None:
        """Fail when there is an unread message, once everything has settled."""
        self._around.settled()
        unread = list(self._unread())
        if unread:
            told = "\n".join(f"[{one['type']}] {words(one)}" for one in unread)
            raise Unexpected(f"{self.person.called} did not expect:\n{told}\n--\n{self.transcript}")

    def forgets(self) -> None:
        """Mark everything as seen, once everything has settled."""
        self._around.settled()
        self._seen.update(one["seq"] for one in self.phone)

    def _unread(self) -> Iterator[Message]:
        for message in self.phone:
            shown = message["side"] == "them" or message["type"] == "error"
            if shown and message["seq"] not in self._seen:
                yield message

    def _say(self, kind: str, **content: Any) -> Outcome:
        return self._do(self._deeds.say(self.person, kind, **content))

    def _do(self, deed: Deed) -> Outcome:
        return deed.future.result()

    @property
    def _deeds(self) -> Deeds:
        return self._around.platform.deeds


class Customer(Actor):
    """A person with WeChat who may follow the Official Account."""

    def scans(self, scene: str) -> Outcome:
        """Scan a QR code, by scene or ticket."""
        return self._do(self._deeds.scan(self.person, scene))

    def taps_menu(self, key: str) -> Outcome:
        """Tap a button of the custom menu, by key, url or label."""
        for button in self._around.platform.buttons():
            if key == button.get("name"):
                key = str(button.get("key") or button.get("url") or button.get("pagepath"))
        return self._do(self._deeds.tap_menu(self.person, key))

    def accepts_notice(self, template_id: str) -> Outcome:
        """Agree to one subscribe notice."""
        return self._do(self._deeds.answer_notice(self.person, template_id, accept=True))

    def refuses_notice(self, template_id: str) -> Outcome:
        """Refuse a subscribe notice."""
        return self._do(self._deeds.answer_notice(self.person, template_id, accept=False))

    def withdraws_notice(self, template_id: str) -> Outcome:
        """Take an earlier agreement back."""
        return self._do(self._deeds.answer_notice(self.person, template_id, accept=False, withdraw=True))

    def reports_location(self, lat: float = 30.27, lng: float = 120.15) -> Outcome:
        """Let the phone report where it is."""
        return self._do(self._deeds.report_location(self.person, lat, lng))


class Manager(Actor):
    """A member with WeCom."""

    def opens_app(self) -> Outcome:
        """Enter the app."""
        return self._do(self._deeds.enter(self.person))

    def sees_card(self, contains: str | tuple[str, ...] = "") -> Message:
        """See a template card."""
        return self.sees(contains, kind="card")

    def sees_button_done(self, text: str) -> None:
        """See that the button of the latest card was replaced by this text."""

        def done() -> bool:
            return any(one["type"] == "card" and one["done"] == text for one in self.phone)

        self._around.settle()
        if not self._around.platform.bus.wait_for(done, self._around.patience_s):
            raise Unexpected(f"no card says {text!r}\n{self.transcript}")


def words(message: Message) -> str:
    """Return all the text of a message that a person can read."""
    parts: list[str] = []
    for name in ("content", "head", "title", "label", "name", "description"):
        parts.append(str(message.get(name) or ""))
    parts += [f"{one['name']}：{one['value']}" for one in message.get("fields", [])]
    parts += [text for _, text in choices(message)]
    parts += [str(message.get("done") or ""), str(message.get("tail") or "")]
    return "\n".join(part for part in dict.fromkeys(parts) if part)


def choices(message: Message) -> list[tuple[str, str]]:
    """Return the (id, text) pairs that can be tapped in a message."""
    if message["type"] == "msgmenu":
        return [(str(one["id"]), one["content"]) for one in message["options"]]
    if message["type"] == "card":
        return [] if message.get("done") is not None else [(one["key"], one["text"]) for one in message["buttons"]]
    links = re.findall(
        r"""href\s*=\s*["']?weixin://bizmsgmenu\?[^"'\s>]*msgmenuid=([^"'&\s>]*)[^>]*>([^<]*)<""",
        message.get("content", ""),
    )
    return [(option, text) for option, text in links]
