"""What a customer reads of a message when it goes out: its words as they are now, in pieces the platform takes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.channels.split import split_text
from bot.delivery.authored import LATE_AFTER
from bot.delivery.policy import LATE_REPLY, Reason
from bot.messages import Choices, Part, Text, part_from_json, said_anew
from bot.moments import Say, reworded
from bot.store.models import Outbox

_HEAD_BYTES = 1500  # leaves room for the options within a message's 2,048


def current(row: Outbox, now: datetime, zone: ZoneInfo, say: Say) -> Part:
    """Return the message as it reads now: of what goes out late, the part that says when it was written.

    A reply that had to wait for the customer to write again says that it is one.
    """
    late = row.fallback.get("late") if now - row.created_at > LATE_AFTER else None
    passed = row.fallback.get("passed")
    if passed and datetime.fromisoformat(passed["at"]) <= now:
        late = passed["part"]
    anew = reworded(row.fallback.get("said", ()), row.created_at, now, zone, say)
    part = said_anew(part_from_json(late or row.part), anew)
    return _belated(part, say) if row.rule == LATE_REPLY and row.reason == Reason.WINDOW_OPEN else part


def _belated(part: Part, say: Say) -> Part:
    match part:
        case Text(content):
            return Text(f"{say('late.resent')}\n{content}")
        case Choices(head, options, tail):
            return Choices(f"{say('late.resent')}\n{head}", options, tail)
        case _:
            return part


def pieces(part: Part) -> list[Part]:
    """Return a part as messages the platform takes whole; the question of choices comes with the last piece."""
    match part:
        case Text(content):
            return [Text(piece) for piece in split_text(content)] or [part]
        case Choices(head, options, tail):
            *before, last = split_text(head, _HEAD_BYTES) or [head]
            return [*(Text(piece) for piece in before), Choices(last, options, tail)]
        case _:
            return [part]
