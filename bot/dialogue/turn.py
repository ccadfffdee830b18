"""One message being worked on: who talks, what was said, and the one transaction it happens in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import joinedload

from bot.business_hours import Calendars, WorkingTime
from bot.config import Settings
from bot.customers.names import address
from bot.dialogue.sessions import Session
from bot.knowledge.texts import Texts
from bot.messages import Incoming, Reply
from bot.moments import Said
from bot.store.models import Contact, Customer, Manager, Outcome
from bot.store.session import Transaction
from bot.understanding import ComplaintSlots, Context, Understanding

if TYPE_CHECKING:
    from bot.dialogue.forms import Form, Forms


_WITH_HIS = (joinedload(Contact.account), joinedload(Contact.customer).joinedload(Customer.manager))
"""Who needs the contact mostly needs these too: one statement instead of four."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is talking; filled by one query a turn.

    `manager_*` is the customer's own manager (or the one whose code he scanned); for staff it is himself.
    """

    account_id: int
    account: str
    branch_id: int
    pack: str
    contact_id: int | None
    customer_id: int | None
    name: str
    honorific: str
    level: str
    manager_id: int | None
    manager_name: str
    is_staff: bool
    phone: str = ""  # on file; shown to nobody but himself and his manager
    placeholders: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return how to address him: 王总, 李女士, or 您 while nobody knows."""
        return address(self.name, self.honorific)

    @property
    def branch(self) -> str:
        """Return what the branch calls itself (its placeholder `branch`), its number while it has no name there."""
        return self.placeholders.get("branch") or str(self.branch_id)


@dataclass(slots=True)
class Turn:
    """Everything a handler may use; it never commits and never talks to a platform."""

    incoming: Incoming
    person: Person
    now: datetime
    zone: ZoneInfo
    calendars: Calendars
    transaction: Transaction
    session: Session
    texts: Texts
    understanding: Understanding
    settings: Settings
    forms: Forms
    trace: str
    outcome: Outcome | None = None  # how a question ended
    item: str = ""  # the item id it came to, or the topic
    said: list[Said] = field(default_factory=list)  # moments that were worded; what is sent later words them anew
    _told: dict[str, ComplaintSlots] = field(default_factory=dict)
    _facts: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        """Return the transaction's ORM session; a turn that never asks has none."""
        return self.transaction.session

    @property
    def text(self) -> str:
        """Return what the person wrote, without surrounding blanks."""
        return self.incoming.text.strip()

    @property
    def words(self) -> str:
        """Return all words of the message: typed, spoken and recognised, the title of a link, the name of a place."""
        media = self.incoming.media
        return "\n".join(filter(None, (self.text, *(media.detail.values() if media else ()))))

    @property
    def today(self) -> date:
        """Return the business day."""
        return self.now.astimezone(self.zone).date()

    @property
    def working_time(self) -> WorkingTime:
        """Return the business calendar of the person's branch."""
        return self.calendars.of(self.transaction.reading, self.person.branch_id)

    def say(self, key: str, **values: Any) -> str:
        """Return the text `key` with the person's, the manager's and the branch's facts filled in."""
        if not self._facts:
            person = self.person
            self._facts = {"customer": person.address, "manager": person.manager_name, **person.placeholders}
        return self.texts.fill(key, values, self._facts)

    def context(self) -> Context:
        """Return what understanding may know of this conversation."""
        last, asked = self.session.topic(self.now)
        person = self.person
        return Context(
            self.today, person.placeholders, last or None, asked or None, branch=person.branch, level=person.level
        )

    def changes(self) -> None:
        """Say that this turn will change more than the conversation.

        One that is tried without a transaction is given up here, before more work goes into it.
        """
        self.transaction.flush()

    def told(self, words: str) -> ComplaintSlots:
        """Return what words say as a complaint; a form looks at the same ones several times."""
        if (read := self._told.get(words)) is None:
            read = self._told[words] = self.understanding.complaint_slots(words, self.today)
        return read

    def start(self, form: type[Form], values: dict[str, Any] | None = None, lead: str = "") -> Reply:
        """Begin a form and ask its first missing thing; `lead` is said before the question."""
        return self.forms.start(self, form, values or {}, lead)

    def contact(self) -> Contact:
        """Return the contact's row (Official Account turns only)."""
        contact = self.db.get(Contact, self.person.contact_id, options=_WITH_HIS)
        assert contact is not None, "only an Official Account turn has a contact"
        return contact

    def customer(self) -> Customer | None:
        """Return the customer's row when the contact is tied to one."""
        return self.db.get(Customer, self.person.customer_id) if self.person.customer_id else None

    def manager(self) -> Manager | None:
        """Return the customer's own manager."""
        return self.db.get(Manager, self.person.manager_id) if self.person.manager_id else None

    def staff(self) -> Manager:
        """Return the member of the staff who is talking (WeCom turns only)."""
        manager = self.manager()
        assert manager is not None and self.person.is_staff, "only a WeCom turn has a member of the staff"
        return manager
