"""A complaint's promised time passed and its customer was told nothing; 投诉进度 said that somebody had been urged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.planning_context import Desk
from bot.knowledge.texts import TextBook
from bot.store.models import ComplaintState, Outbox
from scripts.simulator.actors import words
from scripts.simulator.testkit import World
from tests.handlers.conftest import pack, pipeline
from tests.handlers.talk import read_by
from tests.issues.recusal import House
from tests.scenarios import conftest
from tests.scenarios.caring import comes, passes, recorded
from tests.scenarios.conftest import router
from tests.scenarios.talking import filed, soon, talk

__all__ = ["pack", "pipeline", "router"]

world = conftest.world
LINE = "我要投诉宽带断线三天了，幸福小区3栋，尽快修好"
SAID = "前答复，我们没做到，抱歉！"


@pytest.fixture
def house(store, pipeline, clock, make, settings) -> House:
    return House(store, pipeline, clock, make, Desk(settings, TextBook(settings.tiexin_knowledge)))


def _told(house: House, customer) -> str:
    return read_by(house.store, f"contact:{customer.contact_id}")


def _reached(house: House, name: str) -> str:
    return read_by(house.store, f"manager:{house.ids[name]}")


def _all(person) -> str:
    return "\n".join(words(each) for each in person.received)


def test_the_customer_is_told_once_when_the_time_passes(world: World) -> None:
    wang = world.customer("王总")
    number = filed(wang)  # due at 14:00
    comes(world, "2026-11-20 14:01")
    got = words(wang.sees(SAID))
    assert number in got
    assert "说好今天14:00前" in got
    assert "已报主管何建华，由客户经理周敏接着办" in got
    comes(world, "2026-11-20 14:05", "2026-11-20 16:00", "2026-11-20 18:00")
    assert _all(wang).count(SAID) == 1


def test_with_the_window_shut_it_comes_with_his_next_greeting(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    passes(world, "2026-11-20 17:30")
    filed(wang)  # due on Monday
    comes(world, "2026-11-23 15:00")
    assert recorded(truth, "complaint_late") == [("waiting", "", "window_shut")]
    assert SAID not in _all(wang)
    talk(wang, "你好")
    soon(world)
    assert _all(wang).count(SAID) == 1


def test_what_was_answered_meanwhile_is_not_told_late(world: World, truth: Session) -> None:
    wang, zhou = world.customer("王总"), world.manager("周敏")
    passes(world, "2026-11-20 17:30")
    number = filed(wang)
    comes(world, "2026-11-23 15:00")
    talk(zhou, f"回复 {number} 师傅已经换了光猫")
    talk(wang, "你好")
    soon(world)
    assert "师傅已经换了光猫" in _all(wang)
    assert SAID not in _all(wang)
    assert recorded(truth, "complaint_late") == [("skipped", "", "settled")]


def test_quiet_hours_are_kept(world: World, truth: Session) -> None:
    wang = world.customer("王总")
    filed(wang)
    comes(world, "2026-11-20 23:00")
    assert recorded(truth, "complaint_late") == [("waiting", "", "quiet_hours")]
    comes(world, "2026-11-21 08:01")
    assert SAID in _all(wang)


def test_the_second_time_is_called_so_and_there_is_no_third(house):
    customer = house.customer()
    customer.tells(LINE)
    number = house.about(customer).number
    for _ in range(3):
        house.later(72)
        house.staff("周敏").says(f"回复 {number} 已经处理好了")
        customer.phone.says("没解决")
        customer.phone.says("还是断线")
    told = _told(house, customer)
    assert told.count(SAID) == 1
    assert told.count("第二次没有按时答复") == 1
    assert _reached(house, "何建华").count(f"升级投诉 {number}") == 1
    assert _reached(house, "何建华").count(f"第二次超时 {number}") == 1
    with house.store.session() as db:
        rows = db.scalars(select(Outbox).where(Outbox.rule == "complaint_late")).all()
        assert len(rows) == 2


def test_nobody_who_is_accused_is_named(house):
    customer = house.customer()
    customer.tells("我要投诉周敏，她态度太差，昨天下午，让她道歉")
    since = house.last()
    house.later(72)
    told = _told(house, customer)
    assert SAID in told
    assert "由主管何建华接着办" in told
    with house.store.session() as db:
        late = db.scalars(select(Outbox).where(Outbox.rule == "complaint_late")).one()
        assert "周敏" not in late.part["content"]
    assert house.reached("周敏", customer, since) == []


def test_who_asks_first_is_told_in_the_answer_only(house):
    customer = house.customer()
    customer.tells(LINE)
    house.clock.advance(timedelta(hours=72))
    assert "超过了说好的时间" in customer.phone.says("投诉进度")
    house.later(1)
    assert SAID not in _told(house, customer)


def test_progress_of_a_late_one_says_only_what_is_true(house):
    customer = house.customer()
    customer.tells(LINE)
    number = house.about(customer).number
    house.later(72)
    since = house.last()
    said = customer.phone.says("投诉进度")
    assert "现在周敏在办" in said
    assert "已请主管" not in said
    assert "已再次催" not in said
    assert house.last() == since  # nobody was urged
    assert "催" in customer.phone.says("催一下")
    assert f"在催{number}" in _reached(house, "周敏")
    house.staff("何建华").says(f"接单 {number}")
    assert "现在何建华在办" in customer.phone.says("投诉进度")
    assert house.about(customer).state is ComplaintState.TAKEN
