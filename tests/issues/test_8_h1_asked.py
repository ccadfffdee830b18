"""H1: accusations put as a question, with the name disguised or behind many words; and whom he gets who asks for one.

None of them ends in an answer of the knowledge or a menu alone: each becomes a complaint that is kept from the accused.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.care.desk import Desk
from bot.store.models import Task
from bot.texts import TextBook
from tests.handlers.conftest import pack, pipeline
from tests.issues.recusal import House, phrases

__all__ = ["pack", "pipeline"]


@pytest.fixture
def house(store, pipeline, clock, make, settings) -> House:
    return House(store, pipeline, clock, make, Desk(settings, TextBook(settings.tiexin_knowledge)))


def tasks(house, customer, *names):
    """Return the rules of the open tasks that members of the staff have of a customer."""
    with house.store.session() as db:
        ids = [house.ids[name] for name in names]
        return db.scalars(
            select(Task.rule).where(Task.contact_id == customer.contact_id, Task.manager_id.in_(ids))
        ).all()


@pytest.mark.parametrize("which", ["asked_seen", "asked_unseen"])
def test_an_accusation_put_as_a_question_becomes_a_complaint_kept_from_him(house, which):
    bad = []
    for phrase in phrases(which):
        customer, since = house.customer(), house.last()
        answers = customer.tells(*phrase.said)
        complaint = house.about(customer)
        found = house.reached(phrase.about, customer, since)
        if complaint is None or house.ids[phrase.about] not in complaint.accused:
            found.append(f"not filed: {answers[:80]}")
        bad += [f"{' / '.join(phrase.said)[-40:]} => {each[:160]}" for each in found]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("which", ["handover_seen", "handover_unseen"])
def test_who_asks_for_a_manager_does_not_get_the_accused(house, which):
    bad = []
    for phrase in phrases(which):
        customer, since = house.customer(), house.last()
        answers = [customer.phone.says(text) for text in phrase.said]
        found = house.reached("周敏", customer, since)
        if "talk_to_manager" not in tasks(house, customer, "何建华"):
            found.append(f"not handed over: {answers}")
        if "周敏" in answers[-1]:
            found.append(f"promised: {answers[-1]}")
        bad += [f"{' / '.join(phrase.said)} => {each[:160]}" for each in found]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("which", ["long_seen", "long_unseen"])
def test_despair_and_threats_behind_many_words_are_heard(house, which):
    bad = []
    for phrase in phrases(which):
        customer = house.customer()
        answers = [customer.phone.says(text) for text in phrase.said]
        if "alarm" not in tasks(house, customer, "周敏", "何建华"):
            bad.append(f"{phrase.said[-1][-30:]} => {answers[-1][:80]}")
    assert not bad, "\n".join(bad)


def test_a_mere_question_about_him_or_wish_for_him_accuses_nobody(house):
    moved = []
    for phrase in phrases("innocent_asked"):
        customer, since = house.customer(), house.last()
        answers = customer.tells(*phrase.said)
        complaint = house.about(customer)
        above = house.reached("何建华", customer, since)
        told = [each for each in above if each.startswith(("owned", "task"))]
        if complaint is not None or told or customer.phone.says("你好") == "":
            moved.append(f"{' / '.join(phrase.said)} => {complaint and complaint.accused} {told} {answers[:80]}")
    assert not moved, "\n".join(moved)
