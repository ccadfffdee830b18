"""The context of a use case: the transaction, the words, the time, and how staff is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from sqlalchemy.orm import Session

from bot import moments
from bot.customers import Party, Staff, fallback_owner
from bot.delivery import outbox
from bot.knowledge.texts import Due
from bot.messages import Card, Text
from bot.moments import Said, Say
from bot.store.models import Manager, Purpose
from bot.store.session import Transaction, Within
from bot.tickets.sla import Clockwork


@dataclass(frozen=True, slots=True)
class Office:
    """The surroundings of one use case; everything happens in the caller's transaction.

    `title` gives a complaint category's name by its id; `template` is the id of the approved message template
    投诉处理进度, empty when the account has none. `said` are the moments worded so far: a message that goes out later
    words them anew.
    """

    transaction: Transaction | Within
    say: Say
    now: datetime
    clockwork: Clockwork
    title: Callable[[str], str]
    template: str = ""
    trace: str = ""
    said: list[Said] = field(default_factory=list)

    @property
    def db(self) -> Session:
        """The transaction's ORM session; a use case that never asks has none."""
        return self.transaction.session

    @property
    def raw(self) -> Connection[Any]:
        """The driver's connection; it sees what the session's objects changed once that is flushed."""
        return self.transaction.raw

    def when(self, moment: datetime) -> Due:
        """Return a moment as people say it, and remember it for what is sent later: 今天18:00, 11月23日12:00.

        It knows whether it has passed.
        """
        words = moments.spoken(self.say, moment, self.now, self.clockwork.zone)
        self.said.append(Said(words, moment))
        return Due(words, passed=moment < self.now)

    def lasting(self, span: timedelta) -> str:
        """Return how long something lasts from now on or till now, and remember it for what is sent later."""
        words = moments.span_said(self.say, self.now + span, self.now)
        self.said.append(words)
        return words.words

    def responsible(self, person: Party) -> Staff:
        """Return who of the staff takes care of what a person brings; always exactly one."""
        return person.manager or Staff.of(fallback_owner(self.db, person.branch_id))

    def tell(self, manager: Manager | Staff, text: str, *, rule: str, occasion: str) -> None:
        """Send a member of the staff some words, once per rule and occasion."""
        self._post(manager, Text(text), rule, occasion)

    def show(self, manager: Manager | Staff, card: Card, *, rule: str, occasion: str) -> None:
        """Send a member of the staff a card, once per rule and occasion."""
        self._post(manager, card, rule, occasion)

    def card_done(self, manager: Manager, response_code: str, text: str, occasion: str) -> None:
        """Replace the buttons of the card that was tapped by `text`."""
        if response_code:
            outbox.enqueue_card_update(
                self.db,
                to=manager,
                response_code=response_code,
                text=text,
                occasion=occasion,
                now=self.now,
                trace=self.trace,
            )

    def _post(self, manager: Manager | Staff, part: Text | Card, rule: str, occasion: str) -> None:
        self.transaction.flush()
        outbox.enqueue(
            self.raw,
            to=manager,
            purpose=Purpose.STAFF,
            rule=rule,
            occasion=occasion,
            part=part,
            now=self.now,
            said=self.said,
            trace=self.trace,
        )
