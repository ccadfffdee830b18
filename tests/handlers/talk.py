"""Talk to the program's handlers through the real pipeline: `phone.says("…")` gives what was answered."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import select

from bot.channels.replies import card_text, choices_text
from bot.clock import Clock
from bot.intake.inbound_job import Work
from bot.intake.pipeline import Pipeline
from bot.messages import (
    Article,
    Card,
    Channel,
    Choices,
    Incoming,
    Kind,
    Media,
    Part,
    Picture,
    Text,
    part_from_json,
)
from bot.store.models import Outbox
from bot.store.session import Store

_keys = itertools.count(1)


def words(part: Part) -> str:
    """Return what a person reads of a part."""
    match part:
        case Text(content):
            return content
        case Choices():
            return choices_text(part, tappable=False)
        case Card():
            return card_text(part)
        case Article(title, description):
            return f"{title}\n{description}"
        case Picture():
            return "[图片]"


class Phone:
    """One person's WeChat or WeCom."""

    def __init__(self, pipeline: Pipeline, clock: Clock, channel: Channel, person: str) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._channel = channel
        self.person = person

    def says(self, text: str, choice_id: str = "") -> str:
        """Send words and return the answer."""
        return self._send(kind=Kind.TEXT, text=text, choice_id=choice_id)

    def taps(self, choice_id: str, label: str = "选项") -> str:
        """Tap an option by its id."""
        return self.says(label, choice_id)

    def sends(self, kind: Kind, **detail: str) -> str:
        """Send a picture, voice, place …"""
        media_id = f"MEDIA{next(_keys)}"
        return self._send(kind=kind, media=Media(kind, media_id, detail) if kind is not Kind.STICKER else None)

    def event(self, event: str, event_key: str = "", **data: Any) -> str:
        """Cause an event."""
        return self._send(kind=Kind.EVENT, event=event, event_key=event_key, data=data)

    def button(self, key: str, task_id: str, response_code: str = "CODE") -> str:
        """Tap a button of a card."""
        return self.event("template_card_event", key, TaskId=task_id, ResponseCode=response_code)

    def _send(self, **values: Any) -> str:
        incoming = Incoming(
            channel=self._channel,
            account="official" if self._channel is Channel.OFFICIAL else "work",
            key=f"m:{next(_keys)}",
            person=self.person,
            to="gh",
            created=self._clock.now(),
            **values,
        )
        reply = self._pipeline.run(Work(incoming))
        return "\n".join(words(part) for part in reply.parts)


def sent_to(store: Store, recipient: str) -> list[Part]:
    """Return what waits in the outbox for `manager:1`, `contact:2` …, oldest first; changes of cards are left out."""
    with store.session() as db:
        query = select(Outbox).where(Outbox.recipient == recipient, Outbox.rule != "card_update").order_by(Outbox.id)
        return [part_from_json(row.part) for row in db.scalars(query)]


def read_by(store: Store, recipient: str) -> str:
    """Return all of it as one text."""
    return "\n---\n".join(words(part) for part in sent_to(store, recipient))


def last_card(store: Store, recipient: str) -> Card:
    """Return the newest card in the outbox for somebody."""
    return [part for part in sent_to(store, recipient) if isinstance(part, Card)][-1]
