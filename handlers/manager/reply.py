"""Answering a customer: the next words of the manager go out to him."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Any

from bot.clock import local
from bot.customers import reachable, seen_by
from bot.delivery.authored import Outlook
from bot.dialogue import Form, Invalid, Router, Turn
from bot.messages import Reply
from bot.service import complaint_handling, manager_words, staff_cards
from bot.store.models import PROMISED_RULES, Complaint, ComplaintState, Contact, Customer, Manager, Task, TaskState
from bot.tickets import tasks
from bot.tickets.complaints import ForeignError, for_manager
from handlers.common import office
from handlers.manager import save_answer
from handlers.manager.answer_validation import checked
from handlers.manager.finish import finish

router = Router()
_ANSWERED = re.compile(r"已经?(?:电话|打电话|当面)?(?:里)?(?:答复|回复|告诉|说)过?(?:客户)?了?[。.！!]*")


@router.form
class ReplyForm(Form):
    """Ask for the words and send them; `complaint` or `task` says what they answer."""

    name = "manager.reply"
    minutes = 30

    class Step(enum.StrEnum):
        """The one question."""

        WORDS = "words"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Ask for the words."""
        return str(values["question"])

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Take words of a length that one message holds; none where the customer was answered by other ways."""
        if "owed" in values and _ANSWERED.fullmatch(turn.text):
            return ""
        return checked(turn.text)

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> Reply | str:
        """Send them."""
        words, code = str(values["words"]), str(values.get("response_code", ""))
        if not words:
            return finish(turn, int(values["task"]), code)
        if "task" in values:
            return answer_task(turn, int(values["task"]), words, code)
        return answer_complaint(turn, int(values["complaint"]), words, code)


def done(turn: Turn, number: int, response_code: str = "", words: str = "") -> Reply | str:
    """Tick a task off; where the customer is owed an answer to a question, ask for it first.

    `words` are sent to a customer who waits for some; with a task that is nobody's wish they are for nobody's eyes.
    """
    here, manager = office(turn), turn.staff()
    task = open_task(turn, manager, number)
    contact = turn.db.get(Contact, task.contact_id) if task and task.contact_id else None
    hears = contact is not None and reachable(contact)
    if task is not None and words and not _ANSWERED.fullmatch(words):
        return _done_with(turn, task, words, waits=hears and task.rule in (*PROMISED_RULES, "customer_words"))
    if task is None or task.rule != "unanswered" or words or not hears:
        return finish(turn, number, response_code)
    name = staff_cards.name_for(here, manager, task.customer, contact)
    question = turn.say("manager.task.done.ask", customer=name, text=task.text)
    values = {"task": task.id, "question": question, "response_code": response_code, "owed": True}
    return turn.start(ReplyForm, values)


def _done_with(turn: Turn, task: Task, words: str, *, waits: bool) -> Reply | str:
    """Tick a task off that was done with words: its customer gets them when he `waits` for some."""
    if not waits:
        return f"{finish(turn, task.id)}{turn.say('manager.task.done.unsent')}"
    try:
        return answer_task(turn, task.id, checked(words))
    except Invalid as error:
        return turn.say(error.key, **error.values)


def answer_complaint(turn: Turn, complaint_id: int, words: str, response_code: str = "") -> str:
    """Send the words as the answer to a complaint, when it is his and not closed."""
    here, manager = office(turn), turn.staff()
    try:
        complaint = for_manager(turn.db, manager, complaint_id)
    except ForeignError:
        return turn.say("manager.gone")
    if complaint.state is ComplaintState.CLOSED:
        return turn.say("manager.reply.closed", number=complaint.number)
    sent = complaint_handling.answer(here, complaint, manager, words)
    if sent is None:
        return refused(turn, complaint)
    time = f"{local(turn.now, turn.zone):%H:%M}"
    done = turn.say("manager.complaint.card.replied", manager=manager.name, time=time)
    here.card_done(manager, response_code, done, f"complaint:{complaint.id}:{turn.trace}")
    name = staff_cards.name_for(here, manager, complaint.customer, complaint.contact)
    said = turn.say("manager.reply.sent", customer=name, number=complaint.number)
    return said_of(turn, sent, complaint.contact, said)


def answer_task(turn: Turn, task_id: int, words: str, response_code: str = "") -> Reply | str:
    """Send the words to the customer of a task and tick the task off; an answer nobody had ready may be kept."""
    here, manager = office(turn), turn.staff()
    task = open_task(turn, manager, task_id)
    contact = turn.db.get(Contact, task.contact_id) if task and task.contact_id else None
    if task is None:
        return turn.say("manager.task.not_found", id=task_id)
    sent = manager_words.relay(here, contact, manager, words, f"task:{task.id}:{turn.trace}") if contact else None
    if contact is None or sent is None:
        return _task_refused(turn, task, contact)
    tasks.done(turn.db, task.id, manager, now=turn.now, trace=turn.trace)
    time = f"{local(turn.now, turn.zone):%H:%M}"
    text = turn.say("manager.task.card.done", manager=manager.name, time=time)
    here.card_done(manager, response_code, text, f"task:{task.id}:{turn.trace}")
    said = turn.say("talk.manager.relayed", customer=staff_cards.name_for(here, manager, contact.customer, contact))
    return save_answer.offer(turn, task, words, said_of(turn, sent, contact, said))


def refused(turn: Turn, complaint: Complaint) -> str:
    """Say why no word reaches the customer of a complaint, and what may be done about it."""
    if complaint.contact.openid is None:
        days = turn.settings.complaint_confirm_days
        return turn.say("manager.reply.departed", number=complaint.number, days=days)
    return _to_call(turn, complaint.customer, complaint.contact)


def _task_refused(turn: Turn, task: Task, contact: Contact | None) -> str:
    if task.customer is None and (contact is None or contact.openid is None):
        return turn.say("manager.task.departed", id=task.id)
    return _to_call(turn, task.customer, contact)


def _to_call(turn: Turn, customer: Customer | None, contact: Contact | None) -> str:
    seen = seen_by(turn.db, turn.staff(), customer, contact)
    return turn.say(
        "manager.reply.refused", customer=seen.name, call=turn.say("manager.call", customer_phone=seen.phone)
    )


def open_task(turn: Turn, manager: Manager, task_id: int) -> Task | None:
    """Return the manager's own open task."""
    task = turn.db.get(Task, task_id)
    mine = task is not None and task.manager_id == manager.id and task.state is TaskState.OPEN
    return task if mine else None


def said_of(turn: Turn, sent: int, contact: Contact, submitted: str) -> str:
    """Return what the manager is told of words he sent: `submitted` when they leave at once, else what is to come."""
    here = office(turn)
    forecast = manager_words.expected(here, sent, turn.settings)
    if forecast.outlook is Outlook.SOON:
        return submitted
    return manager_words.said_of(here, forecast, turn.staff(), contact)
