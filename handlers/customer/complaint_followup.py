"""A complaint after it was filed: how far it is, more words, hurry, solved or not."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.dialogue import Form, Invalid, Router, Turn
from bot.messages import Option, Reply
from bot.service import complaint_deadlines, complaint_handling, manager_requests, staff_notices
from bot.service.customer_notices import solved_options
from bot.store.models import OPEN_STATES, Complaint, ComplaintState
from bot.tickets import queries
from bot.tickets.complaints import locked
from bot.tickets.numbering import PATTERN, read_number
from bot.tickets.queries import Standing
from bot.tickets.states import TransitionError
from bot.understanding import Answer, Intent, reopening
from bot.understanding.own_case import addition, asks_how_far, tells_more
from bot.understanding.resolution_reply import Verdict, unsolved, verdict
from bot.understanding.short_replies import is_skip
from handlers.common import media_json, office, whose
from handlers.customer.complaint_draft import APART
from handlers.customer.filed import facts_of, own_complaint
from handlers.customer.progress import SHOWN, one, progress, standing

router = Router()
REMEMBERED = timedelta(days=7)
"""So long after an answer or a closing, 没解决 or 又断了 is taken to be about it."""

_ELSEWHERE = {"greet", "help", "thanks", "bye", "smalltalk", "complaint.progress", "manager.talk", "care.opt_out"}


@router.first
def aside(turn: Turn) -> Reply | None:
    """Answer words that are about a complaint already filed; None when they are not.

    Asked before words are understood: "解决了" or a complaint's number mean the same whatever else they look like.
    """
    text = turn.text
    if (words := addition(text)) is not None:
        return _add_words(turn, words)
    if asks_how_far(text) and queries.open_of(turn.transaction.reading, whose(turn)):
        return Reply.of(progress(turn))
    if PATTERN.search(text):
        return _numbered(turn)
    if (said := verdict(text)) and (reply := _settle(turn, said)):
        return reply
    return _not_content(turn) if unsolved(text) else None


@router.intent("urge")
def urge(turn: Turn) -> Reply | str:
    """Tell where it stands and remind the manager; he is reminded once in half an hour."""
    found = queries.open_of(turn.transaction.reading, whose(turn))[:SHOWN]
    open_ones = [locked(turn.db, each.id) for each in found]
    lines = [_urge_one(turn, each) for each in open_ones if each is not None]
    return "\n".join(lines) if lines else _urge_manager(turn)


@router.choice("cs")
def settle(turn: Turn, choice: str) -> Reply | str:
    """Take the answer to "请问解决了吗": yes, no, or not yet."""
    number, _, answer = choice.partition(":")
    complaint = own_complaint(turn, number)
    if complaint is None or answer not in {"yes", "no", "wait"}:
        return turn.say("choices.expired")
    if answer == "wait":
        return turn.say("complaint.not_answered.yet", **facts_of(turn, complaint))
    return _solved(turn, complaint) if answer == "yes" else not_solved(turn, complaint, _said_before(turn, complaint))


def _said_before(turn: Turn, complaint: Complaint) -> str:
    """Return the words after which it was asked whether a closed complaint is to be opened again."""
    kept = turn.session.notes.pop("apart", "") if complaint.state is ComplaintState.CLOSED else ""
    return str(json.loads(kept).get("said", "")) if kept else ""


@router.choice("cp")
def add_picture(turn: Turn, choice: str) -> str:
    """Put the picture that came before into the complaint that was asked about, or leave it."""
    kept, complaint = turn.session.notes.pop("media", ""), own_complaint(turn, choice)
    if choice == "no":
        return turn.say("picture.received")
    if not kept or complaint is None or complaint.state not in OPEN_STATES:
        return turn.say("choices.expired")
    complaint_handling.add(office(turn), complaint, media=(json.loads(kept),))
    return turn.say("complaint.added", **facts_of(turn, complaint))


@router.form
class MoreForm(Form):
    """Ask what is still amiss after "没解决"; "跳过" is fine, and so is talking of something else."""

    name = "complaint.more"
    minutes = 60
    told = False

    class Step(enum.StrEnum):
        """The one question."""

        WORDS = "words"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Ask in the words the reopening came with."""
        return str(values.get("question", "")) or turn.say("complaint.ask.what")

    def check(self, turn: Turn, step: enum.StrEnum, values: dict[str, Any]) -> str:
        """Take any words."""
        if not turn.text:
            raise Invalid("form.invalid.empty")
        return turn.text

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> Reply | str:
        """Add them to the complaint; what sounds like another matter can be filed by itself."""
        complaint, words = own_complaint(turn, str(values["complaint"])), str(values["words"])
        if complaint is None or is_skip(words):
            return turn.say("nod")
        complaint_handling.add(office(turn), complaint, words)
        thanks = turn.say("complaint.more.thanks", **facts_of(turn, complaint))
        if turn.told(words).category in (None, complaint.category):
            return thanks
        return offer_apart(turn, thanks, {"what": words, "said": words})

    def accept_media(self, turn: Turn, values: dict[str, Any]) -> str | None:
        """Pictures go to the complaint at once."""
        complaint = own_complaint(turn, str(values["complaint"]))
        if complaint is None or turn.incoming.media is None:
            return None
        complaint_handling.add(office(turn), complaint, media=(media_json(turn.incoming.media),))
        return turn.say("complaint.added", **facts_of(turn, complaint))

    def leaves(self, turn: Turn) -> bool:
        """Give way to whatever is clearly about something else, and to the wish that was just fulfilled."""
        return is_elsewhere(turn) or ((wish := reopening(turn.text)) is not None and wish.again and not wish.more)


def offer_apart(turn: Turn, words: str, values: Mapping[str, Any], *options: Option) -> Reply:
    """Say the words and offer to file `values` as a complaint of its own."""
    turn.session.notes["apart"] = json.dumps(dict(values), ensure_ascii=False)
    return Reply.choices(words, *options, Option(APART, turn.say("complaint.joined.another")))


def is_elsewhere(turn: Turn) -> bool:
    """Tell whether the words are no answer to an optional question: a greeting, a command, a question we can answer."""
    if not turn.text or verdict(turn.text) is Verdict.SOLVED:
        return bool(turn.text)
    understood = turn.understanding.understand(turn.text, turn.context())
    if isinstance(understood, Intent):
        return understood.name in _ELSEWHERE
    return isinstance(understood, Answer) and re.search(r"[?？吗呢]\s*$|怎么|多少", turn.text) is not None


def _add_words(turn: Turn, words: str) -> Reply | None:
    """Add to the latest open complaint; without one, or for a question such as "补充套餐", it is no addition."""
    number = read_number(words)
    if number:
        words = PATTERN.sub("", words).strip(" ，,：:")
        complaint = queries.by_number(turn.transaction.reading, whose(turn), number)
    else:
        complaint = next(iter(queries.open_of(turn.transaction.reading, whose(turn))), None)
    if complaint is None and not words:
        return Reply.text(turn.say("complaint.none"))
    if complaint is None or complaint.state not in OPEN_STATES:
        return Reply.text(turn.say("error.not_found", number=number)) if number and complaint is None else None
    if not words:
        question = turn.say("complaint.ask.what")
        return turn.start(MoreForm, {"complaint": complaint.id, "question": question})
    return _added(turn, complaint, words)


def _added(turn: Turn, complaint: Standing, words: str) -> Reply:
    held = locked(turn.db, complaint.id)
    assert held is not None, "complaints are never deleted"
    complaint_handling.add(office(turn), held, words)
    return Reply.text(turn.say("complaint.added", **facts_of(turn, held)))


def _numbered(turn: Turn) -> Reply:
    """Answer a message that names a complaint: alone it asks how far it is, with words it adds them."""
    number = read_number(turn.text)
    complaint = queries.by_number(turn.transaction.reading, whose(turn), number) if number else None
    if complaint is None:
        return Reply.text(turn.say("error.not_found", number=number))
    words = PATTERN.sub("", turn.text).strip(" ，,：:")
    if said := verdict(words):
        held = locked(turn.db, complaint.id)
        return (held and _settle_one(turn, held, said, words)) or Reply.of(one(turn, complaint))
    if not tells_more(words) or complaint.state not in OPEN_STATES:
        return Reply.of(one(turn, complaint))
    return _added(turn, complaint, words)


def _settle(turn: Turn, said: Verdict) -> Reply | None:
    """Take 解决了, 没解决 or 又断了 typed by hand as being about the complaint that was answered or closed last."""
    found = queries.recent_of(turn.transaction.reading, whose(turn), turn.now)
    answered = [each for each in found if each.state is ComplaintState.ANSWERED]
    if said is Verdict.STILL:
        category = turn.told(turn.text).category
        found = [each for each in found if category in (None, each.category)]
    fresh = turn.now - REMEMBERED
    about = next((each for each in answered if each in found and each.answered_at and each.answered_at > fresh), None)
    if about is None and said in {Verdict.SOLVED, Verdict.NOT_SOLVED, Verdict.STILL}:
        about = next((each for each in found if each.state in OPEN_STATES or _closed_since(each, fresh)), None)
    held = locked(turn.db, about.id) if about else None
    return _settle_one(turn, held, said, turn.text) if held else None


def _not_content(turn: Turn) -> Reply | None:
    """Open the one complaint that was answered again when a text of any length begins with 没解决 or 不满意."""
    open_ones = queries.open_of(turn.transaction.reading, whose(turn))
    answered = [each for each in open_ones if each.state is ComplaintState.ANSWERED]
    held = locked(turn.db, answered[0].id) if len(answered) == 1 else None
    return not_solved(turn, held, turn.text) if held else None


def _settle_one(turn: Turn, complaint: Complaint, said: Verdict, words: str) -> Reply | None:
    match complaint.state, said:
        case ComplaintState.ANSWERED, Verdict.UNSURE:
            return _unsure(turn, complaint)
        case ComplaintState.ANSWERED, Verdict.SOLVED:
            return Reply.text(_solved(turn, complaint))
        case ComplaintState.ANSWERED, _:
            return not_solved(turn, complaint, words)
        case ComplaintState.CLOSED, Verdict.NOT_SOLVED | Verdict.STILL:
            return _ask_reopen(turn, complaint)
        case ComplaintState.CLOSED, _:
            return None
        case _, Verdict.SOLVED:
            return _ask_close(turn, complaint)
        case _, Verdict.NOT_SOLVED:
            return Reply.text(_urge_one(turn, complaint))
        case _, Verdict.STILL if turn.told(words).category is None:
            complaint_handling.add(office(turn), complaint, words)
            return Reply.text(turn.say("complaint.added", **facts_of(turn, complaint)))
    return None


def _unsure(turn: Turn, complaint: Complaint) -> Reply:
    """Take a number as the option it stands for; a bare 是的 or 没有 is asked once more, now as a question."""
    digit = turn.text.strip(" 。.、第个").translate(str.maketrans("１２一二", "1212"))
    if digit in {"1", "2"}:
        return Reply.text(_solved(turn, complaint)) if digit == "1" else not_solved(turn, complaint)
    words = turn.say("complaint.solved.ask", **facts_of(turn, complaint))
    return Reply.choices(words, *solved_options(office(turn), complaint))


def _ask_reopen(turn: Turn, complaint: Complaint) -> Reply:
    yes = Option(f"cs:{complaint.id}:no", turn.say("complaint.reopen.yes"))
    return offer_apart(
        turn, turn.say("complaint.reopen.ask", **facts_of(turn, complaint)), {"what": turn.text, "said": turn.text}, yes
    )


def _ask_close(turn: Turn, complaint: Complaint) -> Reply:
    yes = Option(f"cs:{complaint.id}:yes", turn.say("complaint.solved.yes"))
    no = Option(f"cs:{complaint.id}:wait", turn.say("complaint.solved.not_yet"))
    return Reply.choices(turn.say("complaint.close.ask", **facts_of(turn, complaint)), yes, no)


def _solved(turn: Turn, complaint: Complaint) -> str:
    try:
        complaint_handling.solved(office(turn), complaint)
    except TransitionError:
        return turn.say("complaint.closed.already", **facts_of(turn, complaint))
    return turn.say("complaint.closed", **facts_of(turn, complaint))


def not_solved(turn: Turn, complaint: Complaint, words: str = "") -> Reply:
    """Open it again one level up and ask what is missing; words beyond a bare "没解决" are kept with it."""
    if complaint.state is ComplaintState.REOPENED:
        return Reply.text(turn.say("complaint.reopened.already", **facts_of(turn, complaint)))
    try:
        complaint_handling.reopen(office(turn), complaint, words)
    except TransitionError:
        return Reply.text(turn.say("complaint.not_answered.yet", **facts_of(turn, complaint)))
    watched = staff_notices.watched(office(turn), complaint)
    done = turn.say("complaint.reopened", watched=watched, **facts_of(turn, complaint))
    if len(words) > complaint_handling.BARE:
        return Reply.text(done)
    question = f"{done}{turn.say('complaint.reopened.ask')}"
    return turn.start(MoreForm, {"complaint": complaint.id, "question": question})


def _closed_since(complaint: Standing, moment: datetime) -> bool:
    return complaint.closed_at is not None and complaint.closed_at > moment and not complaint.withdrawn


def _urge_one(turn: Turn, complaint: Complaint) -> str:
    if complaint.state is ComplaintState.ANSWERED:
        told = queries.by_number(turn.transaction.reading, whose(turn), complaint.number)
        return standing(turn, told) if told else ""
    late = complaint.due_at < turn.now
    reminded = complaint_handling.urge(office(turn), complaint, turn.text)
    if late:
        complaint_deadlines.admitted(office(turn), complaint)
    facts = facts_of(turn, complaint)
    if reminded:
        return turn.say("complaint.urged_late" if late else "complaint.urged", **facts)
    return turn.say("complaint.urged_again", **facts)


def _urge_manager(turn: Turn) -> str:
    """Remind the manager of a talk or an answer he owes; otherwise ask what the customer is waiting for."""
    task = manager_requests.waiting_for(office(turn), turn.contact())
    if task is None:
        return turn.say("urge.none")
    manager, due = manager_requests.remind(office(turn), turn.contact(), task, turn.text)
    return turn.say("urge.manager", manager=manager, due=office(turn).when(due))
