"""Ends of contracts: customer and manager hear of them 30, 7 and 1 days before, each once, by the way that is open."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.runtime.container import Services
from bot.store.models import Contract, DeliveryEvent, Outbox, Task
from scripts.simulator.testkit import World
from tests.scenarios.caring import comes, file_of, passes, recorded

RULE = "contract_expiry"


def _of(truth: Session, name: str) -> list[tuple[str, str, str]]:
    return recorded(truth, RULE, f"customer:{file_of(truth, name).id}")


def test_thirty_seven_and_one_day_before(world: World, truth: Session) -> None:
    """王总's 企业宽带 ends on the 20th of December."""
    wang, zhou = world.customer("王总"), world.manager("周敏")
    for day, left, manager_words in (
        ("11-20", "30天", "备好方案"),
        ("12-13", "7天", "今天联系"),
        ("12-19", "明天", "马上联系"),
    ):
        passes(world, f"2026-{day} 10:00")
        wang.says("你好")
        wang.sees("好")
        zhou.sees(("王总", "企业宽带 1000M", left, manager_words), kind="text")
        wang.sees(("王总", "企业宽带 1000M", "12月20日", left), kind="text")
    comes(world, "2026-12-20 10:00", "2026-12-21 10:00", "2026-12-25 10:00")
    wang.sees_nothing_else()
    assert _of(truth, "王建国") == [("sent", "kf", "")] * 3


def test_shut_window_gets_the_template_with_typed_fields(world: World, truth: Session) -> None:
    world.settle()
    world.customer("李总").sees(("商务专线 200M", "2026年11月27日", "周敏", "找经理"), kind="template")
    world.customer("李总").sees_nothing_else()
    assert _of(truth, "李秀梅") == [("sent", "template", "")]


def test_who_wants_no_greetings_still_hears_of_a_contract(world: World) -> None:
    world.settle()
    world.customer("刘芳").sees("家庭宽带 300M", kind="template")


def test_who_does_not_follow_is_called_by_the_manager(world: World, services: Services, truth: Session) -> None:
    with services.store.begin() as db:
        wu = file_of(db, "吴婷").id
        db.scalars(select(Contract).where(Contract.customer_id == wu)).one().ends_on = services.clock.now().date()
    comes(world, "2026-11-20 10:01")
    assert _of(truth, "吴婷") == []  # today is no mark
    with services.store.begin() as db:
        contract = db.scalars(select(Contract).where(Contract.customer_id == wu)).one()
        contract.ends_on = contract.ends_on and contract.ends_on.replace(day=22)
    comes(world, "2026-11-21 09:00")
    world.manager("许静").sees_card(("合约到期", "校园套餐 39 元", "11月22日"))
    assert _of(truth, "吴婷") == [("handed_over", "task", "")]


@pytest.mark.parametrize(
    ("back", "words", "left"),
    [
        ("2026-12-14 10:00", "还有6天", [("sent", "kf", "")]),
        ("2026-12-20 10:00", "今天", [("skipped", "", "superseded"), ("sent", "kf", "")]),
        ("2026-12-22 10:00", "提醒晚了", [("skipped", "", "superseded"), ("sent", "kf", "")]),
    ],
    ids=["a day after a mark", "after two marks", "after the end"],
)
def test_after_a_downtime_the_true_number_of_days_is_said_once(
    world: World, truth: Session, back: str, words: str, left: list[tuple[str, str, str]]
) -> None:
    wang = world.customer("王总")
    comes(world, "2026-12-12 10:00")
    wang.forgets()
    passes(world, back)
    wang.says("你好")
    wang.sees("好")
    comes(world, back, f"{back[:10]} 18:00")
    wang.sees(words, kind="text")
    wang.sees_nothing_else()
    assert _of(truth, "王建国") == left


class TestWhatBecameOfATemplate:
    """TEMPLATESENDJOBFINISH tells later, and a message that did not arrive goes on to the manager."""

    def _steps(self, truth: Session, name: str) -> list[tuple[str, str]]:
        truth.rollback()
        mine = (Outbox.rule == RULE, Outbox.recipient == f"customer:{file_of(truth, name).id}")
        query = select(DeliveryEvent).join(Outbox, Outbox.id == DeliveryEvent.outbox_id).where(*mine)
        return [(step.state.value, step.reason) for step in truth.scalars(query.order_by(DeliveryEvent.id))]

    def test_delivered(self, world: World, truth: Session) -> None:
        world.settle()
        world.customer("李总").sees(kind="template")
        assert self._steps(truth, "李秀梅")[-2:] == [("sent", ""), ("sent", "delivered")]
        assert truth.scalars(select(Task)).all() == []

    @pytest.mark.parametrize("outcome", ["failed:user block", "failed: system failed"])
    def test_failed(self, world: World, truth: Session, outcome: str) -> None:
        world.simulator.set(template_outcome=outcome)
        world.settle()
        world.manager("周敏").sees_card(("合约到期", "李总", "商务专线 200M", "11月27日"))
        world.customer("李总").sees_nothing_else()
        assert ("failed", outcome) in self._steps(truth, "李秀梅")
        assert _of(truth, "李秀梅") == [("handed_over", "task", "")]
