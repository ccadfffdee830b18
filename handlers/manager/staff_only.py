"""Who is talking in WeCom: only registered staff is served."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from bot.dialogue import Turn
from bot.messages import Reply

Answer = Reply | str


def staff_only(handler: Callable[..., Answer]) -> Callable[..., Answer]:
    """Answer people who are not (or no longer) staff with how to become it; `handler` takes `turn`."""

    @functools.wraps(handler)
    def guarded(turn: Turn, **given: Any) -> Answer:
        if turn.person.manager_id is None:
            return turn.say("manager.unbound")
        return handler(turn=turn, **given)

    return guarded
