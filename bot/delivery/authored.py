"""A manager's own words to a customer: their author is told the truth about them, and they wait for the customer.

Words that the platform does not take (the customer-service window is shut) are not put into a template's fields, which
would cut them. They wait; a template, else a call by the manager, tells the customer that they do; and they go out as
they were written when he writes (`bot.delivery.sweep`). Replies of the assistant and apologies, which have no author,
wait in the same way. Where the platform gave no answer they are not sent again blindly: the author is asked to call,
and a customer who was told by template that words wait gets them when he writes.

Words that had to wait are looked at once more when they are to leave (`over`): what the customer has read meanwhile,
or has settled or asked anew himself, is not sent any more, and its author is told that and why.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.customers import reachable
from bot.delivery import outbox, policy, route_selection, transitions, window
from bot.delivery.policy import Reason
from bot.delivery.route_selection import ANSWER_WAITS
from bot.messages import Text, part_from_json
from bot.store.models import (
    UNANSWERED_STATES,
    Complaint,
    ComplaintEvent,
    Contact,
    Manager,
    Outbox,
    OutboxState,
    Purpose,
    Task,
    TaskState,
)
from bot.tickets import tasks

CALL_BY_HAND_AFTER = timedelta(days=3)
"""So long a customer who was told that words wait has to come; then his manager is asked to call him."""

AT_ONCE = timedelta(minutes=1)
"""What leaves within it left as its author was told."""

LATE_AFTER = timedelta(minutes=10)
"""Words that go out later say when they were written: "明早" is another morning by then."""


class Outlook(enum.StrEnum):
    """What is to be expected of words at the moment they are written."""

    SOON = "soon"
    QUIET = "quiet"  # when the customer's quiet hours end
    CALLED = "called"  # the window is shut: a template calls the customer, the words go when he writes
    BY_HAND = "by_hand"  # the window is shut and there is no template: the manager calls, the words go when he writes
    LATER = "later"  # the window is shut and nobody calls: they go when he writes
    REFUSED = "refused"


class News(enum.StrEnum):
    """What an author is told of his words after that."""

    UNCONFIRMED = "unconfirmed"  # the platform gave no answer
    RETRYING = "retrying"  # tried again every few minutes
    TOMORROW = "tomorrow"  # tried again when the platform's day begins
    QUIET = "quiet"
    HELD = "held"  # the window was shut after all
    USED_UP = "used_up"  # … its messages were
    DELIVERED = "delivered"  # they waited and are out
    REFUSED = "refused"
    READ = "read"  # they waited and are not sent any more: see `Reason`
    CLOSED = "closed"
    REOPENED = "reopened"
    ASKED_ANEW = "asked_anew"


_FOR_HIM = {Outlook.CALLED, Outlook.BY_HAND, Outlook.LATER}
_EXPECTED = {News.HELD: _FOR_HIM, News.USED_UP: _FOR_HIM, News.QUIET: {Outlook.QUIET, *_FOR_HIM}}
"""News that are none to who was told so when he wrote."""

_OVER = {
    Reason.READ: News.READ,
    Reason.CLOSED: News.CLOSED,
    Reason.REOPENED: News.REOPENED,
    Reason.ASKED_ANEW: News.ASKED_ANEW,
}
_TALK = "talk_to_manager"
"""`Task.rule` of a customer's wish to be called: one is as good as another, whatever its words."""

_UNSENT = (OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)
_SETTLED = {"solved": Reason.CLOSED, "withdrawn": Reason.CLOSED, "not_solved": Reason.REOPENED}
"""The customer's own steps in a complaint's story after which he needs no words about what was before. What ends it
without him (by rule, at the branch) leaves them news to him."""


class Forecast(NamedTuple):
    """What is to be expected of words and when; `used_up`: it is their number that keeps the window shut."""

    outlook: Outlook
    at: datetime
    used_up: bool = False


def outlook(db: Session, outbox_id: int, now: datetime, settings: Settings) -> Forecast:
    """Return what to expect of words just put into the outbox; it is kept as what their author was told."""
    row = db.get_one(Outbox, outbox_id)
    contact = route_selection.reach(db, row, now)
    found = _outlook(row, contact, policy.decide(policy.facts_of(db, row, contact, now, settings)), now)
    if "author" in row.fallback:
        row.fallback = {**row.fallback, "author": {**row.fallback["author"], "told": found.outlook}}
    return found


def _outlook(row: Outbox, contact: Contact | None, decision: policy.Decision, now: datetime) -> Forecast:
    if isinstance(decision, policy.Suppress) or contact is None:
        return Forecast(Outlook.REFUSED, now)
    at = decision.until if isinstance(decision, policy.Wait) else now
    if window.is_open(contact.window_until, contact.window_left, at):
        return Forecast(Outlook.QUIET if at > now else Outlook.SOON, at)
    call = row.fallback.get("call", {})
    found = Outlook.CALLED if "template" in call else Outlook.BY_HAND if "task" in call else Outlook.LATER
    return Forecast(found, at, window.is_used_up(contact.window_until, contact.window_left, at))


def waits_for_him(row: Outbox, contact: Contact, now: datetime) -> bool:
    """Tell whether words wait for the customer to write at whatever hour: nothing but what calls him keeps quiet hours.

    Not once he is to be called by hand, which is for the day.
    """
    can_wait = "call" in row.fallback and reachable(contact)
    shut = not window.is_open(contact.window_until, contact.window_left, now)
    return can_wait and shut and now < row.created_at + CALL_BY_HAND_AFTER


def hold(db: Session, row: Outbox, contact: Contact, now: datetime) -> bool:
    """Let words wait for the customer to write, and call him; return whether he was called and did not come."""
    call_at = row.created_at + CALL_BY_HAND_AFTER
    row.due_at = call_at if now < call_at else row.created_at + route_selection.KEPT
    transitions.move(db, row, OutboxState.WAITING, now, reason=Reason.WINDOW_SHUT, waits_on=True)
    if now < call_at:
        _call(db, row, contact, now)
        used_up = window.is_used_up(contact.window_until, contact.window_left, now)
        tell(db, row, News.USED_UP if used_up else News.HELD, now)
    return now >= call_at


def unconfirmed(db: Session, row: Outbox, now: datetime, *, via: str, reason: str) -> None:
    """Record that the platform gave no answer.

    Of a manager's words he is told, and the customer is told once that they may wait for him.
    """
    contact, call = row.contact, row.fallback.get("call", {})
    again = contact is not None and "template" in call and not transitions.count(db, row, reason=Reason.UNCONFIRMED)
    transitions.move(db, row, OutboxState.UNKNOWN, now, via=via, reason=Reason.UNCONFIRMED if again else reason)
    tell(db, row, News.UNCONFIRMED, now)
    if contact is not None and again:
        _call(db, row, contact, now)


def arrived(db: Session, outbox_id: int, now: datetime) -> None:
    """Tell the author that words which waited are out, and drop the task to call for them."""
    row = db.get_one(Outbox, outbox_id)
    _drop_calls(db, row, now)
    tell(db, row, News.DELIVERED, now)


def read(db: Session, outbox_id: int, now: datetime) -> None:
    """Record that the customer has just read words elsewhere that have not left, or are not known to have."""
    query = select(Outbox).where(Outbox.id == outbox_id, Outbox.state.in_(_UNSENT))
    row = db.scalars(query.with_for_update(skip_locked=True)).first()
    if row is not None and row.state is not OutboxState.SENDING:
        drop(db, row, Reason.READ, now)


def drop(db: Session, row: Outbox, reason: Reason, now: datetime) -> None:
    """Record why words are not sent any more, drop the task to call for them, and tell their author why."""
    transitions.move(db, row, OutboxState.SKIPPED, now, reason=reason)
    _drop_calls(db, row, now)
    if reason in _OVER:
        tell(db, row, _OVER[reason], now)


def _drop_calls(db: Session, row: Outbox, now: datetime) -> None:
    for task in db.scalars(_calls(row).where(Task.state == TaskState.OPEN)):
        tasks.drop(db, task, now=now, trace=row.trace)


def waited(db: Session, row: Outbox) -> bool:
    """Return whether words had to wait for the customer."""
    if not _was_looked_at(row):
        return False
    return any(transitions.count(db, row, reason=reason) for reason in (Reason.WINDOW_SHUT, Reason.UNCONFIRMED))


def over(db: Session, row: Outbox) -> Reason | None:
    """Return why words need not go out any more: the customer was called meanwhile, or what they are about is done.

    What calls a customer to read words is over with them.
    """
    if row.rule == ANSWER_WAITS:
        words = db.get(Outbox, int(row.occasion))
        return Reason.SETTLED if words is None or words.state not in _UNSENT or over(db, words) else None
    if (number := row.fallback.get("task_open")) is not None:
        task = db.get(Task, number)
        if task is None or task.state is not TaskState.OPEN:
            return Reason.SETTLED
    if late := row.fallback.get("unanswered"):
        complaint = db.get(Complaint, late["complaint"])
        if complaint is None or not _still_late(complaint, datetime.fromisoformat(late["due"])):
            return Reason.SETTLED
    if (step := row.fallback.get("step")) is not None and (settled := _settled_since(db, step)):
        return settled
    if (number := row.fallback.get("task_done")) is not None and _asked_anew(db, number):
        return Reason.ASKED_ANEW
    if not _was_looked_at(row):
        return None
    called = db.scalar(_calls(row).where(Task.state == TaskState.DONE).limit(1)) is not None
    return Reason.TOLD_BY_HAND if called else None


def _still_late(complaint: Complaint, due_at: datetime) -> bool:
    return complaint.state in UNANSWERED_STATES and complaint.due_at == due_at


def _settled_since(db: Session, step: int) -> Reason | None:
    """Return what the customer last did with a complaint after a step in its story, None when he did neither."""
    told = db.get(ComplaintEvent, step)
    if told is None:
        return None
    since = select(ComplaintEvent.kind).where(
        ComplaintEvent.complaint_id == told.complaint_id, ComplaintEvent.id > step, ComplaintEvent.kind.in_(_SETTLED)
    )
    kind = db.scalar(since.order_by(ComplaintEvent.id.desc()).limit(1))
    return _SETTLED[kind] if kind is not None else None


def _asked_anew(db: Session, number: int) -> bool:
    """Tell whether the customer has asked for the same again since a task was made: a talk, or the same question."""
    done = db.get(Task, number)
    if done is None:
        return False
    newer = select(Task.id).where(Task.contact_id == done.contact_id, Task.rule == done.rule, Task.id > done.id)
    if done.rule != _TALK:
        newer = newer.where(Task.text == done.text)
    return db.scalar(newer.limit(1)) is not None


def _was_looked_at(row: Outbox) -> bool:
    """Tell whether words that may wait were to leave before; most leave at once and need no further look."""
    return "call" in row.fallback and bool(row.reason)


def tell(db: Session, row: Outbox, news: News, now: datetime) -> None:
    """Tell the author of a message what became of it, each news once, unless he was told so when he wrote."""
    author = row.fallback.get("author")
    if author is None or author["told"] in _EXPECTED.get(news, set()):
        return
    words, manager = author["says"].get(news), db.get(Manager, author["manager"])
    if words and manager is not None and manager.active:
        outbox.enqueue(
            db,
            to=manager,
            purpose=Purpose.STAFF,
            rule="words_news",
            occasion=f"{row.id}:{news}",
            part=Text(words),
            now=now,
            trace=row.trace,
        )


def tell_of_delay(db: Session, row: Outbox, due: datetime, now: datetime, *, tomorrow: bool) -> None:
    """Tell the author that the platform does not take his words now, when that lasts."""
    if due - row.created_at > AT_ONCE:
        tell(db, row, News.TOMORROW if tomorrow else News.RETRYING, now)


def _calls(row: Outbox) -> Select[Task]:
    return select(Task).where(Task.rule == row.rule, Task.occasion == outbox.task_occasion(row))


def _call(db: Session, row: Outbox, contact: Contact, now: datetime) -> None:
    call = row.fallback.get("call", {})
    fallback: outbox.Fallback = {}
    if "template" in call:
        fallback["template"] = call["template"]
    if "task" in call:
        fallback["task"] = call["task"] | {"rule": row.rule, "occasion": outbox.task_occasion(row)}
    if not fallback:
        return
    if author := row.fallback.get("author"):
        fallback["author"] = {"manager": author["manager"], "told": "", "says": {}}  # the task becomes his
    outbox.enqueue(
        db,
        to=contact,
        purpose=Purpose.SERVICE,
        rule=ANSWER_WAITS,
        occasion=str(row.id),
        part=Text("\n".join(call["template"]["fields"].values())) if "template" in call else part_from_json(row.part),
        now=now,
        fallback=fallback,
        trace=row.trace,
    )
