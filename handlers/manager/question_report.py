"""The weekly picture on demand: 问答周报."""

from __future__ import annotations

from datetime import timedelta

from bot.care.weekly_report import Picture
from bot.dialogue import Router, Turn
from bot.learning.topics import topics
from handlers.manager.staff_only import staff_only

router = Router()


@router.staff(r"(?:问答)?周报|问答(?:情况|统计)|本周问答")
@staff_only
def picture(turn: Turn) -> str:
    """Count the last seven days, beside the seven before."""
    until = turn.today + timedelta(days=1)
    week = Picture(turn.db, topics(turn.understanding.knowledge), until, turn.today, turn.zone)
    return week.text(turn.staff(), turn.texts) or turn.say("week.nothing")
