"""Count how questions ended, by topic: one query over the messages of some days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from bot.store.models import Account, Contact, Customer, EntryState, Inbound, LiveEntry, Manager, Outcome, Role

ASKED = (Outcome.ANSWERED, Outcome.OFFERED, Outcome.UNKNOWN, Outcome.HANDED_OVER)
"""How a question can end at once; a pick, a refusal and a word of thanks belong to one that was counted already."""

_MISSED = (Outcome.UNKNOWN, Outcome.REFUSED)
_TOPICAL = (Outcome.ANSWERED, Outcome.CHOSEN, Outcome.UNKNOWN)


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


@dataclass(frozen=True, slots=True)
class Tally:
    """How the questions of some days ended, for whoever wants to see it; read at once for all of them."""

    db: Session
    topics: Mapping[str, str]
    since: datetime
    until: datetime
    rows: Sequence[Row[int, int | None, str | None, str | None, int]]

    def of(self, viewer: Manager) -> Count:
        """Return what a manager's own customers asked, or a supervisor's whole branch."""
        found, whole = Count(), viewer.role is Role.SUPERVISOR
        for branch_id, manager_id, outcome, item, number in self.rows:
            if outcome and (branch_id == viewer.branch_id if whole else manager_id == viewer.id):
                _add(found, outcome, _topic(item or "", self.topics), number)
        found.learnt = _learnt(self.db, viewer, self.since, self.until)
        return found


def tally(db: Session, topics: Mapping[str, str], since: datetime, until: datetime) -> Tally:
    """Count the messages from `since` to before `until` by one query.

    `topics` gives an item's category; an item that is no item id is a topic itself.
    """
    account = (Account.channel == Inbound.channel) & (Account.name == Inbound.account)
    person = (Contact.account_id == Account.id) & (Contact.openid == Inbound.person)
    manager = func.coalesce(Customer.manager_id, Contact.manager_id)
    within = (Inbound.received_at >= since, Inbound.received_at < until, Inbound.outcome.is_not(None))
    query = (
        select(Account.branch_id, manager, Inbound.outcome, Inbound.item, func.count())
        .join(Account, account)
        .outerjoin(Contact, person)
        .outerjoin(Customer, Customer.id == Contact.customer_id)
        .where(*within)
        .group_by(Account.branch_id, manager, Inbound.outcome, Inbound.item)
    )
    return Tally(db, topics, since, until, db.execute(query).all())


def _add(found: Count, outcome: str, topic: str, number: int) -> None:
    found.outcomes[outcome] += number
    if topic and outcome in _TOPICAL:
        found.topics[topic] += number
    if topic and outcome in _MISSED:
        found.missed[topic] += number


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
