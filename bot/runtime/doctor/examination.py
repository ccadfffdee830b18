"""What the checks share."""

from __future__ import annotations

from dataclasses import dataclass, field

import redis
from sqlalchemy import Engine

from bot.channels.accounts import Accounts
from bot.clock import Clock, SystemClock
from bot.config import Settings


@dataclass
class Examination:
    """What the checks share: the settings, and the servers once they are found."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    accounts: Accounts | None = None
    engine: Engine | None = None
    redis: redis.Redis | None = None

    def close(self) -> None:
        """Give back the connections."""
        if self.engine is not None:
            self.engine.dispose()
        if self.redis is not None:
            self.redis.close()
