"""A person's conversation: the form he is in, the options he was offered, what was answered last.

It lives in Redis and moves in step with the database: a changed session is written as *next*, tagged with the
message that changed it, before the turn commits, and becomes *current* after. Whoever finds a *next* asks the
database whether that message is done, so a process killed in between neither loses nor repeats a step.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

import redis

from bot.delivery.spool import Spool
from bot.messages import Incoming, Option
from bot.store import redis_keys
from bot.store.redis_pipeline import Command, ask

OFFER_MINUTES = 10
TOPIC = timedelta(minutes=10)
"""So long after an answer "那多少钱" and "还有呢" are about it."""

ASKED = 60
"""Characters of the last question that are kept for what follows it."""

GO_ON_WITHIN = timedelta(days=1)
"""How long what was filled into a form that was left or ran out of time is kept."""

_WORDS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

KEEP_SECONDS = 7 * 24 * 3600
"""How long Redis keeps a silent conversation; forms end much earlier by their own limit."""


@dataclass(slots=True)
class FormState:
    """Where a person is in a form: `values` so far, `trail` the steps answered, in order."""

    name: str
    step: str
    values: dict[str, Any]
    trail: list[str]
    expires_at: datetime


@dataclass(slots=True)
class Session:
    """The conversation's state; JSON in Redis."""

    form: FormState | None = None
    expired_form: str = ""  # set on load when a form ran out of time and nobody told yet
    left: FormState | None = None  # the form left last, unfinished: its values can be gone on with for a day
    offered: list[tuple[str, str]] = field(default_factory=list)
    offered_until: datetime | None = None
    shown: list[tuple[str, str]] = field(default_factory=list)  # picked from already; another may still be picked
    last: str = ""
    last_at: datetime | None = None
    asked: str = ""  # the words of the last question
    asked_at: datetime | None = None
    notes: dict[str, str] = field(default_factory=dict)  # small facts a handler keeps for the next message

    def offer(self, options: Sequence[Option], now: datetime, *, beside: bool = False) -> None:
        """Remember what can be picked by number, label or tap; what was offered before stays in sight `beside` it."""
        before = self.offered or self.shown
        self.shown = before if beside else []
        self.offered = [(option.id, option.label) for option in options]
        self.offered_until = now + timedelta(minutes=OFFER_MINUTES)

    def withdraw(self, *, keep: bool = False) -> None:
        """Offer nothing any more; with `keep` what was offered can still be picked by its place."""
        self.shown = (self.shown or self.offered) if keep else []
        self.offered = []
        self.offered_until = self.offered_until if self.shown else None

    def about(self, item: str, now: datetime) -> None:
        """Remember what was answered last: an item's id, or a table."""
        self.last, self.last_at = item, now

    def question(self, words: str, now: datetime) -> None:
        """Remember what was asked last."""
        self.asked, self.asked_at = words[:ASKED], now

    def topic(self, now: datetime) -> tuple[str, str]:
        """Return what was answered and what was asked last, as long as they are the topic still."""
        last = self.last if self.last_at and timedelta() <= now - self.last_at <= TOPIC else ""
        return last, self.asked if self.asked_at and timedelta() <= now - self.asked_at <= TOPIC else ""

    def dump(self) -> str:
        """Return the session as JSON; the empty session is the empty string."""
        data: dict[str, Any] = {}
        if self.form:
            data["form"] = _form_json(self.form)
        if self.left:
            data["left"] = _form_json(self.left)
        for name, options in (("offer", self.offered), ("shown", self.shown)):
            if options and self.offered_until:
                data[name] = [options, self.offered_until.timestamp()]
        if self.last and self.last_at:
            data["last"] = [self.last, self.last_at.timestamp()]
        if self.asked and self.asked_at:
            data["asked"] = [self.asked, self.asked_at.timestamp()]
        if self.notes:
            data["notes"] = self.notes
        return _WORDS.encode(data) if data else ""

    @classmethod
    def parse(cls, text: str | bytes | None, now: datetime) -> Session:
        """Return the session in `text`, without what has run out of time by `now`."""
        session = cls()
        if not text:
            return session
        data = json.loads(text)
        if "left" in data:
            session.left = _form(data["left"], now, GO_ON_WITHIN)
        if "form" in data:
            session.form = _form(data["form"], now)
            if session.form is None:
                session.expired_form = data["form"][0]
                session.left = _form(data["form"], now, GO_ON_WITHIN)
        for name, options in (("offer", session.offered), ("shown", session.shown)):
            if name in data and data[name][1] > now.timestamp():
                options += [(key, label) for key, label in data[name][0]]
                session.offered_until = _moment(data[name][1], now)
        if "last" in data:
            session.last, session.last_at = data["last"][0], _moment(data["last"][1], now)
        if "asked" in data:
            session.asked, session.asked_at = data["asked"][0], _moment(data["asked"][1], now)
        session.notes = data.get("notes", {})
        return session


def _form_json(form: FormState) -> list[Any]:
    return [form.name, form.step, form.values, form.trail, form.expires_at.timestamp()]


def _form(stored: Sequence[Any], now: datetime, grace: timedelta = timedelta()) -> FormState | None:
    """Return a stored form unless its time (and `grace`) is over."""
    name, step, values, trail, expires = stored
    if expires + grace.total_seconds() <= now.timestamp():
        return None
    return FormState(name, step, values, trail, _moment(expires, now))


def _moment(stamp: float, now: datetime) -> datetime:
    return datetime.fromtimestamp(stamp, now.tzinfo)


class Ended(NamedTuple):
    """A turn that was committed: its reply as JSON, and its conversation before and after it.

    `number` is the commit's: of two turns of one person the later has the higher.
    """

    incoming: Incoming
    reply: list[dict[str, Any]]
    number: int = 0
    before: str = ""
    after: str = ""
    staged: bool = False
    late: bool = False


ORDER_SECONDS = 60
"""So long the number of the turn that wrote a conversation last is known. Two turns meet within a second or two; not
longer, so that a database put back from a copy, whose numbers begin lower, holds up nobody's conversation."""

_MOVE_ON = """
if tonumber(redis.call('GET', KEYS[2]) or '0') <= tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
    redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[4])
end
if string.sub(redis.call('GET', KEYS[3]) or '', 1, #ARGV[5]) == ARGV[5] then redis.call('DEL', KEYS[3]) end
"""
"""Make what a turn came to the conversation, unless a later turn, in another process, was quicker to say so.

What is staged is put away only if it is this turn's.
"""


_LET_ON = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
"""Take the mark of a kept message away (`bot.delivery.spool`), unless a newer one was kept meanwhile."""


class Sessions:
    """Read and write sessions; one a process."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def load(self, incoming: Incoming, now: datetime, is_done: Callable[[str], bool]) -> tuple[Session, str]:
        """Return the person's session and its stored text.

        `is_done(key)` tells whether the message that wrote a pending *next* is committed.
        """
        name = redis_keys.session(incoming.channel, incoming.account, incoming.person)
        current, pending = cast(list[bytes | None], ask(self._redis, ("MGET", name, redis_keys.staged(name)))[0])
        text = (current or b"").decode()
        if pending is not None:
            by, _, staged = pending.decode().partition("\n")
            if is_done(by):
                text = staged
                self._redis.set(name, text, ex=KEEP_SECONDS)
            self._redis.delete(redis_keys.staged(name))
        return Session.parse(text, now), text

    def stage(self, incoming: Incoming, text: str) -> None:
        """Write what the session becomes if this message commits."""
        name = redis_keys.session(incoming.channel, incoming.account, incoming.person)
        ask(self._redis, ("SET", redis_keys.staged(name), f"{incoming.key}\n{text}", "EX", KEEP_SECONDS))

    def drop(self, incoming: Incoming) -> None:
        """Forget what was staged: the turn did not commit."""
        self._redis.delete(redis_keys.staged(redis_keys.session(incoming.channel, incoming.account, incoming.person)))

    def finish(self, *turns: Ended) -> None:
        """After the commit: make the sessions current and store the replies for retries, in one round trip.

        Should Redis stop in between, a *next* that is left is settled by the next turn, and a reply that is missing is
        read from the database.
        """
        ask(self._redis, *(command for turn in turns for command in _moving_on(turn)))

    def forget(self, incoming: Incoming) -> None:
        """Delete a person's conversation and what is kept to be worked on (unsubscribe)."""
        name = redis_keys.session(incoming.channel, incoming.account, incoming.person)
        self._redis.delete(
            name,
            redis_keys.staged(name),
            redis_keys.order(name),
            redis_keys.kept(incoming.channel, incoming.account, incoming.person),
        )
        Spool(self._redis).forget(incoming.channel, incoming.account, incoming.person)


def _moving_on(turn: Ended) -> Iterator[Command]:
    words = _WORDS.encode({"reply": turn.reply})
    yield ("SET", redis_keys.message(turn.incoming), words, "EX", redis_keys.REPLY_SECONDS)
    if turn.late:
        yield (
            "EVAL",
            _LET_ON,
            1,
            redis_keys.kept(turn.incoming.channel, turn.incoming.account, turn.incoming.person),
            turn.incoming.key,
        )
    if turn.staged or turn.after != turn.before:
        name = redis_keys.session(turn.incoming.channel, turn.incoming.account, turn.incoming.person)
        mark, seconds = f"{turn.incoming.key}\n", (KEEP_SECONDS, ORDER_SECONDS)
        yield (
            "EVAL",
            _MOVE_ON,
            3,
            name,
            redis_keys.order(name),
            redis_keys.staged(name),
            turn.number,
            turn.after,
            *seconds,
            mark,
        )
