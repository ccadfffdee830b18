"""The return visit (回访): 满意, 一般 or 不满意, and why."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from bot.casework import complaints
from bot.dialogue import Form, Invalid, Reply, Router, Turn
from bot.store.models import Satisfaction
from handlers.customer.course import own_complaint
from handlers.office import office

router = Router()
_ANSWERS = {"good": Satisfaction.GOOD, "fair": Satisfaction.FAIR, "bad": Satisfaction.BAD}


@router.choice("rv")
def rate(turn: Turn, choice: str) -> Reply | str:
    """Take the answer once; who is not content is asked why, and a bad one opens the complaint one level up."""
    number, _, word = choice.partition(":")
    complaint, answer = own_complaint(turn, number), _ANSWERS.get(word)
    if complaint is None or answer is None:
        return turn.say("choices.expired")
    if complaint.satisfaction is not None:
        return turn.say("return_visit.already")
    complaints.rate(office(turn), complaint, answer)
    if answer is Satisfaction.GOOD:
        return turn.say("return_visit.good")
    due = office(turn).when(complaint.due_at)
    question = turn.say("return_visit.fair")
    if answer is Satisfaction.BAD:
        bad = turn.say("return_visit.bad", number=complaint.number, due=due)
        question = f"{bad}\n{turn.say('return_visit.why')}"
    return turn.start(ReasonForm, {"complaint": complaint.id, "question": question})


@router.form
class ReasonForm(Form):
    """Ask why the customer was not content; "跳过" is fine."""

    name = "return_visit.reason"
    minutes = 30

    class Step(enum.StrEnum):
        """The one question."""

        REASON = "reason"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Ask for the reason."""
        return str(values["question"])

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Take any words."""
        if not turn.text:
            raise Invalid("form.invalid.empty")
        return turn.text

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """Keep the reason and tell the manager."""
        complaint = own_complaint(turn, str(values["complaint"]))
        if complaint is None or values["reason"] == turn.say("form.skip.word"):
            return turn.say("return_visit.skipped")
        complaints.rating_reason(office(turn), complaint, str(values["reason"]))
        return turn.say("return_visit.why.noted", manager=complaint.owner.name)
