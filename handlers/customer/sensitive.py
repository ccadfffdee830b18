"""Words that get a careful, fixed reply, and wishes that something be done."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue import Router, Turn
from bot.messages import SILENT, Reply
from bot.service import alarms
from bot.store.models import Outcome
from bot.understanding.safety import ALARMING
from handlers.common import office, whose
from handlers.customer import accused

router = Router()
_REPLIES = {"abuse": "abuse.calm"}


@router.intent("careful")
def careful(turn: Turn, slots: Mapping[str, str]) -> Reply | str:
    """Answer calmly; the manager hears at once of what alarms. What one of the staff did is a complaint."""
    kind = slots.get("kind", "abuse")
    names = {}
    if kind not in ALARMING and accused.accuses(turn):
        return accused.taken_down(turn)
    if kind in ALARMING:
        turn.outcome = Outcome.HANDED_OVER
        told = alarms.alarm(office(turn), whose(turn).contact_id, kind, turn.text, slots.get("said", turn.text))
        names["manager"] = told.name
    return turn.say(_REPLIES.get(kind, f"careful.{kind}"), **names)


@router.wish
def wish(turn: Turn) -> Reply | str:
    """Tell the manager what is to be done, unless the words went to him already."""
    if turn.outcome is Outcome.HANDED_OVER:
        return SILENT
    here = office(turn)
    asked = alarms.wish(here, whose(turn).contact_id, turn.text)
    key = "wish.noted_again" if asked.again else "wish.noted"
    return turn.say(key, manager=asked.manager.name, due=here.when(asked.due_at))
