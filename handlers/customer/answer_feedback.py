"""有用 or 没用: asked at most once a day, when an answer has ended its topic; heard whenever it is typed after one."""

from __future__ import annotations

from datetime import timedelta

from bot.dialogue import Router, Turn
from bot.learning.open_questions import Asked
from bot.learning.topics import topic_of
from bot.messages import Option, Reply
from bot.service import manager_requests
from bot.store.models import Outcome
from bot.tickets import queries
from bot.understanding import normalise
from bot.understanding.intents import upset
from bot.understanding.short_replies import accepts
from bot.understanding.usefulness import useful, useless
from handlers.common import office, whose
from handlers.customer.own_manager import call

router = Router()
FRESH = timedelta(minutes=10)
"""So long after an answer a word on it is about it."""

KEPT = 200
"""Characters of the question that are remembered with the conversation."""

_TALK = "use:talk"


def asked(turn: Turn, question: str = "") -> None:
    """Remember what was asked and answered, so that a word on the answer can be about it."""
    turn.session.notes["asked"] = (question or turn.text)[:KEPT]


def choosing(turn: Turn) -> None:
    """Remember the question that choices are offered for; no word is about an earlier answer any more."""
    forget(turn)
    turn.session.notes["choosing"] = turn.text[:KEPT]


def forget(turn: Turn) -> None:
    """Forget the last answer: the talk has gone on."""
    turn.session.notes.pop("asked", None)


def offer(turn: Turn, words: str) -> Reply | str:
    """Return the words that end a topic with 有用 and 没用 below them, when it is time to ask."""
    if not _due(turn):
        return words
    turn.session.notes["useful_on"] = str(turn.today)
    return Reply.choices(words, Option("use:yes", turn.say("useful.yes")), Option("use:no", turn.say("useful.no")))


def mention(turn: Turn, words: str) -> str:
    """Return an answer with a line that 有用 or 没用 may be typed; a number still picks another of the choices."""
    if not _due(turn):
        return words
    turn.session.notes["useful_on"] = str(turn.today)
    return f"{words}\n{turn.say('useful.mention')}"


def refused(turn: Turn) -> None:
    """Keep a question for which none of the choices was right."""
    question = turn.session.notes.pop("choosing", "")
    offered = tuple(key.removeprefix("ask:") for key, _ in turn.session.offered if key.startswith("ask:"))
    if not question or not offered:
        return
    turn.outcome, turn.item = Outcome.REFUSED, _topic(turn, offered[0]) or ""
    _keep(turn, question, Outcome.REFUSED, offered)


@router.first
def typed(turn: Turn) -> Reply | None:
    """Hear 有用 and 没用 right after an answer, and a yes to the manager who was offered."""
    if [key for key, _ in turn.session.offered] == [_TALK]:
        return Reply.of(tapped(turn, "talk")) if accepts(turn.text) else None
    if useless(turn.text) and any(key.startswith("ask:") for key, _ in turn.session.offered):
        refused(turn)
        return Reply.text(turn.say("choices.refused"))
    if not _fresh(turn):
        return None
    if useless(turn.text):
        return Reply.of(tapped(turn, "no"))
    return Reply.of(tapped(turn, "yes")) if useful(turn.text) else None


@router.choice("use")
def tapped(turn: Turn, choice: str) -> Reply | str:
    """Count what he thinks of the last answer; after 没用 his manager is offered."""
    if choice == "talk":
        return call(turn, turn.session.notes.pop("useless", ""))
    question, item = turn.session.notes.pop("asked", ""), turn.session.last
    if not question or not item:
        return turn.say("useful.noted")
    helped = choice == "yes"
    turn.outcome, turn.item = (Outcome.USEFUL if helped else Outcome.USELESS), item
    if helped:
        return turn.say("useful.thanks")
    turn.session.notes["useless"] = question
    _keep(turn, question, Outcome.USELESS, (item,))
    return Reply.choices(turn.say("useless.sorry"), Option(_TALK, turn.say("useless.talk")))


def _keep(turn: Turn, question: str, outcome: Outcome, candidates: tuple[str, ...]) -> None:
    told = Asked(question, outcome, outcome, candidates, _topic(turn, candidates[0]))
    manager_requests.not_helped(office(turn), whose(turn).contact_id, told)


def _topic(turn: Turn, item: str) -> str | None:
    return topic_of(turn.understanding.knowledge, item)


def _due(turn: Turn) -> bool:
    """Tell whether to ask: right after an answer, once a day, and never somebody who is in trouble."""
    session = turn.session
    if not _fresh(turn) or session.form or session.notes.get("useful_on") == str(turn.today):
        return False
    return not upset(normalise(session.notes["asked"])) and not queries.open_of(turn.transaction.reading, whose(turn))


def _fresh(turn: Turn) -> bool:
    at = turn.session.last_at
    return bool(turn.session.notes.get("asked")) and at is not None and timedelta() <= turn.now - at <= FRESH
