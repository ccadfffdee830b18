"""Turns built by hand: one message of one person, without database, platform or knowledge beyond the texts."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.business_hours import Calendars
from bot.dialogue.forms import Forms
from bot.dialogue.sessions import Session
from bot.dialogue.turn import Person, Turn
from bot.knowledge.texts import Texts
from bot.messages import Channel, Incoming, Kind, Media, Reply
from bot.understanding import Unknown

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
CUSTOMER = Person(1, "official", 1, "telecom", 7, 3, "王磊", "总", "金", 2, "周敏", is_staff=False)
STAFF = Person(2, "work", 1, "telecom", None, None, "周敏", "", "", 2, "周敏", is_staff=True)


class KnowsNothing:
    """An understanding that is never sure."""

    def understand(self, text: str, context: object) -> Unknown:
        """Return that nothing was understood."""
        return Unknown("no_candidate", (), cast(Any, None))

    def careful(self, text: str) -> None:
        """Return that no words need care."""


@lru_cache(maxsize=1)
def texts() -> Texts:
    """Return the telecom pack's sentences."""
    return Texts.load(KNOWLEDGE, "telecom")


def incoming(text: str = "", **fields: Any) -> Incoming:
    """Return a text message, or what `fields` make of it."""
    given: dict[str, Any] = {
        "channel": Channel.OFFICIAL,
        "account": "official",
        "key": "m:1",
        "person": "oWang",
        "to": "gh_1",
        "created": NOW,
        "kind": Kind.TEXT,
    }
    return Incoming(**(given | {"text": text} | fields))


def picture(media_id: str = "MEDIA1") -> Incoming:
    """Return a picture."""
    return incoming(kind=Kind.PICTURE, media=Media(Kind.PICTURE, media_id))


def turn(
    message: Incoming | str,
    *,
    forms: Forms | None = None,
    session: Session | None = None,
    person: Person = CUSTOMER,
    now: datetime = NOW,
) -> Turn:
    """Return the turn of `message`."""
    return Turn(
        incoming=incoming(message) if isinstance(message, str) else message,
        person=person,
        now=now,
        zone=ZoneInfo("Asia/Shanghai"),
        calendars=Calendars(ZoneInfo("Asia/Shanghai")),
        transaction=cast(Any, SimpleNamespace(session=None)),
        session=session if session is not None else Session(),
        texts=texts(),
        understanding=cast(Any, KnowsNothing()),
        settings=cast(Any, None),
        forms=forms or Forms({}),
        trace="0123456789ab",
    )


def words(reply: Reply) -> str:
    """Return everything the reply says."""
    return "\n".join(
        " ".join(filter(None, (getattr(part, name, "") for name in ("content", "head", "title", "tail"))))
        for part in reply.parts
    )
