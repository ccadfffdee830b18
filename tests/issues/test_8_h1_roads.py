"""H1: roads by which somebody accused, or his superior, gets to know of a complaint besides the complaint itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.care.agenda import agendas
from bot.care.brief import written
from bot.care.planning_context import Desk
from bot.channels.replies import card_text
from bot.channels.wecom_client import DESCRIPTION
from bot.knowledge.texts import TextBook
from bot.store.models import Complaint, ComplaintState, Customer, Manager, Outbox, Satisfaction
from bot.store.models.people import Calendar
from tests.handlers.conftest import pack, pipeline
from tests.handlers.talk import last_card
from tests.issues.recusal import LONG, House

__all__ = ["pack", "pipeline"]

LONG_STORY = f"{LONG}上个月周敏来我家说是走访，走的时候我柜子上的金戒指就被她顺走了。{LONG}"
"""The accusation stands behind the 450th character."""


@pytest.fixture
def house(store, pipeline, clock, make, settings) -> House:
    return House(store, pipeline, clock, make, Desk(settings, TextBook(settings.tiexin_knowledge)))


def born_today(house, customer):
    """Let the customer's birthday be today."""
    day = house.clock.now()
    with house.store.begin() as db:
        file = db.get(Customer, customer.id)
        file.birthday_calendar, file.birthday_month, file.birthday_day = Calendar.SOLAR, day.month, day.day


def morning(house, name):
    """Return all that the morning tells one of the staff: the brief and his own commands."""
    with house.store.session() as db:
        viewer = db.get(Manager, house.ids[name])
        calendars = {viewer.branch_id: house.desk.working_time(db, viewer.branch_id)}
        found = agendas(db, [viewer], calendars, house.clock.now(), 50)
        lines = [line for _, lines in written(house.desk, db, [viewer], found, house.clock.now()) for line in lines]
    phone = house.staff(name)
    return "\n".join([*lines, *(phone.says(each) for each in ("待办", "今日", "早报"))])


# -- what is derived from a complaint -----------------------------------------------------------------------------


def test_a_birthday_tells_the_accused_nothing_of_the_complaint(house):
    customer = house.customer()
    born_today(house, customer)
    customer.tells("周敏收红包五千，我要投诉")
    told = morning(house, "周敏")
    assert customer.name in told
    assert "有未结投诉" not in told
    assert "不会自动问候" in told


def test_a_birthday_tells_the_accused_nothing_of_a_bad_rating(house):
    customer = house.customer()
    born_today(house, customer)
    customer.tells("周敏收红包五千，我要投诉")
    with house.store.begin() as db:
        complaint = db.scalars(select(Complaint)).one()
        complaint.state, complaint.satisfaction = ComplaintState.CLOSED, Satisfaction.BAD
        complaint.closed_at = house.clock.now()
    told = morning(house, "周敏")
    assert "不满意" not in told
    assert "不会自动问候" in told


def test_a_birthday_still_tells_the_manager_of_a_complaint_that_is_his(house):
    customer = house.customer()
    born_today(house, customer)
    customer.tells("我要投诉宽带断线三天了，幸福小区3栋，尽快修好")
    assert "有未结投诉" in morning(house, "周敏")


# -- a long story -------------------------------------------------------------------------------------------------


def test_the_card_of_a_long_story_shows_what_accuses_and_the_rest_on_demand(house):
    customer = house.customer()
    said = customer.tells(LONG_STORY)
    complaint = house.about(customer)
    assert complaint.owner_id == house.ids["何建华"]
    card = last_card(house.store, f"manager:{house.ids['何建华']}")
    assert "顺走" in card.description[:DESCRIPTION]
    assert "complaint.whole" in {button.key for button in card.buttons}
    assert "顺走" in said.partition("事情：")[2].partition("\n")[0]
    phone = house.staff("何建华")
    for whole in (phone.button("complaint.whole", card.task_id), phone.says(f"全文 {complaint.number}")):
        assert LONG_STORY[:40] in whole
        assert LONG_STORY[-40:] in whole
    assert "全文" in phone.says("帮助")


def test_the_whole_story_is_for_who_may_see_it(house):
    customer = house.customer()
    customer.tells(f"{LONG_STORY}我的电话是13912345678，我要投诉")
    number = house.about(customer).number
    for name in ("周敏", "许静"):
        refused = house.staff(name).says(f"全文 {number}")
        assert "顺走" not in refused
        assert refused == house.staff(name).says("全文 TS20200101-9999").replace("TS20200101-9999", number)
    assert "顺走" in house.staff("何建华").says(f"全文{number}")


def test_a_short_story_has_no_button_for_the_whole(house):
    customer = house.customer()
    customer.tells("周敏收红包五千，我要投诉")
    card = last_card(house.store, f"manager:{house.ids['何建华']}")
    assert "complaint.whole" not in {button.key for button in card.buttons}


def test_what_accuses_in_the_wish_stands_on_the_card(house):
    customer = house.customer()
    customer.tells(
        "套餐多扣我一百多块钱，我要投诉", "上个月15号", "再加一句，当时是周敏让我签的空白单子，数是她自己填的"
    )
    assert house.about(customer).owner_id == house.ids["何建华"]
    card = last_card(house.store, f"manager:{house.ids['何建华']}")
    assert "空白单子" in card_text(card)


# -- the receipt --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["周敏收红包五千，我要投诉", "周敏代我签字，别让她知道是我说的"])
def test_the_receipt_says_that_the_accused_does_not_see_it(house, words):
    customer, since = house.customer(), house.last()
    assert "看不到这件投诉" in customer.tells(words)
    assert house.reached("周敏", customer, since) == []


def test_an_ordinary_receipt_promises_no_secrecy(house):
    assert "看不到" not in house.customer().tells("我要投诉宽带断线三天了，幸福小区3栋，尽快修好")


# -- an old card --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", ["take", "reply", "whole"])
def test_the_old_card_of_a_complaint_that_went_up_answers_neutrally_and_loses_its_buttons(house, button):
    customer = house.customer()
    customer.tells("我要投诉宽带断线三天了，幸福小区3栋，尽快修好")
    card = last_card(house.store, f"manager:{house.ids['周敏']}")
    customer.phone.says("补充：周敏收红包五千")
    said = house.staff("周敏").button(f"complaint.{button}", card.task_id, "OLDCARD")
    assert said == "这件事不用您再处理了，谢谢。"
    with house.store.session() as db:
        update = db.scalars(select(Outbox).where(Outbox.rule == "card_update").order_by(Outbox.id.desc())).first()
    assert "不用再处理" in str(update.part)
    assert not [word for word in ("投诉", "回避", "红包", "何建华", customer.name) if word in f"{said}{update.part}"]


def test_an_answer_begun_before_it_went_up_is_not_sent(house):
    customer = house.customer()
    customer.tells("我要投诉宽带断线三天了，幸福小区3栋，尽快修好")
    card = last_card(house.store, f"manager:{house.ids['周敏']}")
    house.staff("周敏").button("complaint.reply", card.task_id)
    customer.phone.says("补充：周敏收红包五千")
    assert house.staff("周敏").says("已经修好了，给您道歉") == "这件事不用您再处理了，谢谢。"
    assert house.about(customer).state is ComplaintState.FILED
