"""The buttons on managers' cards."""

from __future__ import annotations

from bot.clock import local
from bot.customers import reachable
from bot.dialogue import Router, Turn
from bot.messages import Button, Card, Reply
from bot.service import complaint_handling, staff_cards
from bot.store.models import Complaint, ComplaintState, Contact
from bot.tickets.assignee import handled_by
from bot.tickets.complaints import ForeignError, for_manager
from bot.tickets.states import TransitionError
from handlers.common import office
from handlers.manager.reply import ReplyForm, done, open_task, refused
from handlers.manager.staff_only import staff_only

router = Router()


@router.card("complaint.take")
@staff_only
def take(turn: Turn, task_id: str, response_code: str) -> Reply | str:
    """Accept a complaint (接单)."""
    complaint = _complaint(turn, task_id)
    return take_complaint(turn, complaint, response_code) if complaint else _gone(turn, task_id, response_code)


@router.card("complaint.reply")
@staff_only
def reply(turn: Turn, task_id: str, response_code: str) -> Reply | str:
    """Ask for the words of the answer, unless the complaint is closed or not his."""
    complaint = _complaint(turn, task_id)
    if complaint is None:
        return _gone(turn, task_id, response_code)
    if complaint.state is ComplaintState.CLOSED:
        _card_done(turn, complaint, response_code, "manager.card.closed")
        return turn.say("manager.reply.closed", number=complaint.number)
    return ask_reply(turn, complaint, response_code)


@router.card("complaint.whole")
@staff_only
def whole(turn: Turn, task_id: str, response_code: str) -> Reply | str:
    """Say all that the customer said: a card has no room for a long story."""
    complaint = _complaint(turn, task_id)
    return told_whole(turn, complaint) if complaint else _gone(turn, task_id, response_code)


@router.card("task.reply")
@staff_only
def task_reply(turn: Turn, task_id: str, response_code: str) -> Reply | str:
    """Ask for the words that go to the task's customer."""
    number, manager = staff_cards.card_object(task_id, "task"), turn.staff()
    task = open_task(turn, manager, number) if number is not None else None
    if task is None:
        return turn.say("manager.task.not_found", id=number or "")
    contact = turn.db.get(Contact, task.contact_id) if task.contact_id else None
    name = staff_cards.name_for(office(turn), manager, task.customer, contact)
    question = turn.say("manager.task.prompt", customer=name)
    return turn.start(ReplyForm, {"task": task.id, "question": question, "response_code": response_code})


@router.card("task.done")
@staff_only
def task_done(turn: Turn, task_id: str, response_code: str) -> Reply | str:
    """Tick a task off."""
    return done(turn, staff_cards.card_object(task_id, "task") or 0, response_code)


def take_complaint(turn: Turn, complaint: Complaint, response_code: str = "") -> Reply | str:
    """Accept it; a second tap says who has it. What no answer can reach any more is not there to be taken."""
    manager = turn.staff()
    if complaint.contact.openid is None and complaint.state is not ComplaintState.CLOSED:
        days = turn.settings.complaint_confirm_days
        return turn.say("manager.complaint.departed", number=complaint.number, days=days)
    try:
        complaint_handling.take(office(turn), complaint, manager)
    except TransitionError:
        return _not_taken(turn, complaint, response_code)
    _card_done(turn, complaint, response_code, "manager.complaint.card.taken")
    due = office(turn).when(complaint.due_at)
    words = turn.say("manager.taken", number=complaint.number, due=due)
    if not response_code:
        return f"{words}\n{_told(turn, complaint)}"
    return Reply.text(words).then(_reply_card(turn, complaint))


def ask_reply(turn: Turn, complaint: Complaint, response_code: str = "") -> Reply | str:
    """Begin the form whose next words go to the customer, unless he cannot be reached any more."""
    if not reachable(complaint.contact):
        return refused(turn, complaint)
    name = staff_cards.name_for(office(turn), turn.staff(), complaint.customer, complaint.contact)
    question = turn.say("manager.reply.prompt", customer=name, number=complaint.number)
    return turn.start(ReplyForm, {"complaint": complaint.id, "question": question, "response_code": response_code})


def told_whole(turn: Turn, complaint: Complaint) -> str:
    """Return the complaint's number and all that was said, as whoever asks may see it."""
    words = staff_cards.whole(office(turn), turn.staff(), complaint)
    return turn.say("manager.complaint.whole", number=complaint.number, text=words)


def _gone(turn: Turn, task_id: str, response_code: str) -> str:
    """Take the buttons off a card and say that there is nothing to do: the same words whyever it is not his now."""
    about = f"complaint:{staff_cards.card_object(task_id, 'complaint')}:{turn.trace}"
    office(turn).card_done(turn.staff(), response_code, turn.say("manager.card.gone"), about)
    return turn.say("manager.gone")


def _complaint(turn: Turn, task_id: str) -> Complaint | None:
    number = staff_cards.card_object(task_id, "complaint")
    try:
        return for_manager(turn.db, turn.staff(), number) if number is not None else None
    except ForeignError:
        return None


def _not_taken(turn: Turn, complaint: Complaint, response_code: str) -> str:
    if complaint.state is ComplaintState.CLOSED:
        _card_done(turn, complaint, response_code, "manager.card.closed")
        return turn.say("manager.reply.closed", number=complaint.number)
    handler = handled_by(turn.db, complaint)
    if handler.id == turn.person.manager_id:
        due = office(turn).when(complaint.due_at)
        return f"{turn.say('manager.taken.already', number=complaint.number, due=due)}\n{_told(turn, complaint)}"
    return turn.say("manager.taken.other", number=complaint.number, manager=handler.name)


def _reply_card(turn: Turn, complaint: Complaint) -> Card:
    """Return a card with the one button that is left and the customer's words: both are gone from the tapped card."""
    customer = staff_cards.name_for(office(turn), turn.staff(), complaint.customer, complaint.contact)
    answer_by = turn.say("manager.complaint.card.answer_by", customer=customer, due=office(turn).when(complaint.due_at))
    return Card(
        f"complaint-{complaint.id}-{turn.trace}",
        turn.say("manager.complaint.card.title_taken", number=complaint.number),
        f"{answer_by}\n{_told(turn, complaint)}",
        (),
        (Button("complaint.reply", turn.say("manager.complaint.card.button.reply"), primary=True),),
    )


def _told(turn: Turn, complaint: Complaint) -> str:
    """Return what the customer told, as whoever has it may see it."""
    here = office(turn)
    return staff_cards.told(here, staff_cards.shown_to(here, turn.staff(), complaint))


def _card_done(turn: Turn, complaint: Complaint, response_code: str, key: str) -> None:
    text = turn.say(key, manager=turn.person.manager_name, time=_time(turn))
    office(turn).card_done(turn.staff(), response_code, text, f"complaint:{complaint.id}:{turn.trace}")


def _time(turn: Turn) -> str:
    return f"{local(turn.now, turn.zone):%H:%M}"
