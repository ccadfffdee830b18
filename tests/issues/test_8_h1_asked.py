"""H1: accusations put as a question, with the name disguised or behind many words; and whom he gets who asks for one.

None of them ends in an answer of the knowledge or a menu alone: each becomes a complaint that is kept from the accused.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from bot.store.models import Task
from tests.handlers.conftest import pack, pipeline
from tests.issues.recusal import House, phrases

__all__ = ["pack", "pipeline"]

OFFER = "登记投诉"


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


def kept_with_complaint(house, customer):
    """Tell whether the wish became part of the complaint that was just being told, which is kept from the accused."""
    customer.tells("跳过")
    complaint = house.about(customer)
    return complaint is not None and house.ids["周敏"] in complaint.accused and "经理" in complaint.what


@pytest.mark.parametrize("which", ["asked_seen", "asked_unseen"])
def test_an_accusation_put_as_a_question_becomes_a_complaint_kept_from_him(house, which):
    bad = []
    for phrase in phrases(which):
        customer, since = house.customer(), house.last()
        answers = customer.tells(*phrase.said)
        if OFFER in answers:
            answers += customer.tells(OFFER)
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
        if "talk_to_manager" not in tasks(house, customer, "何建华") and not kept_with_complaint(house, customer):
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
    """A question nobody could answer that names him goes one level up in doubt, as before."""
    moved = []
    for phrase in phrases("innocent_asked"):
        customer = house.customer()
        answers = customer.tells(*phrase.said)
        complaint = house.about(customer)
        told = {*tasks(house, customer, "何建华")} - {"unanswered"}
        if complaint is not None or told or OFFER in answers:
            moved.append(f"{' / '.join(phrase.said)} => {complaint and complaint.accused} {told} {answers[:80]}")
    assert not moved, "\n".join(moved)


@pytest.mark.parametrize("words", ["冒充客户经理收钱", "自称客户经理的人是不是骗子", "专属客户经理有啥好处"])
def test_who_only_pretends_to_be_a_manager_and_a_managers_use_accuse_nobody(house, words):
    customer = house.customer()
    assert OFFER not in customer.tells(words)
    assert house.about(customer) is None


def test_a_complaint_that_is_open_keeps_a_bare_wish_to_talk_from_the_accused(house):
    customer = house.customer()
    customer.tells("周敏收红包五千，我要投诉")
    assert house.about(customer).accused == (house.ids["周敏"],)
    since = house.last()
    said = [customer.phone.says(text) for text in ("找经理", "找周敏", "转人工", "找经理")]
    assert not [each for each in said if "周敏" in each]
    assert house.reached("周敏", customer, since) == []
    assert tasks(house, customer, "何建华") == ["talk_to_manager"]


def test_once_nothing_is_open_he_may_be_asked_for_again(house):
    customer = house.customer()
    customer.tells("周敏收红包五千，我要投诉")
    number = house.about(customer).number
    house.staff("何建华").says(f"回复 {number} 已经查清，向您道歉")
    customer.phone.says("解决了")
    assert "周敏" in customer.phone.says("找周敏")
    assert tasks(house, customer, "周敏") == ["talk_to_manager"]


@pytest.mark.parametrize("words", ["换个人联系我，找经理", "找经理，不要她", "找经理，别让她知道", "找经理，不要周敏"])
def test_who_does_not_want_him_gets_somebody_else(house, words):
    customer, since = house.customer(), house.last()
    assert "何建华" in customer.phone.says(words)
    assert house.reached("周敏", customer, since) == []
    assert tasks(house, customer, "何建华") == ["talk_to_manager"]


def test_an_answer_comes_with_the_offer_to_file_what_else_was_said(house):
    customer = house.customer()
    said = customer.phone.says("被周敏偷开的视频会员怎么退订")
    assert OFFER in said
    assert "视频" in said
    assert house.about(customer) is None
    customer.tells("我要投诉")
    complaint = house.about(customer)
    assert "偷开" in complaint.what
    assert complaint.accused == (house.ids["周敏"],)
