"""A manager's own words to a customer: their author is told the truth about them, and they wait for the customer.

Words that the platform does not take (the customer-service window is shut) are not put into a template's fields, which
would cut them. They wait; a template, else a call by the manager, tells the customer that they do; and they go out as
they were written when he writes (`bot.delivery.sweep`); replies of the assistant and apologies, which have no author,
wait in the same way. Where the platform gave no answer they are not sent again
blindly: the author is asked to call, and a customer who was told by template that words wait gets them when he writes.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.config import Settings
from bot.delivery import outbox, policy, route_selection, transitions, window
from bot.delivery.policy import Reason
from bot.delivery.route_selection import ANSWER_WAITS
from bot.messages import Text, part_from_json
from bot.store.models import (
    UNANSWERED_STATES,
    Complaint,
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
    DELIVERED = "delivered"  # they waited and are out
    REFUSED = "refused"


_EXPECTED = {News.HELD: {Outlook.CALLED, Outlook.BY_HAND, Outlook.LATER}, News.QUIET: {Outlook.QUIET}}
"""News that are none to who was told so when he wrote."""


def outlook(db: Session, outbox_id: int, now: datetime, settings: Settings) -> tuple[Outlook, datetime]:
    """Return what to expect of words just put into the outbox, and when; it is kept as what their author was told."""
    row = db.get_one(Outbox, outbox_id)
    contact = route_selection.reach(db, row, now)
    found, at = _outlook(row, contact, policy.decide(policy.facts_of(db, row, contact, now, settings)), now)
    if "author" in row.fallback:
        row.fallback = {**row.fallback, "author": {**row.fallback["author"], "told": found}}
    return found, at


def _outlook(
    row: Outbox, contact: Contact | None, decision: policy.Decision, now: datetime
) -> tuple[Outlook, datetime]:
    if isinstance(decision, policy.Suppress) or contact is None:
        return Outlook.REFUSED, now
    at = decision.until if isinstance(decision, policy.Wait) else now
    if window.is_open(contact.window_until, contact.window_left, at):
        return (Outlook.QUIET if at > now else Outlook.SOON), at
    call = row.fallback.get("call", {})
    return (Outlook.CALLED if "template" in call else Outlook.BY_HAND if "task" in call else Outlook.LATER), at


def hold(db: Session, row: Outbox, contact: Contact, now: datetime) -> bool:
    """Let words wait for the customer to write, and call him; return whether he was called and did not come."""
    call_at = row.created_at + CALL_BY_HAND_AFTER
    row.due_at = call_at if now < call_at else row.created_at + route_selection.KEPT
    transitions.move(db, row, OutboxState.WAITING, now, reason=Reason.WINDOW_SHUT, waits_on=True)
    if now < call_at:
        _call(db, row, contact, now)
        tell(db, row, News.HELD, now)
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
    for task in db.scalars(_calls(row).where(Task.state == TaskState.OPEN)):
        tasks.drop(db, task, now=now, trace=row.trace)
    tell(db, row, News.DELIVERED, now)


def waited(db: Session, row: Outbox) -> bool:
    """Return whether words had to wait for the customer."""
    if not _was_looked_at(row):
        return False
    return any(transitions.count(db, row, reason=reason) for reason in (Reason.WINDOW_SHUT, Reason.UNCONFIRMED))


def over(db: Session, row: Outbox) -> Reason | None:
    """Return why words need not go out any more: the customer was called meanwhile, or what they are about is done."""
    if (number := row.fallback.get("task_open")) is not None:
        task = db.get(Task, number)
        if task is None or task.state is not TaskState.OPEN:
            return Reason.SETTLED
    if late := row.fallback.get("unanswered"):
        complaint = db.get(Complaint, late["complaint"])
        if complaint is None or not _still_late(complaint, datetime.fromisoformat(late["due"])):
            return Reason.SETTLED
    if not _was_looked_at(row):
        return None
    called = db.scalar(_calls(row).where(Task.state == TaskState.DONE).limit(1)) is not None
    return Reason.TOLD_BY_HAND if called else None


def _still_late(complaint: Complaint, due_at: datetime) -> bool:
    return complaint.state in UNANSWERED_STATES and complaint.due_at == due_at


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
