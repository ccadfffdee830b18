"""The customer's words were gone after 接单: the tapped card loses its text, and the new one held but a button.

So were words that came with 没解决: kept with the complaint, and shown to nobody.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from bot.service import staff_cards
from bot.store.models import Outbox
from tests.handlers.conftest import pack, pipeline
from tests.handlers.talk import read_by
from tests.issues.recusal import House

__all__ = ["pack", "pipeline"]

LINE = "我要投诉宽带断线三天了，幸福小区3栋，尽快修好，联系我爱人13712345678"


@pytest.fixture
def house(store, pipeline, clock, make, settings) -> House:
    return House(store, pipeline, clock, make, Desk(settings, TextBook(settings.tiexin_knowledge)))


@pytest.fixture
def customer(house):
    customer = house.customer()
    customer.tells(LINE)
    return customer


@pytest.fixture
def complaint(house, customer):
    return house.about(customer)


def test_the_card_shows_what_the_customer_said_after_taking_too(house, complaint):
    staff, task = house.staff("周敏"), f"complaint-{complaint.id}-1"
    before = house.last()
    staff.button("complaint.take", task)
    with house.store.session() as db:
        sent = db.scalars(select(Outbox.part).where(Outbox.id > before, Outbox.rule != "card_update")).all()
    again = staff.button("complaint.take", task)
    for shown in ("\n".join(map(str, sent)), again):
        assert "宽带断线三天了" in shown
        assert "尽快修好" in shown
        assert "13712345678" in shown  # his own manager may see it


def test_who_may_see_less_sees_it_masked(complaint):
    office = SimpleNamespace(say=lambda key, **_: key, title=str)
    shown = staff_cards.Shown(*(getattr(complaint, each, "") for each in staff_cards.Shown._fields))._replace(
        media=0, brief=complaint.what
    )
    assert "13712345678" in staff_cards.told(office, shown._replace(whole=True))
    assert "13712345678" not in staff_cards.told(office, shown._replace(whole=False))


def test_a_typed_word_shows_it_too(house, complaint):
    assert "宽带断线三天了" in house.staff("周敏").says(f"接单 {complaint.number}")


@pytest.mark.parametrize("words", ["没解决，师傅根本没来过，路由器还是红灯", "没有修好，昨天又断了一晚上"])
def test_words_that_come_with_not_solved_reach_the_manager(house, customer, complaint, words):
    house.staff("周敏").says(f"回复 {complaint.number} 已经修好了")
    assert complaint.number in customer.phone.says(words)
    assert words in read_by(house.store, f"manager:{house.ids['周敏']}")
