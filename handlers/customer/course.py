"""A complaint after it was filed: how far it is, more words, hurry, solved or not, taken back."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.casework import complaints, requests
from bot.casework.messages import solved_options
from bot.dialogue import Form, Invalid, Option, Reply, Router, Turn
from bot.store.models import OPEN_STATES, Complaint, ComplaintState
from bot.tickets import lists
from bot.tickets.complaints import locked
from bot.tickets.numbers import PATTERN, read_number
from bot.tickets.states import TransitionError
from handlers.office import media_json, office

router = Router()
SHOWN = 5
_WITHDRAW = re.compile(
    r"(?:我要?|我想|帮我|请|麻烦)*(?:撤销|撤回|撤掉|取消)(?:一下|掉)?(?:我的?|这个|刚才的?|上次的?|之前的?)*(?:投诉|TS[\d-]+)(?:吧|了)?[。.!！]?"
    r"|(?:我)?(?:不投诉了|不想投诉了|撤诉)(?:吧|了)?[。.!！]?",
    re.IGNORECASE,
)
_ADD = re.compile(
    r"(?:我要?|我想|再|还要?)*补充(?:(?:一下|一句|一点|说明|投诉)+[:：,，。\s]*|[:：,，。\s]+|$)(?P<words>.*)",
    re.DOTALL,
)
_SOLVED = re.compile(r"(?:(?:已经|都|问题)*(?:解决|处理好|修好|弄好|搞定)了|已解决)[啦吧，,。.!！]*(?:谢谢.{0,4})?")
_NOT_SOLVED = re.compile(r"(?:还是?|一直|仍然?|都|问题)*(?:没有?|未)(?:能|给|有)*(?:解决|处理好?|修好|弄好).{0,8}")
_QUERY_WORDS = re.compile(
    r"进度|查询?|怎么样了?|如何了?|到哪了?|我的?|投诉|编号|处理|的|了|吗|呢|什么|情况|[\s?？。，,:：!！]"
)


def aside(turn: Turn) -> Reply | None:
    """Answer words that are about a complaint already filed; None when they are not.

    Asked before every intent and answer: "解决了" or a complaint's number mean the same whatever else they look like.
    """
    text = turn.text
    if _WITHDRAW.fullmatch(text):
        return _reply(ask_withdraw(turn))
    if found := _ADD.fullmatch(text):
        return _add_words(turn, found["words"].strip())
    if _SOLVED.fullmatch(text):
        return _settle(turn, yes=True)
    if _NOT_SOLVED.fullmatch(text):
        return _settle(turn, yes=False)
    return _numbered(turn) if PATTERN.search(text) else None


@router.intent("complaint.progress")
def progress(turn: Turn) -> Reply | str:
    """Say how far his complaints are: none, one, or all in a list."""
    found = lists.recent_of(turn.db, turn.contact(), turn.now)
    open_ones = [each for each in found if each.state in OPEN_STATES]
    if not found:
        return turn.say("complaint.none")
    if len(open_ones) == 1 or len(found) == 1:
        return _one(turn, (open_ones or list(found))[0])
    shown = (open_ones or list(found))[:SHOWN]
    lines = (f"{number}. {_standing(turn, each)}" for number, each in enumerate(shown, 1))
    head = turn.say("complaint.progress.head", count=len(shown))
    return "\n".join([head, *lines])


@router.intent("urge")
def urge(turn: Turn) -> Reply | str:
    """Tell where it stands and remind the manager; he is reminded once in half an hour."""
    open_ones = [locked(turn.db, each.id) for each in lists.open_of(turn.db, turn.contact())[:SHOWN]]
    lines = [_urge_one(turn, each) for each in open_ones if each is not None]
    return "\n".join(lines) if lines else _urge_manager(turn)


@router.choice("cs")
def settle(turn: Turn, choice: str) -> Reply | str:
    """Take the answer to "请问解决了吗"."""
    number, _, answer = choice.partition(":")
    complaint = own_complaint(turn, number)
    if complaint is None or answer not in {"yes", "no"}:
        return turn.say("choices.expired")
    return _solved(turn, complaint) if answer == "yes" else _not_solved(turn, complaint)


@router.choice("cw")
def withdraw(turn: Turn, choice: str) -> Reply | str:
    """Take a complaint back after asking: `<id>` asks, `<id>:yes` does it, `<id>:no` leaves it."""
    number, _, answer = choice.partition(":")
    complaint = own_complaint(turn, number)
    if complaint is None:
        return turn.say("choices.expired")
    if answer not in {"yes", "no"}:
        return _confirm_withdraw(turn, complaint)
    if answer == "no":
        return turn.say("complaint.withdraw.kept", **_words(turn, complaint))
    try:
        complaints.withdraw(office(turn), complaint)
    except TransitionError:
        return turn.say("complaint.closed.already", **_words(turn, complaint))
    return turn.say("complaint.withdrawn", **_words(turn, complaint))


@router.form
class MoreForm(Form):
    """Ask what is still amiss after "没解决"; "跳过" is fine."""

    name = "complaint.more"
    minutes = 10

    class Step(enum.StrEnum):
        """The one question."""

        WORDS = "words"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Ask in the words the reopening came with."""
        return str(values.get("question", "")) or turn.say("complaint.ask.what")

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Take any words."""
        if not turn.text:
            raise Invalid("form.invalid.empty")
        return turn.text

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """Add them to the complaint."""
        complaint = own_complaint(turn, str(values["complaint"]))
        if complaint is None or values["words"] == turn.say("form.skip.word"):
            return turn.say("thanks")
        complaints.add(office(turn), complaint, str(values["words"]))
        return turn.say("complaint.more.thanks", **_words(turn, complaint))

    def accept_media(self, turn: Turn, values: dict[str, Any]) -> str | None:
        """Pictures go to the complaint at once."""
        complaint = own_complaint(turn, str(values["complaint"]))
        if complaint is None or turn.incoming.media is None:
            return None
        complaints.add(office(turn), complaint, media=(media_json(turn.incoming.media),))
        return turn.say("complaint.added", **_words(turn, complaint))


def own_complaint(turn: Turn, number: str) -> Complaint | None:
    """Return the person's own complaint by its id, locked; another's is not found."""
    complaint = locked(turn.db, int(number)) if number.isdigit() and len(number) < 18 else None
    person = turn.person
    if complaint is None:
        return None
    same_customer = person.customer_id is not None and complaint.customer_id == person.customer_id
    return complaint if complaint.contact_id == person.contact_id or same_customer else None


def ask_withdraw(turn: Turn) -> Reply | str:
    """Ask whether (or which) complaint is to be taken back."""
    number = read_number(turn.text)
    found: Sequence[Complaint] = lists.open_of(turn.db, turn.contact())[:SHOWN]
    if number:
        found = [each for each in found if each.number == number]
    if not found:
        return turn.say("complaint.none")
    if len(found) == 1:
        return _confirm_withdraw(turn, found[0])
    options = (Option(f"cw:{each.id}", f"{each.number} {office(turn).title(each.category)}") for each in found)
    return Reply.choices(turn.say("complaint.withdraw.which"), *options)


def _confirm_withdraw(turn: Turn, complaint: Complaint) -> Reply:
    yes = Option(f"cw:{complaint.id}:yes", turn.say("complaint.withdraw.yes"))
    no = Option(f"cw:{complaint.id}:no", turn.say("complaint.withdraw.no"))
    return Reply.choices(turn.say("complaint.withdraw.sure", **_words(turn, complaint)), yes, no)


def _add_words(turn: Turn, words: str) -> Reply | None:
    """Add to the latest open complaint; without one, or for a question such as "补充套餐", it is no addition."""
    number = read_number(words)
    if number:
        words = PATTERN.sub("", words).strip(" ，,：:")
        complaint = lists.by_number(turn.db, turn.contact(), number)
    else:
        complaint = next(iter(lists.open_of(turn.db, turn.contact())), None)
    if complaint is None or complaint.state not in OPEN_STATES:
        return Reply.text(turn.say("error.not_found", number=number)) if number and complaint is None else None
    if not words:
        question = turn.say("complaint.ask.what")
        return turn.start(MoreForm, {"complaint": complaint.id, "question": question})
    complaints.add(office(turn), complaint, words)
    return Reply.text(turn.say("complaint.added", **_words(turn, complaint)))


def _numbered(turn: Turn) -> Reply:
    """Answer a message that names a complaint: alone it asks how far it is, with words it adds them."""
    number = read_number(turn.text)
    complaint = lists.by_number(turn.db, turn.contact(), number) if number else None
    if complaint is None:
        return Reply.text(turn.say("error.not_found", number=number))
    rest = _QUERY_WORDS.sub("", PATTERN.sub("", turn.text))
    if len(rest) < 4 or complaint.state not in OPEN_STATES:
        return _reply(_one(turn, complaint))
    complaints.add(office(turn), complaint, PATTERN.sub("", turn.text).strip(" ，,：:"))
    return Reply.text(turn.say("complaint.added", **_words(turn, complaint)))


def _settle(turn: Turn, *, yes: bool) -> Reply | None:
    """Take 解决了/没解决 typed by hand as the answer about the complaint that was answered last."""
    answered = [each for each in lists.open_of(turn.db, turn.contact()) if each.state is ComplaintState.ANSWERED]
    complaint = locked(turn.db, answered[0].id) if answered else None
    if complaint is None:
        return None
    return _reply(_solved(turn, complaint) if yes else _not_solved(turn, complaint))


def _solved(turn: Turn, complaint: Complaint) -> str:
    try:
        complaints.solved(office(turn), complaint)
    except TransitionError:
        return turn.say("complaint.closed.already", **_words(turn, complaint))
    return turn.say("complaint.closed", **_words(turn, complaint))


def _not_solved(turn: Turn, complaint: Complaint) -> Reply | str:
    if complaint.state is ComplaintState.REOPENED:
        return turn.say("complaint.reopened.already", **_words(turn, complaint))
    try:
        complaints.reopen(office(turn), complaint)
    except TransitionError:
        return turn.say("complaint.not_answered.yet", **_words(turn, complaint))
    question = turn.say("complaint.reopened", **_words(turn, complaint))
    return turn.start(MoreForm, {"complaint": complaint.id, "question": question})


def _one(turn: Turn, complaint: Complaint) -> Reply | str:
    words = _standing(turn, complaint)
    if complaint.state is ComplaintState.ANSWERED:
        return Reply.choices(words, *solved_options(office(turn), complaint))
    return words


def _standing(turn: Turn, complaint: Complaint) -> str:
    """Return how far it is; being late is admitted and goes to the supervisor."""
    waiting = complaint.state in {ComplaintState.FILED, ComplaintState.TAKEN, ComplaintState.REOPENED}
    if waiting and complaint.due_at < turn.now and (held := locked(turn.db, complaint.id)):
        complaints.overdue(office(turn), held)
        return turn.say("complaint.progress.late", **_words(turn, complaint))
    match complaint.state:
        case ComplaintState.FILED:
            return turn.say("complaint.progress.new", **_words(turn, complaint))
        case ComplaintState.TAKEN:
            return turn.say("complaint.progress.accepted", **_words(turn, complaint))
        case ComplaintState.ANSWERED:
            reply = lists.last_answer(turn.db, complaint)
            return turn.say("complaint.progress.replied", reply=reply, **_words(turn, complaint))
        case ComplaintState.REOPENED:
            return turn.say("complaint.progress.reopened", **_words(turn, complaint))
        case ComplaintState.CLOSED:
            return _ended(turn, complaint)


def _ended(turn: Turn, complaint: Complaint) -> str:
    if complaint.events and any(event.kind == "withdrawn" for event in complaint.events):
        return turn.say("complaint.progress.cancelled", **_words(turn, complaint))
    closed = office(turn).when(complaint.closed_at or complaint.filed_at)
    return turn.say("complaint.progress.closed", time=closed, **_words(turn, complaint))


def _urge_one(turn: Turn, complaint: Complaint) -> str:
    if complaint.state is ComplaintState.ANSWERED:
        return _standing(turn, complaint)
    late = complaint.due_at < turn.now
    if late:
        complaints.overdue(office(turn), complaint)
    if not complaints.urge(office(turn), complaint):
        return turn.say("complaint.urged_again", **_words(turn, complaint))
    return turn.say("complaint.urged_late" if late else "complaint.urged", **_words(turn, complaint))


def _urge_manager(turn: Turn) -> str:
    """Remind the manager of a talk or an answer he owes; otherwise ask what the customer is waiting for."""
    task = requests.waiting_for(office(turn), turn.contact())
    if task is None:
        return turn.say("urge.none")
    manager = requests.remind(office(turn), turn.contact(), task)
    return turn.say("urge.manager", manager=manager.name, due=office(turn).when(task.due_at))


def _words(turn: Turn, complaint: Complaint) -> dict[str, str]:
    """Return what the texts about a complaint are filled with."""
    here = office(turn)
    return {
        "number": complaint.number,
        "category": here.title(complaint.category or "other"),
        "manager": complaint.owner.name,
        "due": here.when(complaint.due_at),
    }


def _reply(answer: Reply | str) -> Reply:
    return Reply.text(answer) if isinstance(answer, str) else answer
