"""What is not text: pictures, voices, places, stickers, empty messages, and taps that come too late."""

from __future__ import annotations

import json
from datetime import timedelta

from bot.dialogue import Router, Turn
from bot.messages import Kind, Media, Option, Reply
from bot.service import complaint_handling
from bot.tickets import queries
from bot.tickets.assignee import handled_by
from bot.tickets.complaints import locked
from bot.tickets.queries import Standing
from handlers.common import media_json, office, whose

AFTER_FILING = timedelta(minutes=10)
"""A picture that comes this soon after a complaint was filed belongs to it."""

_SHOWS = {Kind.PICTURE, Kind.VIDEO}
_RECEIVED = {
    Kind.PICTURE: "picture.received",
    Kind.VOICE: "voice.please_type",
    Kind.VIDEO: "video.received",
    Kind.LOCATION: "location.received",
    Kind.LINK: "link.received",
}


router = Router()


@router.kind(Kind.PICTURE, Kind.VOICE, Kind.VIDEO, Kind.LOCATION, Kind.LINK)
def received(turn: Turn, media: Media | None) -> Reply | str:
    """Put it into the complaint filed just before, ask about one that is open, else ask what it is about."""
    if turn.person.is_staff:
        return turn.say("manager.picture.received" if turn.incoming.kind in _SHOWS else "manager.words.only")
    found = queries.latest_filed(turn.transaction.reading, whose(turn).contact_id, turn.now - AFTER_FILING, turn.now)
    if found is not None and media is not None and (complaint := locked(turn.db, found.id)):
        complaint_handling.add(office(turn), complaint, media=(media_json(media),))
        return turn.say("complaint.picture.after", number=complaint.number, manager=handled_by(turn.db, complaint).name)
    shows = media is not None and turn.incoming.kind in _SHOWS
    if media is not None and shows and (open_ones := queries.open_of(turn.transaction.reading, whose(turn))):
        return _ask_whether_for(turn, media, open_ones[0])
    label = media.detail.get("label", "") if media else ""
    return turn.say(_RECEIVED.get(turn.incoming.kind, "unsupported"), label=label or turn.say("location.unnamed"))


def _ask_whether_for(turn: Turn, media: Media, complaint: Standing) -> Reply:
    """Ask whether a picture belongs to the open complaint; it is kept until the answer comes."""
    turn.session.notes["media"] = json.dumps(media_json(media), ensure_ascii=False)
    yes = Option(f"cp:{complaint.id}", turn.say("picture.for_complaint.yes"))
    no = Option("cp:no", turn.say("picture.for_complaint.no"))
    return Reply.choices(turn.say("picture.for_complaint", number=complaint.number), yes, no)


@router.kind(Kind.STICKER)
def sticker(turn: Turn) -> str:
    """Take a sticker kindly."""
    return turn.say("manager.words.only" if turn.person.is_staff else "sticker")


@router.kind(Kind.UNKNOWN)
def unsupported(turn: Turn) -> str:
    """Say that this kind of message cannot be read."""
    return turn.say("manager.words.only" if turn.person.is_staff else "unsupported")


@router.empty
def empty(turn: Turn) -> str:
    """Ask for words."""
    return turn.say("empty")


@router.stale_choice
def stale(turn: Turn) -> str:
    """Say that the option is out of date."""
    return turn.say("choices.expired")
