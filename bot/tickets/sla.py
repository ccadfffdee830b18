"""Service level: by when what a customer brings is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.business_hours import WorkingTime


@dataclass(frozen=True, slots=True)
class Clockwork:
    """How due times are counted: working hours until an answer is due, by whose working time."""

    reply_hours: int
    working_time: WorkingTime

    @property
    def zone(self) -> ZoneInfo:
        """The business zone."""
        return self.working_time.zone

    def due(self, now: datetime) -> datetime:
        """Return by when a complaint that comes up now is answered."""
        return self.working_time.add(now, timedelta(hours=self.reply_hours))
