"""Being polite: greetings, help, thanks, small talk, praise."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Any

from bot.dialogue import Form, Invalid, Router, Turn
from bot.messages import Reply
from bot.service import manager_requests
from handlers.common import fill, office, whose
from handlers.customer import answer_feedback

router = Router()
_CONSULT = re.compile(r".{0,4}咨询.{0,4}")
_BARE_PRAISE = re.compile(r"(?:我要?|我想|想要?)?(?:表扬|点赞|夸|好评)(?:一下|一个|你们|他|她)?")


@router.intent("greet")
def greet(turn: Turn) -> str:
    """Greet by the time of day."""
    hour = turn.now.astimezone(turn.zone).hour
    part = "morning" if 5 <= hour < 11 else "afternoon" if 12 <= hour < 18 else "evening" if hour >= 18 else ""
    return turn.say(f"greet.{part}" if part else "greet")


@router.intent("help", "question")
def explain(turn: Turn, text: str) -> str:
    """Say how to use the assistant."""
    return turn.say("help.consult" if _CONSULT.fullmatch(text) else "help")


@router.intent("thanks")
def thanks(turn: Turn) -> Reply | str:
    """Answer thanks."""
    return answer_feedback.offer(turn, turn.say("thanks"))


@router.intent("bye")
def bye(turn: Turn) -> Reply | str:
    """Say goodbye."""
    return answer_feedback.offer(turn, turn.say("bye"))


@router.intent("smalltalk")
def smalltalk(turn: Turn, slots: Mapping[str, str]) -> str:
    """Keep small talk short and come back to business."""
    words = fill(turn, slots.get("text", ""))
    return words or turn.say("help.short")


@router.intent("praise")
def praise(turn: Turn, text: str) -> Reply | str:
    """Pass praise on; bare "我要表扬" is asked for words."""
    if not text or _BARE_PRAISE.fullmatch(text):
        return turn.start(PraiseForm)
    return passed_on(turn, text)


@router.form
class PraiseForm(Form):
    """Ask whom and what the customer wants to praise."""

    name = "praise"
    minutes = 10

    class Step(enum.StrEnum):
        """The one question."""

        WORDS = "words"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Ask for the words."""
        return turn.say("praise.ask")

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Take any words."""
        if not turn.text:
            raise Invalid("form.invalid.empty")
        return turn.text

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """Pass them on."""
        return passed_on(turn, str(values["words"]))


def passed_on(turn: Turn, text: str) -> str:
    """Pass praise on to the manager and his superior, and say so."""
    manager = manager_requests.praise(office(turn), whose(turn).contact_id, text)
    if manager is None:
        return turn.say("praise.recorded_no_manager")
    return turn.say("praise.recorded", manager=manager.name)
