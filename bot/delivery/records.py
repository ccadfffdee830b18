"""Change an outbox row: its state, when it is due, why; and the event that tells the step."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import metrics
from bot.delivery.ladder import Via
from bot.store.models import DeliveryEvent, Outbox, OutboxState

REPEATABLE = {Via.TEMPLATE: timedelta(minutes=10), Via.WECOM: timedelta(minutes=30)}
"""How long after its first try the platform recognises a repeated message: template by `client_msg_id`, WeCom by its
duplicate check. Customer-service messages and 订阅通知 have no such key and are never repeated after a doubt."""


def move(
    db: Session, row: Outbox, state: OutboxState, now: datetime, *, via: str = "", reason: str = "", code: str = ""
) -> None:
    """Bring the row into `state` and tell it in an event."""
    row.state = state
    row.reason = reason
    row.updated_at = now
    if via:
        row.via = via
    tell(db, row, state, now, via=via, reason=reason, code=code)


def tell(
    db: Session, row: Outbox, state: OutboxState, now: datetime, *, via: str = "", reason: str = "", code: str = ""
) -> None:
    """Add one event to the row's story and count it."""
    db.add(DeliveryEvent(outbox_id=row.id, at=now, state=state, via=via, reason=reason, code=code))
    metrics.SENDS.labels(via=via or "none", result=state.value).inc()
    if code.lstrip("-").isdigit():
        metrics.PLATFORM_ERRORS.labels(code=code).inc()


def may_repeat(db: Session, row: Outbox, via: str, now: datetime) -> bool:
    """Tell whether sending again cannot make two messages: the platform still recognises the first try."""
    period = next((period for rung, period in REPEATABLE.items() if rung == via), None)
    if period is None:
        return False
    first = db.scalar(
        select(func.min(DeliveryEvent.at)).where(
            DeliveryEvent.outbox_id == row.id, DeliveryEvent.state == OutboxState.SENDING, DeliveryEvent.via == via
        )
    )
    return first is not None and now - first < period
