"""Once a day those who know are asked what customers asked and nobody could answer."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time

from sqlalchemy.orm import Session

from bot.care.planning_context import Desk
from bot.delivery import outbox
from bot.learning import open_questions
from bot.learning.experts import knower_of
from bot.messages import Card
from bot.schedule import Context
from bot.service import open_question_cards
from bot.store.models import Manager, OpenQuestion, Purpose

RULE = "open_questions"
NOT_AFTER = time(18)


def plan(desk: Desk, context: Context) -> str:
    """Send each person who knows one card with at most five questions; what does not fit comes the next workday.

    Late in the day nobody is asked any more; the questions keep until the next morning.
    """
    db, now = context.db, context.now
    day = desk.day(context.due_at)
    if now > desk.at(day, NOT_AFTER):
        return "skipped: too late in the day"
    open_questions.take_back_unshown(db, RULE)
    found: dict[int, list[OpenQuestion]] = defaultdict(list)
    knowers: dict[int, Manager] = {}
    for question in open_questions.to_ask(db, day):
        knower = knower_of(db, question)
        if knower is not None and desk.working_time(db, knower.branch_id).is_workday(day):
            knowers[knower.id] = knower
            found[knower.id].append(question)
    asked = sum(_ask(desk, db, knowers[number], mine, now) for number, mine in found.items())
    return f"{asked} questions to {len(found)} people"


def _ask(desk: Desk, db: Session, knower: Manager, mine: list[OpenQuestion], now: datetime) -> int:
    day = desk.day(now)
    counted = open_questions.times(db, mine)
    chosen = open_questions.by_count(mine, counted)[: open_question_cards.SHOWN]
    for question in chosen:
        open_questions.ask(question, knower, day, now)
    office = desk.staff_office(db, knower, now)
    card = open_question_cards.questions_card(
        office, chosen, counted, f"{day:%Y%m%d}-{knower.id}", len(mine) - len(chosen)
    )
    _send(db, knower, card, str(day), now, desk.at(day, NOT_AFTER))
    return len(chosen)


def _send(db: Session, knower: Manager, card: Card, occasion: str, now: datetime, until: datetime) -> None:
    outbox.enqueue(
        db,
        to=knower,
        purpose=Purpose.STAFF,
        rule=RULE,
        occasion=occasion,
        part=card,
        now=now,
        expires_at=until,
        urgent=False,
    )
