"""Business questions: the answer, a few choices, or an honest "not sure" with a name and a time."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from bot import understanding
from bot.dialogue import Router, Turn
from bot.learning.open_questions import Asked
from bot.messages import SILENT, Article, Option, Part, Picture, Reply, Text
from bot.service import manager_requests, manager_words
from bot.store.models import Outcome
from bot.tickets import queries
from bot.understanding import Answer, Link, Unknown, about_own_case
from bot.understanding.pii import password_told
from handlers.common import fill, office, whose
from handlers.customer import answer_feedback
from handlers.customer.complaint_followup import urge
from handlers.customer.own_manager import left_words
from handlers.customer.progress import progress

router = Router()
LONG = 500
"""Longer messages that are not understood are asked to be said shortly."""

SHORTEST = 4
"""Characters; a shorter message that is not understood is asked to be said in full before a person is troubled."""

_FACE = re.compile(r"[\u2600-\u27bf\U0001f000-\U0001faff]|\[[^\]]{1,6}\]|/:[^\s]+")
_MEANT = re.compile(r"[0-9A-Za-z一-鿿]")


@router.understood(Answer)
def answer(turn: Turn, understood: Answer) -> Reply:
    """Give the answer, both when two things were asked; words meant for the manager go to him as well."""
    words, manager = give(turn, understood), left_words(turn)
    if manager:
        words = f"{words}\n{turn.say('talk.manager.noted_too', manager=manager)}"
    return _shown(turn, words, understood)


@router.understood(understanding.Choices)
def choose(turn: Turn, understood: understanding.Choices) -> Reply:
    """Ask which of at most three things is meant, unless the words are for the manager."""
    if manager := left_words(turn):
        return Reply.text(turn.say("talk.manager.noted", manager=manager))
    turn.outcome, turn.item = Outcome.OFFERED, understood.options[0].id
    answer_feedback.choosing(turn)
    options = (Option(f"ask:{choice.id}", choice.label) for choice in understood.options)
    return Reply.choices(understood.question, *options, tail=turn.say("choices.tail"))


@router.choice("ask")
def chosen(turn: Turn, choice: str) -> Reply | str:
    """Answer the thing that was picked; that ends the topic."""
    found = turn.understanding.answer(choice, turn.context())
    if found is None:
        return turn.say("answer.gone")
    question = turn.session.notes.get("choosing", "")
    words = give(turn, found)
    turn.outcome = Outcome.CHOSEN
    answer_feedback.asked(turn, question)
    return _shown(turn, answer_feedback.mention(turn, words), found)


@router.understood(Unknown)
def unknown(turn: Turn, understood: Unknown) -> Reply | str:
    """Say honestly that we are not sure, record the question, and name who answers by when.

    Words about his own case are no question: they are answered with how it stands.
    """
    if understood.reason == "empty" or not _MEANT.search(turn.text):
        return turn.say("sticker" if _FACE.search(turn.text) else "help.short")
    if manager := left_words(turn):
        return turn.say("talk.manager.noted", manager=manager)
    if manager_words.wait_for(turn.transaction.reading, whose(turn).contact_id):
        return turn.say("talk.manager.follows")
    if understood.say:
        turn.outcome = Outcome.ANSWERED
        return understood.say
    if manager := manager_requests.answer_to_manager(office(turn), whose(turn).contact_id, turn.text):
        turn.outcome = Outcome.HANDED_OVER
        return turn.say("talk.manager.noted", manager=manager)
    if about_own_case(turn.text):
        return progress(turn) if queries.recent_of(turn.transaction.reading, whose(turn), turn.now) else urge(turn)
    if len(turn.text) > LONG:
        return turn.say("too_long")
    if len(_MEANT.findall(turn.text)) < SHORTEST:
        said_enough = turn.session.expired_form and turn.session.left  # the form that ran out of time is told of
        return SILENT if said_enough else turn.say("unknown.short")
    return turn.say("sensitive.alone") if password_told(turn.text) else _put_to_staff(turn, understood)


def _put_to_staff(turn: Turn, understood: Unknown) -> str:
    question = Asked(turn.text, understood.reason, Outcome.UNKNOWN, understood.candidates, understood.category)
    turn.outcome, turn.item = Outcome.UNKNOWN, understood.category or ""
    answer_feedback.forget(turn)
    asked = manager_requests.not_known(office(turn), whose(turn).contact_id, question)
    due = office(turn).when(asked.due_at)
    if asked.again:
        return turn.say("answer.unsure_again", manager=asked.manager.name, due=due)
    if not asked.own:
        return turn.say("answer.unsure_assigned", manager=asked.manager.name, due=due)
    return turn.say("answer.unsure", manager=asked.manager.name, due=due)


@router.event("click")
def menu_of_others(turn: Turn) -> Reply | str:
    """Say what can be asked after a tap on a menu item this program does not know; the dispatcher takes its own."""
    return SILENT if turn.person.is_staff else turn.say("help.short")


def give(turn: Turn, found: Answer) -> str:
    """Return the words of an answer and remember what they were about."""
    turn.session.last, turn.session.last_at = found.entry_id, turn.now
    turn.outcome, turn.item = Outcome.ANSWERED, found.entry_id
    answer_feedback.asked(turn)
    if not found.more:
        return _words(turn, found)
    second = "\n".join(_words(turn, each) for each in found.more)
    return turn.say("answer.two", first=_words(turn, found), second=second)


def _words(turn: Turn, found: Answer) -> str:
    words = fill(turn, found.text)
    if found.source and turn.person.is_staff:
        words += turn.say("answer.source", source=found.source)
    return f"{words}\n{anchor(found.link)}" if found.link else words


def anchor(link: Link) -> str:
    """Return a link as words hold it; a mini program has a page for phones that cannot open it."""
    program = ""
    if link.app_id:
        path = f' data-miniprogram-path="{html.escape(link.path)}"' if link.path else ""
        program = f'data-miniprogram-appid="{html.escape(link.app_id)}"{path} '
    return f'<a {program}href="{html.escape(link.url)}">{html.escape(link.title)}</a>'


def _shown(turn: Turn, words: str, found: Answer) -> Reply:
    """Return the words with the answer's picture and card behind them.

    The words are the passive reply, which holds one message; the rest follows as customer-service messages.
    """
    beside = (part for each in (found, *found.more) for part in _beside(turn, each))
    return Reply((Text(words), *beside))


def _beside(turn: Turn, found: Answer) -> Iterator[Part]:
    if found.picture:
        yield Picture(found.picture)
    if card := found.card:
        yield Article(fill(turn, card.title), fill(turn, card.text), card.url, card.picture)
