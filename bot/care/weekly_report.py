"""The weekly picture of questions: to supervisors for their branch, to each manager for his own customers.

It is of the week before, Monday to Sunday, and comes on the first workday of a branch's week.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.planning_context import Desk, spoken_day, tell_until
from bot.care.rest_days import begins_week
from bot.knowledge.texts import Texts
from bot.learning import open_questions
from bot.learning.weekly_stats import Count, tally
from bot.schedule import Context
from bot.store.models import Manager, OpenQuestion, Outcome, Role

RULE = "question_week"
NOT_AFTER = time(20)
NAMED = 3
LISTED = 5
_WEEK = timedelta(days=7)
_LINES = (
    ("answered", (Outcome.ANSWERED,)),
    ("chosen", (Outcome.CHOSEN,)),
    ("unknown", (Outcome.UNKNOWN, Outcome.REFUSED)),
    ("handed_over", (Outcome.HANDED_OVER,)),
)


def plan(desk: Desk, topics: Callable[[str], Mapping[str, str]], context: Context) -> str:
    """Send last week's picture to whom anything was asked; `topics` gives a pack's topics by item."""
    db, now = context.db, context.now
    day = desk.day(context.due_at)
    until = desk.at(day, NOT_AFTER)
    if now > until:
        return "skipped: too late in the day"
    monday, calendars = day - timedelta(days=day.weekday()), desk.calendars_of(db)
    here = [branch_id for branch_id, calendar in calendars.items() if begins_week(calendar, day)]
    reached = (Manager.active, Manager.wecom_userid.is_not(None), Manager.branch_id.in_(here))
    sent, pictures = 0, dict[str, Picture]()
    for manager in db.scalars(select(Manager).where(*reached).order_by(Manager.id)).all():
        pack = desk.pack_of(db, manager.branch_id)
        if pack not in pictures:
            pictures[pack] = Picture(db, topics(pack), monday, day, desk.settings.zone)
        if pictures[pack].tells(manager):
            words = pictures[pack].text(manager, desk.texts_for(db, manager.branch_id))
            tell_until(db, manager, words, rule=RULE, occasion=str(monday), now=now, until=until)
            sent += 1
    return f"{sent} pictures"


class Picture:
    """Writes the picture of the seven days before `until`, beside the seven before them, as it is on `today`."""

    def __init__(self, db: Session, topics: Mapping[str, str], until: date, today: date, zone: ZoneInfo) -> None:
        ends = [datetime.combine(until - weeks * _WEEK, time(), zone) for weeks in range(3)]
        self._db = db
        self._until, self._day = until, today
        self._this, self._before = (tally(db, topics, since, to) for to, since in pairwise(ends))

    def tells(self, viewer: Manager) -> bool:
        """Return whether this week holds anything: a question, a new answer, or for a supervisor one that waits."""
        this = self._this.of(viewer)
        return bool(this.asked or this.learnt or self._given_up(viewer))

    def text(self, viewer: Manager, texts: Texts) -> str:
        """Return the picture, nothing when nobody asked anything in these weeks."""
        this, before, said = self._this.of(viewer), self._before.of(viewer), _Week(texts)
        left = self._given_up(viewer)
        if not this.asked and not before.asked and not left:
            return ""
        days = {"first": spoken_day(self._until - _WEEK), "last": spoken_day(self._until - timedelta(days=1))}
        lines = [said("head", manager=viewer.name, **days), said("asked", count=this.asked, before=before.asked)]
        for name, outcomes in _LINES:
            now, then = (sum(each.outcomes[outcome] for outcome in outcomes) for each in (this, before))
            if now or then:
                lines.append(said(name, count=now, before=then))
        return "\n".join([*lines, *_rest(this, said), *_left(left, said)])

    def _given_up(self, viewer: Manager) -> Sequence[OpenQuestion]:
        """Return what nobody answered however often he was asked, for the supervisor of the branch."""
        if viewer.role is not Role.SUPERVISOR:
            return ()
        query = select(OpenQuestion).where(
            OpenQuestion.branch_id == viewer.branch_id, open_questions.given_up(self._day)
        )
        return self._db.scalars(query.order_by(OpenQuestion.id)).all()


class _Week:
    """Says the sentences of the picture."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __call__(self, key: str, **values: object) -> str:
        return self._texts.say(f"week.{key}", **values)


def _rest(this: Count, said: _Week) -> list[str]:
    good, bad = this.outcomes[Outcome.USEFUL], this.outcomes[Outcome.USELESS]
    return [
        *([said("useful", good=good, bad=bad)] if good or bad else []),
        *([said("topics", topics=_named(this.topics, said))] if this.topics else []),
        *([said("missed", topics=_named(this.missed, said))] if this.missed else []),
        *([said("learnt", count=this.learnt)] if this.learnt else []),
    ]


def _left(left: Sequence[OpenQuestion], said: _Week) -> list[str]:
    if not left:
        return []
    lines = [said("left.line", id=one.id, question=one.title) for one in left[:LISTED]]
    return [said("left", count=len(left)), *lines, said("left.tail", id=left[0].id)]


def _named(counted: Counter[str], said: _Week) -> str:
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:NAMED]
    return "、".join(said("topic", topic=topic, count=number) for topic, number in most)
