"""Reliability F1: what comes in while nobody is at work is kept, and handed on as soon as there is somebody."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.care import orphans
from bot.care.planning_context import Desk
from bot.customers import fallback_owner
from bot.customers.responsibility import NOBODY
from bot.knowledge.texts import TextBook
from bot.schedule import Context
from bot.store.models import Complaint, Outbox, Task
from bot.tickets import tasks
from tests.conftest import KNOWLEDGE


def _swept(settings, db, clock) -> str:
    desk = Desk(settings, TextBook(KNOWLEDGE))
    return orphans.hand_on(desk, Context(db, clock.now(), clock.now()))


def _cards(db, manager) -> list[str]:
    rows = db.scalars(select(Outbox).where(Outbox.manager_id == manager.id, Outbox.rule == "complaint_card"))
    return [row.part["title"] for row in rows]


def test_a_complaint_filed_while_nobody_works_is_kept_and_reaches_who_comes(settings, db, make, clock):
    contact = make.contact()
    complaint = make.complaint(contact, owner_id=fallback_owner(db, contact.account.branch_id).id)
    assert (complaint.owner.name, complaint.owner.active) == (NOBODY, False)
    assert _swept(settings, db, clock) == "nobody is at work"
    supervisor = make.supervisor()
    assert _swept(settings, db, clock) == "1 complaints, 0 tasks"
    assert db.get_one(Complaint, complaint.id).owner_id == supervisor.id
    assert [title for title in _cards(db, supervisor) if complaint.number in title]
    assert _swept(settings, db, clock) == "0 complaints, 0 tasks"


def test_who_leaves_leaves_nothing_behind(settings, db, make, clock):
    leaving, staying = make.manager(), make.manager()
    contact = make.contact(customer=make.customer(manager=leaving))
    complaint = make.complaint(contact, owner_id=leaving.id)
    due = clock.now() + timedelta(hours=1)
    task = tasks.add(
        db, manager=leaving, rule="wish", occasion="w1", title="回电", due_at=due, now=clock.now(), contact=contact
    )
    leaving.active = False
    db.flush()
    assert _swept(settings, db, clock) == "1 complaints, 1 tasks"
    assert db.get_one(Complaint, complaint.id).owner_id == staying.id
    assert db.get_one(Task, task.id).manager_id == staying.id


def test_it_is_never_handed_to_whom_it_accuses(settings, db, make, clock):
    accused, leaving = make.supervisor(), make.supervisor()
    contact = make.contact()
    complaint = make.complaint(contact, owner_id=leaving.id, about_id=accused.id)
    leaving.active = False
    db.flush()
    _swept(settings, db, clock)
    assert db.get_one(Complaint, complaint.id).owner_id != accused.id
    assert _cards(db, accused) == []
