"""Moments as people say them. "明天10:30" is true on one day only, so who says one that is read later keeps it.

A message remembers the moments it was worded with (`Said`); when it goes out on another day, or after a moment has
passed, `reworded` says them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from bot.clock import local

_DAY_HOURS = 24
_AT, _SPAN = "at", "span"


class Say(Protocol):
    """Says a text of the knowledge by its key (`Texts.say`, or a turn's own)."""

    def __call__(self, key: str, **values: Any) -> str:
        """Return the text with its placeholders filled."""
        ...


class Said(NamedTuple):
    """A moment and how it was said: by itself (`at`), or as the time left or gone (`span`)."""

    words: str
    moment: datetime
    kind: str = _AT


def spoken(say: Say, moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people say it: 今天18:00, 明天10:30, 昨天23:50, 11月23日12:00."""
    there, today = local(moment, zone), local(now, zone).date()
    time = f"{there:%H:%M}"
    named = {0: "when.today", 1: "when.tomorrow", -1: "when.yesterday"}.get((there.date() - today).days)
    return say(named, time=time) if named else say("when.day", month=there.month, day=there.day, time=time)


def lasting(say: Say, span: timedelta) -> str:
    """Return how long something lasts: 2天20小时, 2小时15分, 40分钟."""
    hours, rest = divmod(int(abs(span).total_seconds()) // 60, 60)
    if hours >= _DAY_HOURS:
        return say("when.days", days=hours // _DAY_HOURS, hours=hours % _DAY_HOURS)
    return say("when.hours", hours=hours, minutes=rest) if hours else say("when.minutes", minutes=rest)


def span_said(say: Say, moment: datetime, now: datetime) -> Said:
    """Return the time to or since `moment`, said now."""
    return Said(lasting(say, moment - now), moment, _SPAN)


def to_json(said: Iterable[Said], text: str) -> list[list[str]]:
    """Return those that stand in `text` as plain JSON."""
    return [[each.words, each.moment.isoformat(), each.kind] for each in dict.fromkeys(said) if each.words in text]


def reworded(
    said: Sequence[Sequence[str]], made_at: datetime, now: datetime, zone: ZoneInfo, say: Say
) -> Callable[[str], str]:
    """Return what puts the words that are right `now` in place of what was said at `made_at` (of `to_json`).

    A time that was still to come and has passed is called so.
    """
    fresh = {
        words: _fresh(Said(words, datetime.fromisoformat(at), kind), made_at, now, zone, say)
        for words, at, kind in said
    }
    if all(words == new for words, new in fresh.items()):
        return lambda text: text
    old = re.compile("|".join(re.escape(words) for words in sorted(fresh, key=len, reverse=True)))
    return lambda text: old.sub(lambda hit: fresh[hit.group()], text)


def _fresh(said: Said, made_at: datetime, now: datetime, zone: ZoneInfo, say: Say) -> str:
    to_come, passed = said.moment > made_at, said.moment <= now
    if said.kind == _SPAN:
        return lasting(say, timedelta() if to_come and passed else said.moment - now)
    words = spoken(say, said.moment, now, zone)
    return say("when.passed", when=words) if to_come and passed else words
