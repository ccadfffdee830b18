"""What a manager types when something is done: 完成 for a task, 结案 for the case of a customer who has left."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from bot.care.agenda import Agenda, open_tasks
from bot.care.agenda_words import AgendaWords
from bot.customers import reachable
from bot.dialogue import Form, Invalid, Router, Turn
from bot.messages import Reply
from bot.service import departures
from bot.store.models import ComplaintState
from bot.tickets.complaints import ForeignError, for_manager
from handlers.common import office
from handlers.manager.answer_validation import checked
from handlers.manager.commands import NUMBER, answered, mine, not_mine
from handlers.manager.reply import done
from handlers.manager.staff_only import staff_only

router = Router()
_BETWEEN = r"[\s:：,，。.!！]"


@router.staff(rf"(?:已?完成|办结|已?处理(?:好|完)?了?|已?解决了?)\s*(?P<number>{NUMBER}){_BETWEEN}*(?P<words>.*)")
@staff_only
def complaint_done(turn: Turn, number: str, words: str) -> Reply | str:
    """Tell the customer what was done, or ask for it: a complaint is done when he has an answer and confirms it."""
    return answered(turn, number, words)


@router.staff(rf"已?完成了?\s*(?P<number>\d{{1,18}})\s*+(?:号|项)?(?:任务)?{_BETWEEN}*+(?P<words>[^\d\s].*)?")
@staff_only
def task_done(turn: Turn, number: str, words: str) -> Reply | str:
    """Tick a task off by its number; words with it are the customer's."""
    return done(turn, int(number), words=words.strip())


@router.staff(rf"(?:已?完成了?|办好了|做完了){_BETWEEN}*")
@staff_only
def only_task_done(turn: Turn) -> Reply | str:
    """Tick off the one task he has; of several he is asked which."""
    tasks = open_tasks(turn.db, turn.staff(), turn.now, turn.zone)
    if tasks.total == 1:
        return done(turn, tasks.items[0].id)
    if not tasks.total:
        return turn.say("manager.todo.none")
    lines = AgendaWords(office(turn), turn.staff(), {}).page(Agenda(tasks=tasks), "tasks")
    return "\n".join([turn.say("manager.task.done.which"), *lines])


@router.staff(rf"(?:结案|关单)\s*(?P<number>{NUMBER}){_BETWEEN}*(?P<words>.*)")
@staff_only
def close(turn: Turn, number: str, words: str) -> Reply | str:
    """Close the case of a customer who has left, with a word on how it ended; without one it is asked for."""
    complaint = mine(turn, number)
    if complaint is None:
        return not_mine(turn, number)
    if complaint.state is ComplaintState.CLOSED:
        return turn.say("manager.close.already", number=complaint.number)
    if reachable(complaint.contact):
        return turn.say("manager.close.present", number=complaint.number)
    if not words.strip():
        return turn.start(CloseForm, {"complaint": complaint.id, "number": complaint.number})
    try:
        return _closed(turn, complaint.id, checked(words.strip()))
    except Invalid as error:
        return turn.say(error.key, **error.values)


@router.form
class CloseForm(Form):
    """Ask how the case of a customer who has left ended, and close it."""

    name = "manager.close"
    minutes = 30

    class Step(enum.StrEnum):
        """The one question."""

        WORDS = "words"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Ask for the words."""
        return turn.say("manager.close.ask", number=values["number"])

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Take words of a length that one message holds."""
        return checked(turn.text)

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """Close it."""
        return _closed(turn, int(values["complaint"]), str(values["words"]))


def _closed(turn: Turn, complaint_id: int, words: str) -> str:
    try:
        complaint = for_manager(turn.db, turn.staff(), complaint_id)
    except ForeignError:
        return turn.say("manager.gone")
    if complaint.state is ComplaintState.CLOSED:
        return turn.say("manager.close.already", number=complaint.number)
    departures.close(office(turn), complaint, turn.staff(), words)
    return turn.say("manager.close.done", number=complaint.number)
