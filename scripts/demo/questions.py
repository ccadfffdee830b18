"""Put the demo's questions into the database: `load(db, asked, now)`, where `asked` is `open_questions.yaml` as read.

After `scripts.demo.load`. Loading again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count, cycle
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.learning import drafts, experts, open_questions
from bot.messages import Channel
from bot.store.models import Account, Contact, Customer, Inbound, InboundState, Manager, OpenQuestion, Outcome
from bot.store.session import driver

_HOUR = timedelta(hours=1)


def load(
    db: Session, asked: Mapping[str, Any], people: Mapping[str, Any], now: datetime, *, official: str = "official"
) -> None:
    """Add what customers asked lately unless questions are there already; the caller commits."""
    if db.scalar(select(OpenQuestion.id).limit(1)) is not None:
        return
    account = db.scalars(select(Account).where(Account.channel == Channel.OFFICIAL, Account.name == official)).one()
    userids = {person["id"]: person["userid"] for person in people["managers"]}
    staff = {
        name: db.scalars(select(Manager).where(Manager.wecom_userid == each)).one() for name, each in userids.items()
    }
    _appoint(db, asked["knowers"], account, staff, now)
    for question in asked["open"]:
        _open(db, question, account, now)
    _live(db, asked["live"], account, staff, now)
    _week(db, asked["week"], account, now)


def _appoint(
    db: Session, chosen: Mapping[str, str], account: Account, staff: Mapping[str, Manager], now: datetime
) -> None:
    for category, name in chosen.items():
        experts.appoint(
            db,
            pack=account.pack,
            branch_id=account.branch_id,
            category=category,
            manager=staff[name],
            by=None,
            now=now,
        )


def _open(db: Session, question: Mapping[str, Any], account: Account, now: datetime) -> None:
    for each in question["asked"]:
        customer = db.scalars(select(Customer).where(Customer.code == f"VIP-{each['by']}")).one()
        assert customer.manager is not None, "the demo's customers have managers"
        told = open_questions.Asked(each["text"], "far", category=question.get("category"), names=(customer.name,))
        where = open_questions.Where(account.id, account.pack, account.branch_id)
        open_questions.record(driver(db), where, customer.manager.id, told, now - timedelta(days=each["days"]))


def _live(db: Session, entry: Mapping[str, Any], account: Account, staff: Mapping[str, Manager], now: datetime) -> None:
    by, at = staff[entry["by"]], now - timedelta(days=entry["days"])
    draft = drafts.draft(
        db,
        pack=account.pack,
        branch_id=account.branch_id,
        question=entry["question"],
        variants=entry["variants"],
        answer=entry["answer"],
        category=entry["category"],
        by=by,
        now=at,
    )
    drafts.publish(db, draft, by, at)


def _week(db: Session, rows: list[Mapping[str, Any]], account: Account, now: datetime) -> None:
    """Add messages of the last two weeks, of which only how they ended is of interest."""
    openids = db.scalars(select(Contact.openid).where(Contact.account_id == account.id).order_by(Contact.id)).all()
    people, number = cycle(openids), count(1)
    for row in rows:
        for weeks, name in enumerate(("last", "before")):
            for _ in range(row[name]):
                at = now - timedelta(days=7 * weeks) - next(number) % 140 * _HOUR
                db.add(_message(account, next(people), next(number), row, at))


def _message(account: Account, person: str | None, number: int, row: Mapping[str, Any], at: datetime) -> Inbound:
    return Inbound(
        channel=Channel.OFFICIAL.value,
        account=account.name,
        key=f"demo:{number}",
        person=person,
        kind="text",
        text=None,
        reply=[],
        state=InboundState.DONE,
        outcome=Outcome(row["outcome"]).value,
        item=row["item"] or None,
        received_at=at,
        done_at=at,
    )
