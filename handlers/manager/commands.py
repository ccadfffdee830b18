"""What a manager types: 接单, 回复, 我的投诉, 今日, 任务, 完成, 帮助."""

from __future__ import annotations

from datetime import timedelta

from bot import tasks
from bot.casework import cards
from bot.clock import local, local_date
from bot.dialogue import Invalid, Reply, Router, Turn
from bot.store.models import Complaint, ComplaintState, Contact, Task
from bot.tasks import TaskError
from bot.tickets import lists
from bot.tickets.complaints import ForeignError, for_manager
from bot.tickets.numbers import read_number
from handlers.manager.access import staff_only
from handlers.manager.buttons import ask_reply, take_complaint
from handlers.manager.reply import answer_complaint
from handlers.manager.words import checked
from handlers.office import office

router = Router()
SHOWN = 10
_NUMBER = r"[Tt][Ss]\s*\d{8}\s*-?\s*\d{4,}"
_STATES = {
    ComplaintState.FILED: "complaint.state.new",
    ComplaintState.TAKEN: "complaint.state.accepted",
    ComplaintState.ANSWERED: "complaint.state.replied",
    ComplaintState.REOPENED: "complaint.state.reopened",
    ComplaintState.CLOSED: "complaint.state.closed",
}


@router.staff(rf"接单\s*(?P<number>{_NUMBER})")
@staff_only
def take(turn: Turn, number: str) -> Reply | str:
    """Accept a complaint by its number."""
    complaint = _mine(turn, number)
    return take_complaint(turn, complaint) if complaint else _not_mine(turn, number)


@router.staff(rf"回复\s*(?P<number>{_NUMBER})[\s:：,，]*(?P<words>.*)")
@staff_only
def reply(turn: Turn, number: str, words: str) -> Reply | str:
    """Answer a complaint in one line; without words they are asked for."""
    complaint = _mine(turn, number)
    if complaint is None:
        return _not_mine(turn, number)
    if complaint.state is ComplaintState.CLOSED:
        return turn.say("manager.reply.closed", number=complaint.number)
    if not words.strip():
        return ask_reply(turn, complaint)
    try:
        return answer_complaint(turn, complaint.id, checked(words.strip()))
    except Invalid as error:
        return turn.say(error.key, **error.values)


@router.staff(r"(?:接单|回复)[\s:：]*")
@staff_only
def number_missing(turn: Turn) -> str:
    """Say how to name the complaint."""
    return turn.say("manager.reply.number")


@router.staff(r"(?:我的)?投诉(?:列表)?|我的投诉单")
@staff_only
def my_complaints(turn: Turn) -> str:
    """List open complaints with the time left, the most urgent first."""
    found = lists.open_for(turn.db, turn.staff())
    if not found:
        return turn.say("manager.complaint.list.none")
    head = turn.say("manager.complaint.list.head", count=len(found))
    return "\n".join([head, *(_line(turn, each) for each in found[:SHOWN]), *_more(turn, len(found))])


@router.staff(r"今日|今天|早报|今日安排")
@staff_only
def today(turn: Turn) -> str:
    """Say what today holds: complaints by time left, tasks due."""
    staff = turn.staff()
    end = local_date(turn.now, turn.zone) + timedelta(days=1)
    found = lists.open_for(turn.db, staff)
    due = [task for task in tasks.open_of(turn.db, staff) if local(task.due_at, turn.zone).date() < end]
    date = f"{local(turn.now, turn.zone):%-m月%-d日}"
    lines = [turn.say("manager.today.head", manager=staff.name, date=date)]
    if not found and not due:
        return f"{lines[0]}\n{turn.say('manager.brief.none')}"
    if found:
        lines += [turn.say("manager.today.complaints", count=len(found)), *(_line(turn, c) for c in found[:5])]
    if due:
        lines += [turn.say("manager.today.tasks", count=len(due)), *(_task_line(turn, t) for t in due[:5])]
    return "\n".join(lines)


@router.staff(r"(?:我的)?(?:任务|待办)(?:列表|清单)?")
@staff_only
def my_tasks(turn: Turn) -> str:
    """List open tasks by due time."""
    found = tasks.open_of(turn.db, turn.staff())
    if not found:
        return turn.say("manager.todo.none")
    head = turn.say("manager.task.list.head", count=len(found))
    tail = turn.say("manager.task.list.tail", id=found[0].id)
    return "\n".join([head, *(_task_line(turn, each) for each in found[:SHOWN]), *_more(turn, len(found)), tail])


@router.staff(r"完成\s*(?P<number>\d{1,18})(?:号)?")
@staff_only
def task_done(turn: Turn, number: str) -> str:
    """Tick a task off by its number."""
    try:
        tasks.done(turn.db, int(number), turn.staff(), now=turn.now, trace=turn.trace)
    except TaskError:
        return turn.say("manager.task.not_found", id=number)
    return turn.say("manager.task.done", id=number)


@router.staff(r"帮助|help|\?|？|菜单|你好|您好")
@staff_only
def explain(turn: Turn) -> str:
    """Say what managers can type."""
    return turn.say("manager.help", manager=turn.person.manager_name)


@router.staff_fallback
@staff_only
def unknown(turn: Turn) -> str:
    """Answer any other words with the short help."""
    return turn.say("manager.unknown")


def _mine(turn: Turn, number: str) -> Complaint | None:
    complaint = lists.numbered(turn.db, read_number(number) or "")
    try:
        return for_manager(turn.db, turn.staff(), complaint.id) if complaint else None
    except ForeignError:
        return None


def _not_mine(turn: Turn, number: str) -> str:
    return turn.say("manager.not_yours", number=read_number(number) or number)


def _line(turn: Turn, complaint: Complaint) -> str:
    here = office(turn)
    late = complaint.due_at < turn.now
    left = turn.say(
        "manager.complaint.list.late" if late else "manager.complaint.list.left",
        left=here.lasting(complaint.due_at - turn.now),
    )
    answered = complaint.state is ComplaintState.ANSWERED
    return turn.say(
        "manager.complaint.list.line",
        number=complaint.number,
        customer=cards.name_for(here, turn.staff(), complaint.customer, complaint.contact),
        category=here.title(complaint.category or "other"),
        state=turn.say(_STATES[complaint.state]),
        left=turn.say("manager.complaint.list.answered") if answered else left,
    )


def _task_line(turn: Turn, task: Task) -> str:
    here = office(turn)
    contact = turn.db.get(Contact, task.contact_id) if task.contact_id else None
    text = " ".join(task.text.split())
    return turn.say(
        "manager.task.list.line",
        id=task.id,
        title=task.title,
        customer=cards.name_for(here, turn.staff(), task.customer, contact),
        due=here.when(task.due_at),
        text=text if len(text) <= 40 else f"{text[:40]}…",
    )


def _more(turn: Turn, count: int) -> list[str]:
    return [turn.say("manager.brief.more", count=count - SHOWN)] if count > SHOWN else []
