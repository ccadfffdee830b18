"""Issue 8, nothing promised that is not kept: apologies and late replies the window kept back were never sent later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.delivery import outbox, policy
from bot.intake import inbound_log
from bot.messages import Text
from bot.runtime.container import Services
from bot.store.models import Contact, Outbox, Purpose, Task, TaskState
from scripts.simulator.actors import words
from scripts.simulator.testkit import Customer, Manager, World
from tests.auxil.turns import incoming
from tests.scenarios.caring import comes, recorded
from tests.scenarios.conftest import router
from tests.scenarios.talking import soon, talk

__all__ = ["router"]


def _all(person: Customer | Manager) -> str:
    return "\n".join(words(each) for each in person.received)


def _shut(services: Services, world: World) -> None:
    """Let the customer-service window of 王总 be over."""
    with services.store.begin() as db:
        openid = world.customer("王总").person.address
        db.execute(update(Contact).where(Contact.openid == openid).values(window_until=services.clock.now()))


@pytest.fixture
def missed(world: World, services: Services) -> tuple[Customer, Manager]:
    """王总 asked for his manager on Friday at ten; at 12:01 the promised time has passed, and his window is shut."""
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, "帮我找一下客户经理")
    _shut(services, world)
    comes(world, "2026-11-20 12:01")
    return wang, zhou


def test_an_apology_follows_his_next_message_once(missed: tuple[Customer, Manager], world: World) -> None:
    wang, zhou = missed
    assert "致歉要等客户来消息才发得出" in _all(zhou)
    assert "没做到" not in _all(wang)
    for text in ("在吗", "你好"):
        talk(wang, text)
        soon(world)
    assert _all(wang).count("说好的时间我们没做到，抱歉！周敏改在今天14:01前联系您") == 1


def test_a_new_time_that_has_passed_as_well_is_not_named(
    missed: tuple[Customer, Manager], world: World, services: Services
) -> None:
    """It passes at the end of the day, when nobody is at work to be told of it."""
    wang, _ = missed
    with services.store.begin() as db:
        row = db.scalars(select(Outbox).where(Outbox.rule == "promise_missed")).one()
        at = services.clock.now() + timedelta(hours=1)
        row.fallback = {**row.fallback, "passed": {**row.fallback["passed"], "at": at.isoformat()}}
        db.execute(update(Task).where(Task.rule == "talk_to_manager").values(due_at=at + timedelta(days=30)))
    comes(world, "2026-11-20 20:00")
    talk(wang, "在吗")
    soon(world)
    assert _all(wang).count("没做到，抱歉！已经催周敏尽快联系您") == 1
    assert "14:01" not in _all(wang)


def test_of_two_that_wait_only_the_newer_goes(missed: tuple[Customer, Manager], world: World, truth: Session) -> None:
    wang, _ = missed
    comes(world, "2026-11-20 14:02")
    talk(wang, "在吗")
    soon(world)
    assert "改约的时间我们又没做到" in _all(wang)
    assert "14:01" not in _all(wang)
    assert [state for state, _, _ in recorded(truth, "promise_missed")] == ["skipped", "sent"]


def test_nothing_is_apologised_for_that_is_done_by_then(
    missed: tuple[Customer, Manager], world: World, truth: Session
) -> None:
    wang, zhou = missed
    talk(zhou, f"完成 {truth.scalars(select(Task.id)).one()}")
    talk(wang, "在吗")
    soon(world)
    assert "没做到" not in _all(wang)
    assert "周敏说已经联系过您了" in _all(wang)
    assert recorded(truth, "promise_missed") == [("skipped", "", "settled")]


def test_who_asks_himself_is_answered_and_not_apologised_to_again(
    missed: tuple[Customer, Manager], world: World, services: Services
) -> None:
    wang, _ = missed
    talk(wang, "催一下")
    soon(world)
    assert _all(wang).count("抱歉") == 1


@pytest.fixture
def late(world: World, services: Services, truth: Session) -> Customer:
    """What 王总 asked on Friday was kept over an outage of three days: his window is shut when it is answered."""
    wang = world.customer("王总")
    talk(wang, "你好")
    kept = incoming("怎么查话费", key="msg:outage", person=wang.person.address)
    assert services.spool.put(inbound_log.accepted_row(kept, services.clock.now()), 5.0)
    comes(world, "2026-11-23 10:00")
    for _ in range(2):
        world.settle()
    assert recorded(truth, "late_reply") == [("waiting", "", "window_shut")]
    return wang


def test_a_late_reply_follows_his_next_message_once(late: Customer, world: World, truth: Session) -> None:
    assert "话费" in words(world.manager("周敏").sees_card("请代为转告"))
    for text in ("在吗", "你好"):
        talk(late, text)
        soon(world)
    assert _all(late).count("这是前面没发出去的回复，补给您：") == 1
    assert [state for state, _, _ in recorded(truth, "late_reply")] == ["sent"]
    truth.rollback()
    assert truth.scalars(select(Task.state).where(Task.rule == "late_reply")).all() == [TaskState.DROPPED]


def test_what_the_manager_told_him_by_phone_is_not_sent_as_well(late: Customer, world: World, truth: Session) -> None:
    number = truth.scalars(select(Task.id).where(Task.rule == "late_reply")).one()
    talk(world.manager("周敏"), f"完成 {number}")
    talk(late, "在吗")
    soon(world)
    assert "补给您" not in _all(late)
    assert recorded(truth, "late_reply") == [("skipped", "", "told_by_hand")]


def test_a_newer_late_reply_does_not_wait_behind_one_that_waits_for_him(late: Customer, services: Services) -> None:
    with services.store.begin() as db:
        contact = db.scalars(select(Contact).where(Contact.openid == late.person.address)).one()
        facts = {"purpose": Purpose.REPLY, "rule": "late_reply", "occasion": "newer", "part": Text("下班18:00")}
        number = outbox.enqueue(db, to=contact, now=services.clock.now(), **facts)
        row = db.get_one(Outbox, number)
        decided = policy.decide(policy.facts_of(db, row, contact, services.clock.now(), services.settings))
    assert decided == policy.Send()


def test_words_the_platform_refuses_for_good_do_not_turn_in_a_loop(
    world: World, services: Services, truth: Session
) -> None:
    """With the window open there is nothing to wait for."""
    wang, zhou = world.customer("王总"), world.manager("周敏")
    talk(wang, "帮我找一下客户经理")
    world.simulator.fault("/cgi-bin/message/custom/send", errcode=40008, times=0)
    zhou.sees_card("客户找您")
    zhou.taps("回复")
    talk(zhou, "好的")
    for _ in range(3):
        soon(world)
    assert recorded(truth, "manager_words") == [("handed_over", "task", "")]
