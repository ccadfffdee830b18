"""Count how questions ended, by topic: one query over the messages of some days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.store.models import Account, Contact, Customer, EntryState, Inbound, LiveEntry, Manager, Role

ASKED = ("answered", "offered", "unknown", "handed_over")
"""How a question can end at once; a pick, a refusal and a word of thanks belong to one that was counted already."""

_MISSED = ("unknown", "refused")


@dataclass(slots=True)
class Count:
    """How often each outcome came, and the topics that were asked and those not answered."""

    outcomes: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    learnt: int = 0

    @property
    def asked(self) -> int:
        """Return how many questions were asked."""
        return sum(self.outcomes[name] for name in ASKED)


def count(db: Session, viewer: Manager, topics: Mapping[str, str], since: datetime, until: datetime) -> Count:
    """Count the messages of a manager's customers, or of a supervisor's whole branch, from `since` to before `until`.

    `topics` gives an item's category; an item that is no item id is a topic itself.
    """
    found = Count()
    for outcome, item, number in db.execute(_query(viewer, since, until)):
        if outcome is None:
            continue
        found.outcomes[outcome] += number
        topic = _topic(item or "", topics)
        if topic and outcome in ("answered", "chosen", "unknown"):
            found.topics[topic] += number
        if topic and outcome in _MISSED:
            found.missed[topic] += number
    found.learnt = _learnt(db, viewer, since, until)
    return found


def _query(viewer: Manager, since: datetime, until: datetime) -> Select[str | None, str | None, int]:
    account = (Account.channel == Inbound.channel) & (Account.name == Inbound.account)
    within = (Inbound.received_at >= since, Inbound.received_at < until, Inbound.outcome.is_not(None))
    query = select(Inbound.outcome, Inbound.item, func.count()).join(Account, account).where(*within)
    if viewer.role is Role.SUPERVISOR:
        query = query.where(Account.branch_id == viewer.branch_id)
    else:
        person = (Contact.account_id == Account.id) & (Contact.openid == Inbound.person)
        query = query.join(Contact, person).outerjoin(Customer, Customer.id == Contact.customer_id)
        query = query.where(func.coalesce(Customer.manager_id, Contact.manager_id) == viewer.id)
    return query.group_by(Inbound.outcome, Inbound.item)


def _topic(item: str, topics: Mapping[str, str]) -> str:
    kind, _, rest = item.partition(":")
    return topics.get(f"{kind}:{rest.partition(':')[0]}", "") if rest else item


def _learnt(db: Session, viewer: Manager, since: datetime, until: datetime) -> int:
    """Count what was made live: by the manager himself, or for the supervisor's branch."""
    within = (LiveEntry.state == EntryState.LIVE, LiveEntry.published_at >= since, LiveEntry.published_at < until)
    mine = LiveEntry.branch_id == viewer.branch_id
    if viewer.role is not Role.SUPERVISOR:
        mine = LiveEntry.published_by == viewer.id
    return db.scalar(select(func.count(LiveEntry.id)).where(*within, mine)) or 0
