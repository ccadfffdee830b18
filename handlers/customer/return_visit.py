"""The return visit (回访): 满意, 一般 or 不满意, and why."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from bot.care import return_visits
from bot.dialogue import Form, Invalid, Router, Turn
from bot.messages import Reply
from bot.service import complaint_handling, staff_notices
from bot.store.models import Complaint, Satisfaction
from bot.tickets.assignee import handled_by
from bot.tickets.complaints import locked
from bot.understanding.satisfaction import rating
from bot.understanding.short_replies import is_skip
from handlers.common import office
from handlers.customer.complaint_followup import is_elsewhere
from handlers.customer.filed import own_complaint

router = Router()
_ANSWERS = {"good": Satisfaction.GOOD, "fair": Satisfaction.FAIR, "bad": Satisfaction.BAD}


@router.choice("rv")
def rate(turn: Turn, choice: str) -> Reply | str:
    """Take the tapped answer, once for each closing."""
    number, _, word = choice.partition(":")
    complaint, answer = own_complaint(turn, number), _ANSWERS.get(word)
    if complaint is None or answer is None:
        return turn.say("choices.expired")
    if return_visits.rated(complaint):
        return turn.say("return_visit.already")
    return _rated(turn, complaint, answer)


@router.first
def aside(turn: Turn) -> Reply | None:
    """Take 满意, 一般, 不满意 or the number typed by hand while the question waits for an answer; else None."""
    said = rating(turn.text)
    asked = return_visits.awaiting(turn.db, turn.contact(), turn.now) if said else None
    complaint = locked(turn.db, asked.id) if asked else None
    if said is None or complaint is None:
        return None
    return Reply.of(_rated(turn, complaint, _ANSWERS[said.answer], said.why))


def _rated(turn: Turn, complaint: Complaint, answer: Satisfaction, why: str = "") -> Reply | str:
    """Who is not content is asked why unless he has said it; a bad answer opens the complaint one level up."""
    complaint_handling.rate(office(turn), complaint, answer, why)
    if answer is Satisfaction.GOOD:
        return turn.say("return_visit.good")
    bad = answer is Satisfaction.BAD
    due = office(turn).when(complaint.due_at)
    facts = {"number": complaint.number, "due": due, "manager": handled_by(turn.db, complaint).name}
    watched = staff_notices.watched(office(turn), complaint)
    sorry = turn.say("return_visit.bad", watched=watched, **facts) if bad else ""
    if why:
        return "\n".join(
            filter(None, (sorry, turn.say("return_visit.why.noted", manager=handled_by(turn.db, complaint).name)))
        )
    question = f"{sorry}\n{turn.say('return_visit.why')}" if bad else turn.say("return_visit.fair")
    return turn.start(ReasonForm, {"complaint": complaint.id, "question": question})


@router.form
class ReasonForm(Form):
    """Ask why the customer was not content; "跳过" is fine, and so is talking of something else."""

    name = "return_visit.reason"
    minutes = 60
    told = False

    class Step(enum.StrEnum):
        """The one question."""

        REASON = "reason"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Ask for the reason."""
        return str(values["question"])

    def check(self, turn: Turn, step: enum.StrEnum, values: dict[str, Any]) -> str:
        """Take any words."""
        if not turn.text:
            raise Invalid("form.invalid.empty")
        return turn.text

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """Keep the reason and tell the manager."""
        complaint = own_complaint(turn, str(values["complaint"]))
        if complaint is None or is_skip(str(values["reason"])):
            return turn.say("return_visit.skipped")
        complaint_handling.rating_reason(office(turn), complaint, str(values["reason"]))
        return turn.say("return_visit.why.noted", manager=handled_by(turn.db, complaint).name)

    def leaves(self, turn: Turn) -> bool:
        """Give way to whatever is clearly about something else."""
        return is_elsewhere(turn)
