"""Complaints: filed once, joined, moved by the table, urged, rated; everything leaves its traces."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.store.models import AuditEntry, Complaint, ComplaintState, Level, Satisfaction
from bot.store.session import driver
from bot.tickets import complaints, queries
from bot.tickets.complaints import ForeignError
from bot.tickets.filing import Draft
from bot.tickets.queries import Whose
from bot.tickets.states import TransitionError
from tests.conftest import SHANGHAI
from tests.tickets.filing import CLOCKWORK, file

SLOW = Draft("宽带一到晚上就慢得要命", category="broadband")


@pytest.fixture
def contact(make):
    return make.contact(make.customer())


@pytest.fixture
def filed(db, clock, contact):
    return file(db, clock, contact, SLOW).complaint


def test_filing_writes_event_media_and_log(db, clock, contact):
    media = {"kind": "picture", "media_id": "M1", "detail": {}}
    filed = file(db, clock, contact, Draft("没信号", category="network", media=(media,), escalated=True))
    complaint = filed.complaint
    assert (filed.joined, complaint.state, complaint.escalation) == (False, ComplaintState.FILED, 1)
    assert complaint.due_at.astimezone(SHANGHAI).isoformat() == "2026-11-23T12:30:00+08:00"
    assert [(event.kind, event.data) for event in complaint.events] == [("filed", {}), ("media", media)]
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor, entry.object) == (
        "complaint.filed",
        f"customer:{contact.id}",
        f"complaint:{complaint.id}",
    )


@pytest.mark.parametrize(
    ("draft", "joins"),
    [
        (Draft("还是一样", category="broadband"), True),
        (Draft("一到晚上宽带就慢得要命", category="network"), True),
        (Draft("扣了我三十块", category="fee"), False),
        (Draft("完全两回事", category="other"), False),
        (Draft("完全两回事"), False),
    ],
)
def test_what_joins_an_open_complaint(db, clock, contact, filed, draft, joins):
    again = file(db, clock, contact, draft)
    assert again.joined is joins
    assert (again.complaint.id == filed.id) is joins


def test_other_is_no_common_ground(db, clock, contact):
    first = file(db, clock, contact, Draft("发票开错了", category="other"))
    second = file(db, clock, contact, Draft("停车场没位置", category="other"))
    assert not second.joined
    assert second.complaint.number != first.complaint.number


def test_after_a_day_or_when_closed_it_is_a_new_one(db, clock, contact, filed):
    complaints.withdraw(db, filed, now=clock.now())
    second = file(db, clock, contact, SLOW)
    assert not second.joined
    clock.advance(timedelta(hours=24))
    assert not file(db, clock, contact, SLOW).joined


def test_anothers_complaint_is_never_joined(db, clock, make, filed):
    assert not file(db, clock, make.contact(make.customer()), SLOW).joined


def test_the_same_complaint_told_twice_at_once_is_one(store, make, clock, contact):
    make.commit()
    results = []
    start = threading.Barrier(2)

    def tell() -> None:
        start.wait()
        with store.begin() as db:
            mine = db.get(type(contact), contact.id)
            results.append(file(db, clock, mine, SLOW).joined)

    threads = [threading.Thread(target=tell) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]
    with store.session() as db:
        assert db.scalar(select(func.count(Complaint.id))) == 1


def test_two_managers_taking_at_once(store, make, clock, contact, filed):
    manager = contact.customer.manager
    make.commit()
    results = []
    start = threading.Barrier(2)

    def take() -> None:
        start.wait()
        with store.session() as db:
            complaint = complaints.locked(db, filed.id)
            try:
                complaints.take(db, complaint, manager, now=clock.now())
            except TransitionError:
                results.append("late")
            else:
                db.commit()
                results.append("taken")

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["late", "taken"]


def test_course_and_its_log(db, clock, filed):
    manager = filed.owner
    complaints.take(db, filed, manager, now=clock.now())
    complaints.answer(db, filed, manager, "修好了", now=clock.now())
    complaints.not_solved(db, filed, clockwork=CLOCKWORK, now=clock.now())
    assert (filed.state, filed.escalation) == (ComplaintState.REOPENED, 1)
    complaints.answer(db, filed, manager, "这次真修好了", now=clock.now())
    db.flush()
    (standing,) = queries.open_of(driver(db), Whose(filed.contact_id))
    assert (standing.answer, standing.manager) == ("这次真修好了", manager.name)
    complaints.solved(db, filed, now=clock.now())
    assert filed.closed_at == clock.now()
    assert [event.kind for event in filed.events] == ["filed", "taken", "answered", "not_solved", "answered", "solved"]
    db.flush()
    changes = db.execute(select(AuditEntry.before, AuditEntry.after).order_by(AuditEntry.id)).all()[1:]
    assert [(before["state"], after["state"]) for before, after in changes] == [
        ("filed", "taken"),
        ("taken", "answered"),
        ("answered", "reopened"),
        ("reopened", "answered"),
        ("answered", "closed"),
    ]
    with pytest.raises(TransitionError):
        complaints.withdraw(db, filed, now=clock.now())


def test_urging_tells_once_in_half_an_hour(db, clock, filed):
    assert complaints.urge(db, filed, now=clock.now())
    clock.advance(timedelta(minutes=29))
    assert complaints.urge(db, filed, now=clock.now()) is None
    clock.advance(timedelta(minutes=1))
    assert complaints.urge(db, filed, now=clock.now())


def test_rating_and_reason(db, clock, filed):
    complaints.close(db, filed, None, now=clock.now())
    complaints.rate(db, filed, Satisfaction.FAIR, now=clock.now())
    complaints.rating_reason(db, filed, "太慢", now=clock.now())
    assert (filed.satisfaction, filed.satisfaction_reason) == (Satisfaction.FAIR, "太慢")
    complaints.not_solved(db, filed, clockwork=CLOCKWORK, now=clock.now())
    assert (filed.state, filed.closed_at) == (ComplaintState.REOPENED, None)


def test_overdue_is_noted_once_per_due_time(db, clock, filed):
    clock.advance(timedelta(days=4))
    assert complaints.mark_overdue(db, filed, now=clock.now())
    assert not complaints.mark_overdue(db, filed, now=clock.now())
    assert filed.escalation == 1


def test_who_may_act(db, make, clock, filed):
    owner, colleague = filed.owner, make.manager()
    supervisor, elsewhere = make.supervisor(), make.supervisor(branch_id=make.branch(name="城北").id)
    owner.supervisor_id = elsewhere.id
    db.flush()
    assert complaints.may_act(db, owner, filed)
    assert complaints.may_act(db, supervisor, filed)
    assert complaints.may_act(db, elsewhere, filed)
    assert not complaints.may_act(db, colleague, filed)
    with pytest.raises(ForeignError):
        complaints.for_manager(db, colleague, filed.id)
    with pytest.raises(ForeignError):
        complaints.for_manager(db, owner, 999)


def test_lists(db, make, clock, contact, filed):
    other = make.complaint(make.contact(make.customer()), due_at=clock.now() - timedelta(hours=1))
    mine, raw = Whose(contact.id, contact.customer_id), driver(db)
    assert [each.id for each in queries.open_of(raw, mine)] == [filed.id]
    assert _listed(db, filed.owner, clock) == [filed.id]
    assert _listed(db, make.supervisor(), clock) == [other.id, filed.id]
    found = queries.by_number(raw, mine, filed.number)
    assert found is not None and (found.number, found.state, found.withdrawn) == (filed.number, filed.state, False)
    assert queries.by_number(raw, mine, other.number) is None
    complaints.solved(db, filed, now=clock.now())
    db.flush()
    assert [each.id for each in queries.recent_of(raw, mine, clock.now())] == [filed.id]
    assert queries.recent_of(raw, mine, clock.now() + timedelta(days=31)) == []
    assert _listed(db, filed.owner, clock) == []


def _listed(db, viewer, clock):
    return [each.id for each in queries.open_for(db, viewer, clock.now(), 10).rows]


def test_what_is_late_the_longest_comes_first_then_the_most_valued(db, make, clock):
    """A page names the first and counts all of them."""
    manager = make.manager()
    hour, orders = timedelta(hours=1), {}
    for name, level, due in (
        ("silver late", Level.SILVER, -2),
        ("diamond late", Level.DIAMOND, -1),
        ("gold soon", Level.GOLD, 1),
        ("diamond soon", Level.DIAMOND, 2),
        ("diamond sooner", Level.DIAMOND, 1),
    ):
        contact = make.contact(make.customer(manager=manager, level=level))
        orders[make.complaint(contact, due_at=clock.now() + due * hour).id] = name
    answered = make.contact(make.customer(manager=manager, level=Level.DIAMOND))
    make.complaint(answered, state=ComplaintState.ANSWERED, due_at=clock.now() - 9 * hour)
    page = queries.open_for(db, manager, clock.now(), 5)
    assert [orders[each.id] for each in page.rows] == [
        "silver late",
        "diamond late",
        "diamond sooner",
        "diamond soon",
        "gold soon",
    ]
    assert page.total == 6


def test_additions(db, clock, filed):
    complaints.add(db, filed, "楼上也一样", now=clock.now())
    picture = {"kind": "picture", "media_id": "M", "detail": {}}
    complaints.add(db, filed, media=(picture, picture), now=clock.now())
    assert queries.media_count(filed) == 2
    assert complaints.add(db, filed, now=clock.now()) is None
