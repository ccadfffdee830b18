"""What a manager types: 接单, 回复, 全文, 我的投诉, 今日, 任务, 更多任务, 帮助; 完成 and 结案: `done_commands`."""

from __future__ import annotations

from bot.care import brief
from bot.care.agenda import ITEMS
from bot.care.agenda_words import AgendaWords
from bot.clock import local
from bot.dialogue import Invalid, Router, Turn
from bot.messages import Reply
from bot.store.models import Complaint, ComplaintState
from bot.tickets import queries
from bot.tickets.complaints import ForeignError, for_manager
from bot.tickets.numbering import read_number
from handlers.common import office
from handlers.manager.answer_validation import checked
from handlers.manager.card_actions import ask_reply, take_complaint, told_whole
from handlers.manager.reply import answer_complaint
from handlers.manager.staff_only import staff_only

router = Router()
_SECTIONS = {
    "投诉": "complaints",
    "任务": "tasks",
    "约定": "promises",
    "生日": "birthdays",
    "合约": "contracts",
    "回访": "return_visits",
}
NUMBER = r"[Tt][Ss]\s*\d{8}\s*-?\s*\d{4,}"


@router.staff(rf"接单\s*(?P<number>{NUMBER})")
@staff_only
def take(turn: Turn, number: str) -> Reply | str:
    """Accept a complaint by its number."""
    complaint = mine(turn, number)
    return take_complaint(turn, complaint) if complaint else not_mine(turn, number)


@router.staff(rf"回复\s*(?P<number>{NUMBER})[\s:：,，]*(?P<words>.*)")
@staff_only
def reply(turn: Turn, number: str, words: str) -> Reply | str:
    """Answer a complaint in one line; without words they are asked for."""
    return answered(turn, number, words)


@router.staff(rf"(?:全文|详情|原话)\s*(?P<number>{NUMBER})\s*")
@staff_only
def whole(turn: Turn, number: str) -> Reply | str:
    """Say all that the customer said of a complaint."""
    complaint = mine(turn, number)
    return told_whole(turn, complaint) if complaint else not_mine(turn, number)


@router.staff(r"(?:接单|回复|全文)[\s:：]*")
@staff_only
def number_missing(turn: Turn) -> str:
    """Say how to name the complaint."""
    return turn.say("manager.reply.number")


@router.staff(r"(?:我的)?投诉(?:列表)?|我的投诉单")
@staff_only
def my_complaints(turn: Turn) -> str:
    """List open complaints, what is late first; with thousands of them only the first are read."""
    viewer = turn.staff()
    page = queries.open_for(turn.db, viewer, turn.now, ITEMS)
    if not page.total:
        return turn.say("manager.complaint.list.none")
    words = AgendaWords(office(turn), viewer, {})
    lines = [turn.say("manager.complaint.list.head", count=page.total), *map(words.complaint, page.rows)]
    left = page.total - len(page.rows)
    return "\n".join([*lines, *([words.more("complaints", left, 2)] if left else [])])


@router.staff(r"今日|今天|早报|今日安排")
@staff_only
def today(turn: Turn) -> str:
    """Say what today holds, in the lines of the 08:00 brief."""
    date = f"{local(turn.now, turn.zone):%-m月%-d日}"
    head = turn.say("manager.today.head", manager=turn.person.manager_name, date=date)
    lines = brief.lines_for(turn.settings, turn.db, office(turn), turn.staff())
    return "\n".join([head, *(lines or [turn.say("manager.brief.none")])])


@router.staff(r"(?:我的)?(?:任务|待办)(?:列表|清单)?")
@staff_only
def my_tasks(turn: Turn) -> str:
    """List what is to be done, in the same lines as the brief."""
    lines = brief.lines_for(turn.settings, turn.db, office(turn), turn.staff())
    if not lines:
        return turn.say("manager.todo.none")
    return "\n".join([turn.say("manager.todo.head"), *lines, turn.say("manager.todo.tail")])


@router.staff(rf"(?:查?看)?更多(?:的)?(?P<section>{'|'.join(_SECTIONS)})\s*+(?:第)?\s*+(?P<page>[1-9]\d?)?\s*+(?:页)?")
@staff_only
def rest(turn: Turn, section: str, page: str) -> str:
    """List what a brief or 待办 only counted of one kind, page by page; without a number the second page."""
    lines = brief.page_for(
        turn.settings, turn.db, office(turn), turn.staff(), _SECTIONS[section], int(page) if page else 2
    )
    return "\n".join(lines) if lines else turn.say("manager.brief.no_more")


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


def answered(turn: Turn, number: str, words: str) -> Reply | str:
    """Answer the customer of the manager's complaint; without words they are asked for."""
    complaint = mine(turn, number)
    if complaint is None:
        return not_mine(turn, number)
    if complaint.state is ComplaintState.CLOSED:
        return turn.say("manager.reply.closed", number=complaint.number)
    if not words.strip():
        return ask_reply(turn, complaint)
    try:
        return answer_complaint(turn, complaint.id, checked(words.strip()))
    except Invalid as error:
        return turn.say(error.key, **error.values)


def mine(turn: Turn, number: str) -> Complaint | None:
    """Return the complaint with this number, locked, when he may act on it."""
    complaint = queries.numbered(turn.db, read_number(number) or "")
    try:
        return for_manager(turn.db, turn.staff(), complaint.id) if complaint else None
    except ForeignError:
        return None


def not_mine(turn: Turn, number: str) -> str:
    """Say that there is no such complaint of his."""
    return turn.say("manager.not_yours", number=read_number(number) or number)
