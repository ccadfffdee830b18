"""Open questions in a manager's chat: list them, answer them, say that one needs no answer, hand one on."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from bot.clock import local_date
from bot.dialogue import Form, Invalid, Router, Turn
from bot.learning import experts, open_questions
from bot.messages import Reply
from bot.service import open_question_cards
from bot.store.models import OpenQuestion, OpenQuestionState
from handlers.common import office
from handlers.manager.answer_validation import checked
from handlers.manager.draft_talk import answered_badly, drafted, number_of
from handlers.manager.staff_only import staff_only

router = Router()
_NUMBER = r"(?:第)?\s*(?P<number>\d{1,9}|[一二三四五六七八九十])?\s*(?:号|题|条|个)?"


@router.staff(r"待答(?:问题|的问题)?|问题(?:列表|清单)?|(?:待)?回答问题")
@staff_only
def listed(turn: Turn) -> str:
    """List what he was asked; when that is done, what else there is for him."""
    waiting = list(open_questions.waiting_for(turn.db, turn.staff())) or _next(turn)
    if not waiting:
        return turn.say("learn.none")
    counted = open_questions.times(turn.db, waiting)
    lines = [_line(turn, question, counted[question.id]) for question in waiting[: 2 * open_question_cards.SHOWN]]
    head = turn.say("learn.list.head", count=len(waiting))
    return "\n".join([head, *lines, turn.say("learn.list.tail", id=waiting[0].id)])


@router.staff(rf"(?:回)?答\s*{_NUMBER}[\s:：,，.、]*(?P<words>.*)")
@staff_only
def answered(turn: Turn, number: str, words: str) -> Reply | str:
    """Take the answer to a question; without words they are asked for."""
    question = _named(turn, number)
    if question is None:
        return _not_found(turn, number)
    if not words.strip():
        return ask_words(turn, question)
    try:
        return drafted(turn, question, checked(words.strip()))
    except Invalid as error:
        return turn.say(error.key, **error.values)


@router.card(*open_question_cards.ANSWER_KEYS)
@staff_only
def tapped(turn: Turn, task_id: str, event_key: str, response_code: str) -> Reply | str:
    """Ask for the words of the answer to the question whose button was tapped."""
    shown, place = open_question_cards.on_card(task_id), open_question_cards.ANSWER_KEYS.index(event_key)
    question = open_questions.of_staff(turn.db, shown[place], turn.staff()) if place < len(shown) else None
    if question is None:
        return _not_found(turn, "")
    return ask_words(turn, question, {"card": task_id, "code": response_code})


@router.staff(rf"(?:不用|不用答|不答|跳过|忽略)了?\s*{_NUMBER}")
@staff_only
def dropped(turn: Turn, number: str) -> str:
    """Ask nobody about it any more."""
    question = _named(turn, number)
    if question is None:
        return _not_found(turn, number)
    if question.state is OpenQuestionState.LIVE:
        return turn.say("learn.already", id=question.id, question=question.title)
    open_questions.move(turn.db, question, OpenQuestionState.DROPPED, turn.staff(), turn.now, turn.trace)
    return turn.say("learn.dropped", question=question.title)


@router.staff(rf"转(?:给)?\s*{_NUMBER}\s*(?:给|问)?\s*(?P<name>[一-鿿]{{2,4}})")
@staff_only
def handed_on(turn: Turn, number: str, name: str) -> str:
    """Ask a colleague instead, with a card of his own."""
    question, manager = _named(turn, number), turn.staff()
    if question is None:
        return _not_found(turn, number)
    other = experts.named(turn.db, manager.branch_id, name)
    if other is None or not other.wecom_userid:
        return turn.say("learn.nobody", name=name)
    here = office(turn)
    open_questions.move(turn.db, question, OpenQuestionState.ASKED, manager, turn.now, turn.trace)
    open_questions.ask(question, other, local_date(turn.now, turn.zone), turn.now)
    card = open_question_cards.questions_card(
        here, [question], open_questions.times(turn.db, [question]), f"{turn.trace}-{other.id}"
    )
    here.show(other, card, rule="question_handed_on", occasion=f"{question.id}:{turn.trace}")
    return turn.say("learn.handed_on", question=question.title, name=other.name)


@router.form
class AnswerForm(Form):
    """Ask for the answer to an open question; `question` is its number, `card` and `code` the card it came from."""

    name = "manager.answer"
    minutes = 30

    class Step(enum.StrEnum):
        """The one question."""

        WORDS = "words"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Show the question."""
        return turn.say("learn.prompt", id=values["question"], question=str(values["title"]))

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Take words of a length that one message holds."""
        return checked(turn.text)

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> Reply | str:
        """Make a draft of them."""
        question = open_questions.of_staff(turn.db, int(values["question"]), turn.staff())
        if question is None:
            return _not_found(turn, str(values["question"]))
        reply = drafted(turn, question, str(values["words"]))
        _card_done(turn, str(values.get("card", "")), str(values.get("code", "")))
        return reply


def ask_words(turn: Turn, question: OpenQuestion, card: Mapping[str, str] | None = None) -> Reply | str:
    """Begin the form whose next words are the answer."""
    if question.state is OpenQuestionState.LIVE:
        return turn.say("learn.already", id=question.id, question=question.title)
    old = answered_badly(turn, question)
    now = turn.understanding.answer(f"entry:{old.id}", turn.context()) if old else None
    lead = turn.say("learn.prompt.useless", answer=now.text) if now else ""
    return turn.start(AnswerForm, {"question": question.id, "title": question.title, **(card or {})}, lead)


def _card_done(turn: Turn, task_id: str, response_code: str) -> None:
    """Put the card's buttons out of use when none of its questions waits any more."""
    shown = [turn.db.get(OpenQuestion, number) for number in open_question_cards.on_card(task_id)]
    if shown and all(one is not None and one.state not in open_questions.WAITING[:2] for one in shown):
        occasion = f"questions:{turn.trace}"
        office(turn).card_done(turn.staff(), response_code, turn.say("learn.card.done"), occasion)


def _named(turn: Turn, number: str) -> OpenQuestion | None:
    """Return the question of that number; a small number nobody has is its place in his list, and one needs none."""
    manager = turn.staff()
    waiting = open_questions.waiting_for(turn.db, manager)
    wanted = number_of(number)
    if wanted is None:
        return open_questions.of_staff(turn.db, waiting[0].id, manager) if len(waiting) == 1 else None
    if (known := open_questions.of_staff(turn.db, wanted, manager)) is not None:
        return known
    place = waiting[wanted - 1].id if wanted <= len(waiting) else 0
    return open_questions.of_staff(turn.db, place, manager)


def _not_found(turn: Turn, number: str) -> str:
    return turn.say("learn.not_found", number=number) if number else turn.say("learn.which")


def _next(turn: Turn) -> list[OpenQuestion]:
    """Take further questions that wait for him before they are due tomorrow."""
    manager, day = turn.staff(), local_date(turn.now, turn.zone)
    mine = [
        question
        for question in open_questions.to_ask(turn.db)
        if (knower := experts.knower_of(turn.db, question)) is not None and knower.id == manager.id
    ]
    chosen = open_questions.by_count(mine, open_questions.times(turn.db, mine))[: open_question_cards.SHOWN]
    for question in chosen:
        open_questions.ask(question, manager, day, turn.now, cards=0)
    return chosen


def _line(turn: Turn, question: OpenQuestion, count: int) -> str:
    drafted_already = question.state is OpenQuestionState.DRAFTED
    key = "learn.list.drafted" if drafted_already else "learn.list.line"
    return turn.say(key, id=question.id, question=question.title, count=count)
