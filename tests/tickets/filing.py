"""Complaints as customers file them, for the tests of what follows."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.business_hours import WorkingTime
from bot.clock import Clock
from bot.service import complaint_handling
from bot.service.context import Office
from bot.store.models import Complaint, Contact
from bot.store.session import Within
from bot.tickets.filing import Draft
from bot.tickets.sla import Clockwork
from tests.conftest import SHANGHAI

CLOCKWORK = Clockwork(4, WorkingTime(SHANGHAI))


class Told(NamedTuple):
    """The complaint the words went into; `joined` when it was there before."""

    complaint: Complaint
    joined: bool


def office_of(db: Session, clock: Clock) -> Office:
    """Return an office whose texts are their keys."""
    return Office(Within(db), lambda key, **values: key, clock.now(), CLOCKWORK, str)


def file(db: Session, clock: Clock, contact: Contact, draft: Draft) -> Told:
    """File a complaint, or join it to an open one."""
    db.flush()
    found = complaint_handling.file(office_of(db, clock), contact.id, draft)
    if isinstance(found, Complaint):
        return Told(found, joined=True)
    return Told(db.get_one(Complaint, found[0].id), joined=False)
