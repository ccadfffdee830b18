"""By which way a message may go: the first rung that may carry its purpose and has room.

Replies and news of a person's own affairs: customer-service message → accepted 订阅通知 → template message → task for
the manager (news only when they bring words for it: nobody calls to say that a complaint was taken). Care and
marketing: the same without the template message, which the platform forbids for them (模板消息运营规范); festival and
birthday words never take it, whatever their purpose. The staff has one way only (`staff_sender.py`).
A rung that the platform has refused for this message is not tried again; a shut window is no refusal.
A manager's own words, replies and apologies (`Fallback.call`) go by customer-service message only: while the window is
shut they wait for it, and a message of its own (`ANSWER_WAITS`) calls the customer by template, else by a task.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.delivery import window
from bot.delivery.transports import Fate
from bot.store.models import Contact, DeliveryEvent, NoticeQuota, Outbox, OutboxState, Purpose

ANSWER_WAITS = "answer_waits"
"""`Outbox.rule` of what tells a customer that words wait for him."""

KEPT = timedelta(days=30)
"""So long words wait for a customer to write."""

_FESTIVE = frozenset({"birthday", "festival"})


class Via(enum.StrEnum):
    """The rungs."""

    KF = "kf"  # customer-service message
    NOTICE = "notice"  # 订阅通知, bizsend
    TEMPLATE = "template"
    WECOM = "wecom"  # message of the app to a member
    WINDOW = "window"  # wait until the customer opens the window
    TASK = "task"  # a person does it


def rungs(purpose: Purpose, rule: str, *, can_wait: bool = False) -> tuple[Via, ...]:
    """Return the rungs that may carry this purpose, best first; `can_wait`: the words may wait for the customer."""
    if rule == ANSWER_WAITS:
        return (Via.TEMPLATE, Via.TASK)
    if can_wait:
        return (Via.KF, Via.WINDOW, Via.TASK)
    if purpose in {Purpose.CARE, Purpose.MARKETING} or rule in _FESTIVE:
        return (Via.KF, Via.NOTICE, Via.TASK)
    return (Via.KF, Via.NOTICE, Via.TEMPLATE, Via.TASK)


def climb(db: Session, row: Outbox, contact: Contact | None, now: datetime) -> Via | None:
    """Return the first rung with room and use up one message of its quota; None when there is none left."""
    refused = refused_rungs(db, row.id)
    can_wait = "call" in row.fallback
    if can_wait and Via.KF in refused:  # an open window would bring nothing
        refused = {*refused, Via.WINDOW}
    left = (via for via in rungs(row.purpose, row.rule, can_wait=can_wait) if via not in refused)
    return next((via for via in left if _room(db, via, row, contact, now)), None)


def refused_rungs(db: Session, outbox_id: int) -> Collection[str]:
    """Return the rungs on which the platform said no to this message for good; a quota of zero is `_room`'s."""
    query = select(DeliveryEvent.via).where(
        DeliveryEvent.outbox_id == outbox_id,
        DeliveryEvent.state == OutboxState.FAILED,
        DeliveryEvent.via != "",
        DeliveryEvent.reason != Fate.EXHAUSTED,
    )
    return set(db.scalars(query))


def give_back(db: Session, via: Via, row: Outbox, contact_id: int | None) -> None:
    """Return the quota of a message that surely did not leave."""
    if contact_id is None:
        return
    if via is Via.KF:
        window.give_back(db, contact_id)
    elif via is Via.NOTICE:
        add_notices(db, contact_id, row.fallback["notice"]["id"], 1)


def exhaust(db: Session, via: Via, row: Outbox, contact_id: int | None, *, over_at: datetime | None = None) -> None:
    """Record that the platform's own count is zero, or the window's time over at `over_at`, whatever ours said."""
    if contact_id is None:
        return
    if via is Via.KF:
        window.shut(db, contact_id, over_at=over_at)
    elif via is Via.NOTICE:
        no_notices(db, contact_id, row.fallback["notice"]["id"])


def add_notices(db: Session, contact_id: int, template_id: str, count: int) -> None:
    """Count an accepted notice; the row is there because one was accepted before."""
    _set_notices(db, contact_id, template_id, NoticeQuota.left + count)


def no_notices(db: Session, contact_id: int, template_id: str) -> None:
    """Forget the accepted notices of a template."""
    _set_notices(db, contact_id, template_id, 0)


def _set_notices(db: Session, contact_id: int, template_id: str, left: object) -> None:
    mine = (NoticeQuota.contact_id == contact_id, NoticeQuota.template_id == template_id)
    db.execute(update(NoticeQuota).where(*mine).values(left=left).execution_options(synchronize_session=False))


def _room(db: Session, via: Via, row: Outbox, contact: Contact | None, now: datetime) -> bool:
    if via is Via.TASK:
        return row.purpose is not Purpose.SERVICE or "task" in row.fallback
    if contact is None or not contact.openid:
        return False
    match via:
        case Via.KF:
            return contact.following and window.take_one(db, contact.id, now)
        case Via.WINDOW:
            return contact.following and now < row.created_at + KEPT
        case Via.NOTICE:
            return "notice" in row.fallback and _take_notice(db, contact.id, row.fallback["notice"]["id"])
        case _:
            return contact.following and bool(row.fallback.get("template", {}).get("id"))


def _take_notice(db: Session, contact_id: int, template_id: str) -> bool:
    taken = db.execute(
        update(NoticeQuota)
        .where(NoticeQuota.contact_id == contact_id, NoticeQuota.template_id == template_id, NoticeQuota.left > 0)
        .values(left=NoticeQuota.left - 1)
        .returning(NoticeQuota.left)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


def reach(db: Session, row: Outbox, now: datetime) -> Contact | None:
    """Return the contact a message goes to: its own, else the customer's account that is most likely to be read."""
    if row.contact_id is not None or row.customer_id is None:
        return row.contact
    is_open = (Contact.window_until > now) & (Contact.window_left > 0)
    query = (
        select(Contact)
        .where(Contact.customer_id == row.customer_id, Contact.openid.is_not(None))
        .order_by(
            Contact.following.desc(),
            func.coalesce(is_open, False).desc(),
            Contact.last_message_at.desc().nulls_last(),
            Contact.id,
        )
    )
    return db.scalars(query.limit(1)).first()
