"""The weekly picture of questions: to supervisors for their branch, to each manager for his own customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.desk import Desk, spoken_day
from bot.channels.types import Text
from bot.delivery import outbox
from bot.learning.week import Count, count
from bot.schedule import Context
from bot.store.models import Manager, Purpose
from bot.texts import Texts

RULE = "question_week"
NOT_AFTER = time(20)
NAMED = 3
_WEEK = timedelta(days=7)
_LINES = (
    ("answered", ("answered",)),
    ("chosen", ("chosen",)),
    ("unknown", ("unknown", "refused")),
    ("handed_over", ("handed_over",)),
)


def plan(desk: Desk, topics: Callable[[str], Mapping[str, str]], context: Context) -> str:
    """Send last week's picture to whom anything was asked; `topics` gives a pack's topics by item."""
    db, now = context.db, context.now
    day = desk.day(context.due_at)
    until = desk.at(day, NOT_AFTER)
    if now > until:
        return "skipped: too late in the day"
    query = select(Manager).where(Manager.active, Manager.wecom_userid.is_not(None)).order_by(Manager.id)
    sent = 0
    for manager in db.scalars(query).all():
        texts, pack = desk.texts_for(db, manager.branch_id), desk.pack_of(db, manager.branch_id)
        words = Picture(db, texts, desk.settings.zone, topics(pack)).text(manager, day)
        if words:
            _send(db, manager, words, str(day), now, until)
            sent += 1
    return f"{sent} pictures"


class Picture:
    """Writes the picture of the seven days before a day, beside the seven before them."""

    def __init__(self, db: Session, texts: Texts, zone: ZoneInfo, topics: Mapping[str, str]) -> None:
        self._db = db
        self._texts = texts
        self._zone = zone
        self._topics = topics

    def text(self, viewer: Manager, until: date) -> str:
        """Return the picture, nothing when nobody asked anything in these weeks."""
        this, before = (self._count(viewer, until - span) for span in (timedelta(), _WEEK))
        if not this.asked and not before.asked:
            return ""
        days = {"first": spoken_day(until - _WEEK), "last": spoken_day(until - timedelta(days=1))}
        asked = {"count": this.asked, "before": before.asked}
        lines = [self._say("head", manager=viewer.name, **days), self._say("asked", **asked)]
        for name, outcomes in _LINES:
            now, then = (sum(each.outcomes[outcome] for outcome in outcomes) for each in (this, before))
            if now or then:
                lines.append(self._say(name, count=now, before=then))
        lines += self._rest(this)
        return "\n".join(lines)

    def _rest(self, this: Count) -> list[str]:
        good, bad = this.outcomes["useful"], this.outcomes["useless"]
        return [
            *([self._say("useful", good=good, bad=bad)] if good or bad else []),
            *([self._say("topics", topics=self._named(this.topics))] if this.topics else []),
            *([self._say("missed", topics=self._named(this.missed))] if this.missed else []),
            *([self._say("learnt", count=this.learnt)] if this.learnt else []),
        ]

    def _named(self, counted: Counter[str]) -> str:
        most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:NAMED]
        return "、".join(self._say("topic", topic=topic, count=number) for topic, number in most)

    def _count(self, viewer: Manager, until: date) -> Count:
        return count(self._db, viewer, self._topics, self._midnight(until - _WEEK), self._midnight(until))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    def _say(self, key: str, **values: object) -> str:
        return self._texts.say(f"week.{key}", **values)


def _send(db: Session, manager: Manager, words: str, occasion: str, now: datetime, until: datetime) -> None:
    outbox.enqueue(
        db,
        to=manager,
        purpose=Purpose.STAFF,
        rule=RULE,
        occasion=occasion,
        part=Text(words),
        now=now,
        expires_at=until,
        urgent=False,
    )
