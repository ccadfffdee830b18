"""H1: nothing of what accuses a member of the staff reaches him, on no road; mere mentions stay with the manager."""

from __future__ import annotations

import pytest

from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from tests.handlers.conftest import pack, pipeline
from tests.issues.recusal import House, Phrase, phrases

__all__ = ["pack", "pipeline"]


@pytest.fixture
def house(store, pipeline, clock, make, settings) -> House:
    return House(store, pipeline, clock, make, Desk(settings, TextBook(settings.tiexin_knowledge)))


def leaks(house: House, phrase: Phrase) -> list[str]:
    """Return what reached the accused of a phrase said by a new customer, at once and after the time was over."""
    customer, since = house.customer(), house.last()
    answers = customer.tells(*phrase.said)
    found = house.reached(phrase.about, customer, since)
    complaint = house.about(customer)
    if complaint is not None and house.ids[phrase.about] not in complaint.accused:
        found.append(f"not kept: {complaint.what}")
    promised = answers.rpartition("编号")[2]
    if complaint is not None and phrase.about in promised:
        found.append(f"promised: {promised}")
    return [f"{' / '.join(phrase.said)} => {each}" for each in found]


@pytest.mark.parametrize("which", ["quoted", "seen", "unseen"])
def test_no_word_of_an_accusation_reaches_the_accused(house, which):
    found = [leak for phrase in phrases(which) for leak in leaks(house, phrase)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("which", ["innocent_seen", "innocent_unseen"])
def test_a_mere_mention_stays_with_the_manager(house, which):
    moved = []
    for phrase in phrases(which):
        customer, since = house.customer(), house.last()
        customer.tells(*phrase.said)
        above = [house.reached(name, customer, since) for name in ("何建华", "李总监")]
        complaint = house.about(customer)
        kept = complaint is None or (complaint.owner_id == house.ids["周敏"] and not complaint.accused)
        told = [each for each in (*above[0], *above[1]) if each.startswith(("owned", "task"))]
        if not kept or told:
            moved.append(f"{' / '.join(phrase.said)} => {complaint and complaint.accused} {told}")
    assert not moved, "\n".join(moved)
