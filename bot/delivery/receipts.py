"""What the platform tells about a message later, by events."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.delivery import jobs, outbox, route_selection, transitions
from bot.delivery.route_selection import Via
from bot.store.models import NoticeQuota, Outbox, OutboxState

SUCCESS = "success"


class NoticeAnswer(enum.StrEnum):
    """What a person did about the notices of one template."""

    ACCEPTED = "accepted"  # in the popup: one more may be sent
    DECLINED = "declined"  # in the popup: nothing changes
    WITHDRAWN = "withdrawn"  # in the settings: those accepted before are void


@dataclass(frozen=True, slots=True)
class NoticeChange:
    """One template's answer out of subscribe_msg_popup_event or subscribe_msg_change_event."""

    template_id: str
    answer: NoticeAnswer


def finished(db: Session, platform_id: str, status: str, now: datetime) -> bool:
    """Record TEMPLATESENDJOBFINISH (or a notice's sent event) and return whether the message was found.

    `status` is "success" or what the platform says, e.g. "failed:user block" or "failed: system failed". A message
    that failed goes on to its next rung. An event that overtakes the record of its own message is looked at again by
    a job a little later.
    """
    if apply(db, platform_id, status, now):
        return True
    jobs.defer(db, jobs.Task.FINISH, {"platform_id": platform_id, "status": status})
    return False


def apply(db: Session, platform_id: str, status: str, now: datetime) -> bool:
    """Record a finish event if its message is known."""
    query = select(Outbox).where(Outbox.platform_id == platform_id, Outbox.via.in_([Via.TEMPLATE, Via.NOTICE]))
    row = db.scalars(query.with_for_update()).first()
    if row is None:
        return False
    if row.state is not OutboxState.SENT:
        return True
    if status == SUCCESS:
        transitions.tell(db, row, OutboxState.SENT, now, via=row.via, reason="delivered")
        return True
    transitions.tell(db, row, OutboxState.FAILED, now, via=row.via, reason=status)
    requeue(db, row, now)
    return True


def requeue(db: Session, row: Outbox, now: datetime) -> None:
    """Give the row a job at once."""
    row.state, row.updated_at = OutboxState.QUEUED, now
    db.flush()
    jobs.defer_many(db, [outbox.job_for(row.id, row.recipient, row.purpose)])


def notice_changed(db: Session, contact_id: int, changes: Sequence[NoticeChange], now: datetime) -> None:
    """Count accepted 订阅通知: one acceptance, one message; a withdrawal voids what was accepted."""
    del now  # acceptances do not expire (official page "订阅通知")
    for change in changes:
        if change.answer is NoticeAnswer.ACCEPTED:
            accepted = insert(NoticeQuota).values(contact_id=contact_id, template_id=change.template_id, left=1)
            columns = NoticeQuota.__table__.c
            db.execute(
                accepted.on_conflict_do_update(
                    index_elements=["contact_id", "template_id"], set_={"left": columns.left + 1}
                )
            )
        elif change.answer is NoticeAnswer.WITHDRAWN:
            route_selection.no_notices(db, contact_id, change.template_id)
