"""Who has a complaint in hand, and which complaints are kept apart."""

from __future__ import annotations

import pytest

from bot.customers import party
from bot.service.recusal import recused
from bot.store.models import Manager
from bot.tickets import complaints
from bot.tickets.assignee import handled_by
from bot.tickets.filing import Draft
from tests.tickets.filing import CLOCKWORK, file, office_of


@pytest.fixture
def he(make):
    return make.supervisor(name="何建华")


@pytest.fixture
def wang(make, he):
    return make.manager(name="王芳", supervisor_id=he.id)


@pytest.fixture
def contact(make, wang):
    return make.contact(make.customer(manager=wang))


@pytest.fixture
def office(db, clock):
    return office_of(db, clock)


def test_handled_by_the_last_who_took_or_answered(db, clock, contact, wang, he):
    complaint = file(db, clock, contact, Draft("没信号", category="network")).complaint
    assert handled_by(db, complaint) is wang
    complaints.take(db, complaint, he, now=clock.now())
    assert handled_by(db, complaint) is he
    complaints.answer(db, complaint, wang, "修好了", now=clock.now())
    assert handled_by(db, complaint) is wang
    complaints.answer(db, complaint, he, "真的修好了", now=clock.now())
    complaints.not_solved(db, complaint, clockwork=CLOCKWORK, now=clock.now())
    assert handled_by(db, complaint) is wang


def test_apart_when_the_customer_says_so_or_the_accused_has_it(db, clock, contact, wang, he):
    draft = Draft("态度很差", category="attitude")
    first = file(db, clock, contact, draft)
    assert not file(db, clock, contact, Draft("态度很差", category="attitude", apart=True)).joined
    assert not file(db, clock, contact, Draft("王芳态度很差", category="attitude")).joined
    assert file(db, clock, contact, draft).joined
    assert first.complaint.owner_id == wang.id


@pytest.mark.parametrize(
    ("said", "what", "category", "about"),
    [
        ("", "王芳态度特别差", "attitude", True),
        ("", "王经理从来不回消息", "attitude", True),
        ("", "我的客户经理吼我", "attitude", True),
        ("我要投诉王芳", "答应的事没办", "other", True),
        ("", "跟王芳说过了，宽带还是慢", "network", False),
        ("", "营业厅的人态度差", "attitude", False),
        ("", "客户经理都解决不了，没信号", "network", False),
    ],
)
def test_who_is_accused(office, contact, wang, he, said, what, category, about):
    owner, named = recused(office, party(office.raw, contact.id), Draft(what, category=category, said=said))
    assert owner.id == (he if about else wang).id
    assert named.accused == ((wang.id,) if about else ())


def test_at_the_top_nobody_at_work_gets_it(office, make, he):
    contact = make.contact(make.customer(manager=he))
    owner, draft = recused(office, party(office.raw, contact.id), Draft("何建华态度差", category="attitude"))
    assert draft.accused == (he.id,)
    assert not office.db.get_one(Manager, owner.id).active
