"""What a manager answered one customer can answer the next: kept as a draft by one tap."""

from __future__ import annotations

import json
import re

from bot.dialogue import Router, Turn
from bot.learning import open_questions
from bot.messages import Button, Card, Reply
from bot.store.models import OpenQuestion, OpenQuestionState, Task
from bot.understanding.pii import mask
from handlers.common import office
from handlers.manager.draft_talk import drafted
from handlers.manager.staff_only import staff_only

router = Router()
_OF_QUESTION = re.compile(r"^.*:q(\d+)")
_CARD = re.compile(r"keep-(\d{1,18})-.*")
_UNSETTLED = (OpenQuestionState.OPEN, OpenQuestionState.ASKED)


def offer(turn: Turn, task: Task, words: str, sent: str) -> Reply | str:
    """Return what is said after an answer went out, with a button to keep it when others may ask the same."""
    found = _OF_QUESTION.fullmatch(task.occasion) if task.rule == "unanswered" else None
    question = turn.db.get(OpenQuestion, int(found.group(1))) if found else None
    if question is None or question.state not in _UNSETTLED:
        return sent
    turn.session.notes["keep"] = json.dumps([question.id, mask(words)], ensure_ascii=False)
    button = Button("learn.keep", turn.say("learn.keep.button"), primary=True)
    card = Card(
        f"keep-{question.id}-{turn.trace}",
        turn.say("learn.keep.title"),
        turn.say("learn.keep.text", question=question.title),
        (),
        (button,),
    )
    return Reply.text(sent).then(card)


@router.card("learn.keep")
@staff_only
def kept(turn: Turn, task_id: str, response_code: str) -> Reply | str:
    """Make what he answered a draft; words he has answered something else with since are gone."""
    found = _CARD.fullmatch(task_id)
    question = open_questions.of_staff(turn.db, int(found.group(1)), turn.staff()) if found else None
    number, words = json.loads(turn.session.notes.pop("keep", '[0, ""]'))
    if question is None:
        return turn.say("learn.which")
    if number != question.id:
        return turn.say("learn.keep.gone", id=question.id)
    done = turn.say("learn.keep.done")
    office(turn).card_done(turn.staff(), response_code, done, f"keep:{question.id}:{turn.trace}")
    return drafted(turn, question, words)
