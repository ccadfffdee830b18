"""What the talk scenarios share: a complaint filed in one breath, and how it reads in the database."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.models import Complaint
from scripts.simulator.actors import words
from scripts.simulator.testkit import Customer, Manager, World

NUMBER = re.compile(r"TS\d{8}-\d{4}")
BROADBAND = "我家宽带老掉线，烦死了，昨天开始的"
CHARGED = "你们上个月乱扣我三十块钱，退给我"


def said(actor: Customer | Manager) -> str:
    """Return the last thing the account wrote to somebody; background work is not waited for."""
    return re.sub(r"<a [^>]*>([^<]*)</a>", r"\1", words(actor.received[-1]))


def talk(actor: Customer | Manager, text: str) -> str:
    """Say something and return the answer."""
    actor.says(text)
    return said(actor)


def filed(customer: Customer, what: str = BROADBAND) -> str:
    """File a complaint that says everything, and return its number."""
    assert "请您看看记得对不对" in talk(customer, what), customer.transcript
    receipt = talk(customer, "确认")
    found = NUMBER.search(receipt)
    assert found, receipt
    return found.group()


def soon(world: World) -> None:
    """Let two seconds pass, after which what follows a reply has arrived."""
    world.clock.advance(seconds=2)
    world.settle()


def complaint(db: Session, number: str) -> Complaint:
    """Return the complaint as it is in the database now."""
    db.rollback()
    db.expire_all()
    return db.scalars(select(Complaint).where(Complaint.number == number)).one()


def story(db: Session, number: str) -> list[tuple[str, str]]:
    """Return what happened to the complaint, in order: (kind, words)."""
    return [(event.kind, event.text) for event in complaint(db, number).events]
