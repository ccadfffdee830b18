"""The customer-service window's rule in plain words of code, which the product's statements are held against."""

from __future__ import annotations

from datetime import datetime

from bot.delivery.window import Trigger, is_open, opened_by


def after(until: datetime | None, left: int, trigger: Trigger, now: datetime) -> tuple[datetime, int]:
    """Return (until, left) after `trigger`: a smaller window never shrinks a larger one that is still open."""
    window = opened_by(trigger)
    ends = now + window.duration
    if trigger is not Trigger.MESSAGE and until is not None and is_open(until, left, now) and until > ends:
        return until, left
    return ends, window.messages
