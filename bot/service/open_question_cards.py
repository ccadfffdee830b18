"""Asking those who know, and passing their answer on to the customers who still wait for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.learning import open_questions
from bot.messages import Button, Card
from bot.service import manager_words, staff_cards
from bot.service.context import Office
from bot.store.ids import row_id
from bot.store.models import Manager, OpenQuestion
from bot.tickets import tasks
from bot.tickets.tasks import TaskError

SHOWN = 5
"""Questions on one card; WeCom shows at most six buttons and six fields."""

ANSWER_KEYS = tuple(f"learn.answer.{place}" for place in range(1, SHOWN + 1))
"""The keys of the buttons, by the place of the question on its card."""

_CARD = re.compile(r"questions-(\d+(?:_\d+)*)-.*")
_TITLE_SHOWN = 18
_QUESTION_SHOWN = 40


def questions_card(
    office: Office, asked: Sequence[OpenQuestion], counted: Mapping[int, int], occasion: str, more: int = 0
) -> Card:
    """Return the card that asks somebody at most `SHOWN` questions, each by its number and how often it came."""
    say = office.say
    ids = "_".join(str(question.id) for question in asked)
    fields = tuple((say("learn.number", id=one.id), _line(office, one, counted.get(one.id, 1))) for one in asked)
    tail = say("learn.card.more", count=more) if more else ""
    return Card(
        f"questions-{ids}-{occasion}",
        say("learn.card.title", count=len(asked)),
        "\n".join(filter(None, (say("learn.card.how", id=asked[0].id), tail))),
        fields,
        tuple(
            Button(key, say("learn.card.button", id=question.id), primary=key == ANSWER_KEYS[0])
            for key, question in zip(ANSWER_KEYS, asked, strict=False)
        ),
    )


def on_card(task_id: str) -> list[int]:
    """Return the numbers of the questions on a card that `questions_card` made, in its order."""
    found = _CARD.fullmatch(task_id)
    keys = [row_id(number) for number in found.group(1).split("_")] if found else []
    return [key for key in keys if key is not None]


def tell_askers(office: Office, question: OpenQuestion, answer: str, by: Manager) -> int:
    """Send an answer to the customers whose question still waits, each once, in the name of their manager.

    Their tasks are done with it; a manager whose customer was answered by a colleague is told what was said.
    """
    told: set[int] = set()
    for task, contact in open_questions.open_tasks(office.db, question):
        manager = office.db.get_one(Manager, task.manager_id)
        try:
            tasks.done(office.db, task.id, manager, now=office.now, trace=office.trace, by=by)
        except TaskError:  # his manager answers him at this very moment
            continue
        words = office.say("learn.reply", question=_shortened(task.text), answer=answer)
        if contact.id in told or not manager_words.relay(office, contact, manager, words, f"task:{task.id}:known"):
            continue
        told.add(contact.id)
        if manager.id != by.id:
            name = staff_cards.name_for(office, manager, contact.customer, contact)
            facts = {"customer": name, "question": _shortened(task.text), "by": by.name, "answer": answer}
            office.tell(manager, office.say("learn.told", **facts), rule="learn_told", occasion=str(task.id))
    return len(told)


def _line(office: Office, question: OpenQuestion, count: int) -> str:
    title = question.title if len(question.title) <= _TITLE_SHOWN else f"{question.title[: _TITLE_SHOWN - 1]}…"
    key = "learn.line.useless" if open_questions.useless_item(office.db, question) else "learn.line"
    return office.say(key, question=title, count=count)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUESTION_SHOWN else f"{line[: _QUESTION_SHOWN - 1]}…"
