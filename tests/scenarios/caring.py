"""What the care scenarios share: letting time come, files of customers, and what the outbox has recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.runtime.container import Services
from bot.store.models import Customer, Outbox
from scripts.simulator.testkit import Customer as Person
from scripts.simulator.testkit import Manager, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
TOLD = "我家宽带老掉线，烦死了"
CARE_NOTICE = "SUB_CARE_GREETING_0001"


def comes(world: World, *moments: str) -> None:
    """Let each moment of Shanghai come ("2026-11-22 09:00"), and the program do what is due then."""
    for moment in moments:
        world.clock.move_to(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI))
        world.settle()


def passes(world: World, moment: str) -> None:
    """Let a moment come while the scheduler and the workers are down; the web side goes on."""
    world.clock.move_to(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI))


def file_of(db: Session, name: str) -> Customer:
    """Return a customer's file."""
    return db.scalars(select(Customer).where(Customer.name == name)).one()


def note(services: Services, name: str, **facts: Any) -> None:
    """Write facts into a customer's file."""
    with services.store.begin() as db:
        customer = file_of(db, name)
        for column, value in facts.items():
            setattr(customer, column, value)


def recorded(db: Session, rule: str, recipient: str = "c") -> list[tuple[str, str, str]]:
    """Return what became of the messages of a rule to customers: (state, way, reason), oldest first."""
    db.rollback()
    mine = (Outbox.rule == rule, Outbox.recipient.startswith(recipient))
    rows = db.scalars(select(Outbox).where(*mine).order_by(Outbox.id))
    return [(row.state.value, row.via, row.reason) for row in rows]


def complaint_of(customer: Person) -> str:
    """File a complaint as people do, answering whatever is asked; return the number that was shown."""
    customer.says(TOLD)
    for _ in range(8):
        said = str(customer.received[-1].get("content") or customer.received[-1].get("head") or "")
        if "TS" in said:
            return said[said.index("TS") :][:15]
        customer.says("确认提交" if "确认" in said else "三天前开始的，号码13800131001，希望尽快修好，可以打电话")
    raise AssertionError(customer.transcript)


def answered(manager: Manager, words: str) -> None:
    """Answer the complaint on the latest card."""
    manager.taps("回复")
    manager.says(words)
