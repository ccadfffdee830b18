"""是的，重新打开, typed days after it was offered, was not understood; nor were other plain words of opening again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from bot.store.models import ComplaintState, OpenQuestion
from bot.understanding import about_own_case
from tests.handlers.conftest import pack, pipeline
from tests.handlers.talk import read_by
from tests.issues.recusal import House

__all__ = ["pack", "pipeline"]

LINE = "我要投诉宽带断线三天了，幸福小区3栋，尽快修好"
BILL = "我要投诉多扣了50元话费，上个月的，请退给我"


@pytest.fixture
def house(store, pipeline, clock, make, settings) -> House:
    return House(store, pipeline, clock, make, Desk(settings, TextBook(settings.tiexin_knowledge)))


def closed(house, customer, told=LINE):
    """Let a complaint be filed, answered and closed; return its number."""
    customer.tells(told)
    number = house.about(customer).number
    house.staff("周敏").says(f"回复 {number} 已经处理好了")
    customer.phone.says("解决了")
    assert house.about(customer).state is ComplaintState.CLOSED
    return number


@pytest.mark.parametrize(
    "words",
    [
        "是的，重新打开",
        "又有问题，重新打开",
        "重新打开",
        "帮我重新打开吧",
        "还没解决，接着处理",
        "没解决，请继续处理",
        "重新处理我的投诉",
        "把上次的投诉重新打开",
        "我的投诉再处理一下",
        "請重新打開我的投訴",
        "重新打开，师傅根本没来过",
    ],
)
def test_plain_words_open_the_closed_complaint_again(house, words):
    customer = house.customer()
    number = closed(house, customer)
    house.clock.advance(timedelta(days=3))
    assert number in customer.phone.says(words)
    assert house.about(customer).state is ComplaintState.REOPENED
    if "师傅" in words:
        assert words in read_by(house.store, f"manager:{house.ids['周敏']}")


def test_of_several_it_is_asked_which(house):
    customer = house.customer()
    numbers = [closed(house, customer, told) for told in (LINE, BILL)]
    house.clock.advance(timedelta(days=3))
    asked = customer.phone.says("是的，重新打开")
    assert all(number in asked for number in numbers)
    assert house.about(customer).state is ComplaintState.CLOSED
    assert numbers[0] in customer.phone.says("第二个")
    assert house.about(customer).state is ComplaintState.CLOSED  # the newest is the first of them


def test_the_number_or_the_matter_says_which(house):
    customer = house.customer()
    numbers = [closed(house, customer, told) for told in (LINE, BILL)]
    assert f"{numbers[0]}已重新打开" in customer.phone.says(f"{numbers[0]} 重新打开")
    assert numbers[1] in customer.phone.says("重新处理我的话费投诉")


def test_words_that_accuse_the_one_who_had_it_go_one_level_up(house):
    customer = house.customer()
    closed(house, customer)
    house.clock.advance(timedelta(days=3))
    since = house.last()
    assert "周敏" not in customer.phone.says("重新打开，周敏骗我说修好了")
    complaint = house.about(customer)
    assert complaint.state is ComplaintState.REOPENED
    assert complaint.accused == (house.ids["周敏"],)
    assert house.reached("周敏", customer, since) == []


def test_going_on_with_what_is_in_hand_urges_it(house):
    customer = house.customer()
    customer.tells(LINE)
    number = house.about(customer).number
    assert number in customer.phone.says("还没解决，接着处理")
    assert house.about(customer).state is ComplaintState.FILED


@pytest.mark.parametrize("words", ["怎么重新打开4G网络", "重新打开", "再查一下话费", "重新办理宽带要多少钱"])
def test_without_a_complaint_or_about_something_else_nothing_is_opened(house, words):
    customer = house.customer()
    if words != "重新打开":
        closed(house, customer)
    customer.phone.says(words)
    complaint = house.about(customer)
    assert complaint is None or complaint.state is ComplaintState.CLOSED


def test_what_is_open_again_is_said_to_be(house):
    """是的，重新打开 once more, within the question what is missing and after it, became a question for teaching."""
    customer = house.customer()
    number = closed(house, customer)
    customer.phone.says("是的，重新打开")
    for _ in range(2):
        said = customer.phone.says("是的，重新打开")
        assert f"{number}已经重新打开" in said
        assert "不确定" not in said
    assert _questions(house) == []


def test_the_other_one_is_not_opened_by_saying_it_twice(house):
    customer = house.customer()
    numbers = [closed(house, customer, told) for told in (LINE, BILL)]
    customer.phone.says(f"{numbers[0]} 重新打开")
    said = customer.phone.says("是的，重新打开")
    assert f"{numbers[0]}已经重新打开" in said
    assert numbers[1] in said  # offered, not done
    assert house.about(customer).state is ComplaintState.CLOSED


@pytest.mark.parametrize(
    "words", ["是的，重新打开", "帮我催一下工单吧", "我的投诉怎么还没人处理", "那件事怎么样了", "怎么还没人联系我"]
)
def test_words_about_ones_own_case_teach_nobody(house, words):
    customer = house.customer()
    assert "不确定" not in customer.phone.says(words)
    assert about_own_case(words)
    assert _questions(house) == []


@pytest.mark.parametrize("words", ["投诉电话是多少", "宽带怎么重新激活", "怎么查话费", "积分怎么还没到账"])
def test_what_others_may_ask_too_is_still_taught(words):
    assert not about_own_case(words)


def test_not_good_yet_days_after_the_end_opens_it_again(house):
    customer = house.customer()
    number = closed(house, customer)
    house.clock.advance(timedelta(days=5))
    assert number in customer.phone.says("投诉进度")
    assert number in customer.phone.says("还没好，接着处理")
    assert house.about(customer).state is ComplaintState.REOPENED


def test_progress_of_two_that_ended_asks_which_is_to_go_on(house):
    customer = house.customer()
    numbers = [closed(house, customer, told) for told in (LINE, BILL)]
    house.clock.advance(timedelta(days=3))
    asked = customer.phone.says("投诉进度")
    assert all(f"重新打开{number}" in asked for number in numbers)
    assert f"{numbers[1]}已重新打开" in customer.phone.says("1")


def _questions(house) -> list[str]:
    with house.store.session() as db:
        return list(db.scalars(select(OpenQuestion.title)))
