"""Put a message into the outbox: once per (recipient, rule, occasion), with its job in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict

from psycopg import Connection
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from bot import moments
from bot.customers import Staff
from bot.delivery import jobs
from bot.messages import Part, part_to_json
from bot.moments import Said
from bot.store.models import Contact, Customer, Manager, Outbox, OutboxState, Purpose
from bot.store.session import driver

CARD_UPDATE = "card_update"
"""`Outbox.part["type"]` of a change to a card that was sent before (WeCom update_template_card)."""

_CARD_LIFE = timedelta(hours=72)  # official page "更新模版卡片消息": response_code is good once, for 72 h


To = Contact | Customer | Manager | Staff
"""Who can be sent something."""


class TemplateWords(TypedDict, total=False):
    """A template message: its id, its typed fields (`thing1` → value) and where a tap leads."""

    id: str
    fields: dict[str, str]
    url: str


class NoticeWords(TypedDict, total=False):
    """A 订阅通知: its id, its fields and the page a tap opens."""

    id: str
    fields: dict[str, str]
    page: str


class TaskWords(TypedDict, total=False):
    """What the manager is asked to do by hand when no step of the ladder carries the message.

    `rule` and `occasion` name the task where another message may ask for the same one; `complaint` is the id of the
    complaint it is about: when that is to be kept from the customer's own manager, its handler does it.
    """

    title: str
    text: str
    rule: str
    occasion: str
    complaint: int


class Call(TypedDict, total=False):
    """What tells the customer that words wait for him: by template, else by a task for the manager."""

    template: TemplateWords
    task: TaskWords


class Author(TypedDict):
    """The manager whose own words a message holds.

    `told` is what he was told when he wrote (`bot.delivery.authored.Outlook`), `says` what he is told of its outcome:
    a sentence by `bot.delivery.authored.News`.
    """

    manager: int
    told: str
    says: dict[str, str]


class Passed(TypedDict):
    """What a message says once a moment (ISO 8601) is over."""

    at: str
    part: dict[str, Any]


class Unanswered(TypedDict):
    """A complaint by id and the due time (ISO 8601) that passed without an answer."""

    complaint: int
    due: str


class Fallback(TypedDict, total=False):
    """What to use instead of the message itself on the lower steps of the ladder, or when it goes out late.

    With `call` the message waits for the customer to open his window instead of being put into a template's fields;
    `late` is the part that says when it was written, `passed` the one that does not name a time which is over;
    `task_open` is the id of the task that it is news of as long as that is open, `task_done` of the one it says is
    done as long as that is not asked for anew, `unanswered` the complaint of which it is news until somebody answers or
    another time is set, `step` the step in a complaint's story (`ComplaintEvent`) that it tells of until the customer
    himself ends or reopens the complaint; `said` are the moments it names (`bot.moments.to_json`).
    """

    template: TemplateWords
    notice: NoticeWords
    task: TaskWords
    call: Call
    author: Author
    late: dict[str, Any]
    passed: Passed
    task_open: int
    task_done: int
    unanswered: Unanswered
    step: int
    said: list[list[str]]


def enqueue(
    db: Session | Connection[Any],
    *,
    to: To,
    purpose: Purpose,
    rule: str,
    occasion: str,
    part: Part,
    now: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    fallback: Fallback | None = None,
    said: Sequence[Said] = (),
    trace: str = "",
    urgent: bool | None = None,
) -> int | None:
    """Put one message into the outbox and return its row's id, None when this occasion is already there.

    Given the driver's connection, what a session changed has been flushed by the caller.

    Due now (no `due_at`, or it has passed) the row is queued and its job deferred in this very transaction; otherwise
    it waits for the sweep. `urgent` messages ignore quiet hours: replies and messages to the staff unless told not to.
    `said` are moments its words may name, so that they are right on the day it goes out.
    """
    if urgent is None:
        urgent = purpose in {Purpose.REPLY, Purpose.STAFF}
    return _put(
        _written(db),
        ids_of(to)
        | {
            "purpose": purpose,
            "rule": rule,
            "occasion": occasion,
            "part": part_to_json(part),
            "fallback": _with_said(part, fallback or {}, said),
            "due_at": due_at or now,
            "expires_at": expires_at,
            "urgent": urgent,
            "trace": trace,
        },
        now,
    )


def supersede(db: Session, *, to: Contact, rule: str, about: str, now: datetime) -> None:
    """Drop what has not left of a rule about something (how its occasions begin): newer words make it old news."""
    db.flush()
    driver(db).execute(_SUPERSEDE, {"recipient": recipient_of(to), "rule": rule, "about": about, "now": now})


def enqueue_card_update(
    db: Session, *, to: Manager, response_code: str, text: str, occasion: str, now: datetime, trace: str = ""
) -> int | None:
    """Replace the buttons of a manager's card by `text`, e.g. 王芳已接单 10:02.

    `response_code` comes with the tap (`template_card_event`) or from the send; `occasion` names the card and change.
    """
    return _put(
        _written(db),
        ids_of(to)
        | {
            "purpose": Purpose.STAFF,
            "rule": CARD_UPDATE,
            "occasion": occasion,
            "part": {"type": CARD_UPDATE, "response_code": response_code, "text": text},
            "fallback": {},
            "due_at": now,
            "expires_at": now + _CARD_LIFE,
            "urgent": True,
            "trace": trace,
        },
        now,
    )


_INSERT = """
INSERT INTO outbox (recipient, contact_id, customer_id, manager_id, purpose, rule, occasion, part, fallback, state,
                    due_at, expires_at, urgent, trace, created_at, updated_at,
                    attempts, via, reason, platform_id, response_code)
VALUES (%(recipient)s, %(contact_id)s, %(customer_id)s, %(manager_id)s, %(purpose)s, %(rule)s, %(occasion)s, %(part)s,
        %(fallback)s, %(state)s, %(due_at)s, %(expires_at)s, %(urgent)s, %(trace)s, %(now)s, %(now)s,
        0, '', '', '', '')
ON CONFLICT DO NOTHING RETURNING id
"""
_INSERT_AND_DEFER = f"WITH put AS ({_INSERT}) SELECT id, {jobs.DEFER_ROW} FROM put"  # noqa: S608 - our own words
"""Plain SQL and one round trip: every card and every late answer passes here."""


_SUPERSEDE = """
WITH dropped AS (
    UPDATE outbox SET state = 'skipped', reason = 'superseded', updated_at = %(now)s
    WHERE recipient = %(recipient)s AND rule = %(rule)s AND starts_with(occasion, %(about)s)
      AND state IN ('waiting', 'queued')
    RETURNING id)
INSERT INTO delivery_events (outbox_id, at, state, via, code, reason)
SELECT id, %(now)s, 'skipped', '', '', 'superseded' FROM dropped
"""


def _with_said(part: Part, fallback: Fallback, said: Sequence[Said]) -> dict[str, Any]:
    words = str(part_to_json(part)) + str(fallback.get("late", ""))
    named = moments.to_json(said, words) if said else []
    return {**fallback, "said": named} if named else dict(fallback)


def job_for(outbox_id: int, recipient: str, purpose: Purpose) -> jobs.Job:
    """Return the job that delivers a row: one person's messages keep their order, answers overtake greetings."""
    priority = 10 if purpose is Purpose.REPLY else 0 if purpose in {Purpose.CARE, Purpose.MARKETING} else 5
    return jobs.Job(jobs.Task.DELIVER, {"outbox_id": outbox_id}, recipient, priority)


def task_occasion(row: Outbox) -> str:
    """Return the occasion of the task that a message becomes: it is made once."""
    return f"{row.recipient}:{row.occasion}"


def recipient_of(to: To) -> str:
    """Return the name under which the outbox knows a person; he must have been flushed."""
    kind = {Contact: "contact", Customer: "customer", Manager: "manager", Staff: "manager"}[type(to)]
    return f"{kind}:{to.id}"


def _written(db: Session | Connection[Any]) -> Connection[Any]:
    """Return the driver's connection; a person added in this transaction gets his id."""
    if isinstance(db, Connection):
        return db
    db.flush()
    return driver(db)


def ids_of(to: To) -> dict[str, Any]:
    """Return the columns that say whom a row is for; he must have been flushed."""
    match to:
        case Contact():
            ids = {"contact_id": to.id, "customer_id": to.customer_id, "manager_id": None}
        case Customer():
            ids = {"contact_id": None, "customer_id": to.id, "manager_id": None}
        case Manager() | Staff():
            ids = {"contact_id": None, "customer_id": None, "manager_id": to.id}
    return {"recipient": recipient_of(to), **ids}


def _put(connection: Connection[Any], values: Mapping[str, Any], now: datetime) -> int | None:
    due = values["due_at"] <= now
    row = {**values, "part": Jsonb(values["part"]), "fallback": Jsonb(values["fallback"]), "now": now}
    row["state"] = OutboxState.QUEUED if due else OutboxState.WAITING
    if not due:
        found = connection.execute(_INSERT, row).fetchone()
    else:
        job = job_for(0, values["recipient"], values["purpose"])
        found = connection.execute(_INSERT_AND_DEFER, row | jobs.row_job(job)).fetchone()
    return None if found is None else int(found[0])
