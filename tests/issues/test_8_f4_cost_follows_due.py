"""F4: what runs all the time or every morning cost as much as everything that had ever been, not what was due.

At 500,000 complaints the deadlines' tick took 250 ms twice a second, and a birthday or contract three statements each.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, text

from bot.care import birthdays, contracts, deadlines, return_visits
from bot.care.planning_context import Desk
from bot.care.rest_days import Span
from bot.delivery import bulk, outbox
from bot.knowledge.texts import TextBook
from bot.learning import weekly_stats
from bot.messages import Text
from bot.schedule import Context
from bot.store.models import (
    Calendar,
    Complaint,
    ComplaintEvent,
    ComplaintState,
    Customer,
    Inbound,
    InboundState,
    Outbox,
    OutboxState,
    Purpose,
)
from bot.tickets import complaints
from tests.auxil.reads import rows_read, statements

MANY = 3000


@pytest.fixture
def desk(settings) -> Desk:
    return Desk(settings, TextBook(settings.tiexin_knowledge), lambda _pack, category: category)


@pytest.fixture
def crowd(make, db, clock):
    """Many complaints and customers that nothing is due for: open ones noted as overdue long ago, and closed ones."""
    manager = make.manager(name="李红", supervisor_id=make.supervisor(name="张主管").id)
    contact = make.contact(make.customer(manager=manager))
    sample = make.complaint(contact, due_at=clock.now() - timedelta(days=9))
    whose = {
        name: getattr(sample, name) for name in ("branch_id", "account_id", "contact_id", "customer_id", "owner_id")
    }
    ago = clock.now() - timedelta(days=90)
    rows = [
        {
            **whose,
            "number": f"TS-{index}",
            "state": ComplaintState.CLOSED if index % 2 else ComplaintState.FILED,
            "what": "很早以前的",
            "filed_at": ago,
            "due_at": ago,
            "noted_due": ago,
            "closed_at": ago if index % 2 else None,
        }
        for index in range(MANY)
    ]
    db.execute(insert(Complaint), rows)
    db.execute(
        text(
            "INSERT INTO complaint_events (complaint_id, at, kind, actor, text, data)"
            " SELECT id, due_at, 'overdue', 'system', '', '{}' FROM complaints WHERE state = 'filed'"
        )
    )
    sample.state, sample.closed_at = ComplaintState.CLOSED, ago
    born = {"birthday_calendar": Calendar.SOLAR, "birthday_month": 3, "birthday_day": 8}
    person = {"branch_id": whose["branch_id"], "manager_id": whose["owner_id"], "created_at": ago, **born}
    db.execute(insert(Customer), [{**person, "name": f"客{index}"} for index in range(MANY)])
    db.commit()
    db.execute(text("ANALYZE"))
    db.commit()
    return whose


def _due(make, clock, whose) -> Complaint:
    contact = make.contact()
    return make.complaint(contact, owner_id=whose["owner_id"], due_at=clock.now() + timedelta(minutes=1))


class TestDeadlines:
    def test_what_was_noted_long_ago_is_not_read_again(self, crowd, desk, db, clock):
        read = rows_read(
            db, ["complaints", "complaint_events"], lambda: deadlines.tick(desk, db, clock.now() + timedelta(days=1))
        )
        assert read == 0

    def test_the_one_that_is_due_is_found_among_them_and_told_once(self, crowd, desk, db, make, clock):
        complaint = _due(make, clock, crowd)
        clock.advance(timedelta(hours=1))
        assert [deadlines.tick(desk, db, clock.now()) for _ in range(2)] == [1, 0]
        assert [event.kind for event in complaint.events] == ["overdue"]

    def test_an_urging_customer_and_the_clock_note_one_due_time_once(self, crowd, desk, db, make, clock):
        complaint = _due(make, clock, crowd)
        clock.advance(timedelta(hours=1))
        assert complaints.mark_overdue(db, complaint, now=clock.now())
        db.flush()
        assert deadlines.tick(desk, db, clock.now()) == 0
        complaint.due_at = clock.now() + timedelta(minutes=1)
        db.flush()
        clock.advance(timedelta(hours=1))
        assert deadlines.tick(desk, db, clock.now()) == 1


class TestMornings:
    DAY = date(2026, 11, 26)

    def _people(self, make, number, **values):
        manager = make.manager()
        return [
            make.customer(
                manager=manager, birthday_calendar=Calendar.SOLAR, birthday_month=11, birthday_day=26, **values
            )
            for _ in range(number)
        ]

    def _context(self, desk, db, clock, hour=9):
        clock.set(desk.at(self.DAY, birthdays.OPENS) + timedelta(hours=hour - 9))
        return Context(db, clock.now(), clock.now())

    def _statements(self, monkeypatch, db, plan, desk, context):
        db.flush()
        db.expunge_all()
        return statements(monkeypatch, lambda: plan(desk, context))

    def test_birthdays_take_as_many_statements_for_forty_as_for_two(self, make, db, desk, clock, monkeypatch):
        self._people(make, 2)
        few = self._statements(monkeypatch, db, birthdays.plan, desk, self._context(desk, db, clock, 7))
        db.rollback()
        self._people(make, 40)
        many = self._statements(monkeypatch, db, birthdays.plan, desk, self._context(desk, db, clock, 7))
        assert many == few
        rows = db.query(Outbox).all()
        assert [(row.rule, row.occasion, row.state) for row in rows] == [
            ("birthday", "2026-11-26", OutboxState.WAITING)
        ] * 40
        assert len({row.recipient for row in rows}) == 40
        self._statements(monkeypatch, db, birthdays.plan, desk, self._context(desk, db, clock, 7))
        assert db.query(Outbox).count() == 40

    def test_contracts_take_as_many_statements_for_forty_as_for_two(self, make, db, desk, clock, monkeypatch):
        def ending(number):
            for customer in self._people(make, number):
                make.contract(customer, ends_on=self.DAY + timedelta(days=7))

        ending(2)
        few = self._statements(monkeypatch, db, contracts.plan, desk, self._context(desk, db, clock))
        db.rollback()
        ending(40)
        many = self._statements(monkeypatch, db, contracts.plan, desk, self._context(desk, db, clock))
        assert many == few
        assert db.query(Outbox).filter(Outbox.customer_id.is_not(None)).count() == 40
        assert db.query(Outbox).filter(Outbox.manager_id.is_not(None)).count() == 40
        jobs = db.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'deliver'"))
        assert jobs == db.query(Outbox).filter(Outbox.state == OutboxState.QUEUED).count() == 80

    def test_return_visits_take_as_many_statements_for_forty_as_for_two(self, make, db, desk, clock, monkeypatch):
        def closed(number):
            for customer in self._people(make, number):
                complaint = make.complaint(make.contact(customer), state=ComplaintState.CLOSED)
                complaint.closed_at = desk.at(self.DAY - timedelta(days=3), birthdays.OPENS)
                db.add(ComplaintEvent(complaint=complaint, at=complaint.closed_at, kind="solved", actor="customer"))

        closed(2)
        few = self._statements(monkeypatch, db, return_visits.plan, desk, self._context(desk, db, clock, 10))
        db.rollback()
        closed(40)
        many = self._statements(monkeypatch, db, return_visits.plan, desk, self._context(desk, db, clock, 10))
        assert many <= few  # the first plan reads the business calendar too
        assert db.query(Outbox).count() == 40

    def test_birthdays_read_whose_day_it_is(self, crowd, make, db, desk, clock):
        self._people(make, 2)
        read = rows_read(db, ["customers", "outbox"], lambda: birthdays.plan(desk, self._context(desk, db, clock, 7)))
        assert read < 20
        assert db.query(Outbox).count() == 2

    def test_return_visits_read_what_closed_that_day(self, crowd, db, desk, clock):
        day = self.DAY
        query = return_visits.closed_for(Span(day, day), desk.settings.zone)
        assert rows_read(db, ["complaints", "complaint_events"], lambda: db.scalars(query).all()) == 0


def test_the_week_reads_the_weeks_messages(make, db, clock):
    """The picture of a week read every message there had ever been."""
    make.account()
    long_ago = clock.now() - timedelta(days=60)
    old = {"channel": "official", "account": "official", "kind": "text", "state": InboundState.DONE}
    db.execute(
        insert(Inbound),
        [{**old, "key": f"msg:{index}", "outcome": "answered", "received_at": long_ago} for index in range(MANY)]
        + [{**old, "key": "msg:new", "outcome": "answered", "received_at": clock.now()}],
    )
    db.commit()
    db.execute(text("ANALYZE"))
    since = clock.now() - timedelta(days=7)
    found = []
    read = rows_read(
        db, ["inbound"], lambda: found.append(weekly_stats.tally(db, {}, since, clock.now() + timedelta(days=1)))
    )
    assert read < 20
    assert sum(row[-1] for row in found[0].rows) == 1


def test_a_planned_message_that_is_there_already_is_left_alone(make, db, clock):
    """Set-based planning keeps the key (recipient, rule, occasion): a second plan changes nothing, adds no job."""
    customer = make.customer()
    outbox.enqueue(
        db,
        to=customer,
        purpose=Purpose.CARE,
        rule="birthday",
        occasion="2026-11-26",
        part=Text("先到"),
        now=clock.now(),
    )
    again = bulk.Planned(customer, Purpose.CARE, "birthday", "2026-11-26", Text("后到"), due_at=clock.now())
    bulk.put(db, [again, again], clock.now())
    assert [row.part["content"] for row in db.query(Outbox)] == ["先到"]
    assert db.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 1
