"""M11: nothing was ever deleted; a customer's words were kept for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot import metrics
from bot.care import job_table, retention
from bot.delivery import outbox
from bot.messages import Text
from bot.runtime.container import Services
from bot.schedule import Context, Scheduler
from bot.store.models import (
    AuditEntry,
    Complaint,
    ComplaintEvent,
    ComplaintState,
    DeliveryEvent,
    Inbound,
    InboundState,
    OpenQuestion,
    OpenQuestionState,
    Outbox,
    OutboxState,
    Purpose,
    ScheduledRun,
    Task,
    TaskState,
    Unanswered,
)
from handlers import build_router

LONG = 5000
"""Days: longer than anything is kept."""


@pytest.fixture
def retire(store, settings, clock, db):
    """Run one night's job to its end; return how many rows of each table went."""

    def run(day: int = 0) -> dict[str, int]:
        db.commit()
        now = clock.now() + timedelta(days=day)
        with store.begin() as session:
            said = retention.plan(store, settings, Context(session, now, now))
        db.expire_all()
        return (
            {}
            if said == "nothing"
            else {name: int(count) for name, count in (x.rsplit(" ", 1) for x in said.split(", "))}
        )

    return run


@pytest.fixture
def age(clock):
    """Return a moment so many days ago."""
    return lambda days: clock.now() - timedelta(days=days)


def _message(number, at, **values):
    facts = {"channel": "official", "account": "official", "kind": "text", "state": InboundState.DONE, "text": "我的话"}
    return Inbound(**facts | {"key": f"msg:{number}", "received_at": at} | values)


def _sent(db, make, at, **values):
    number = outbox.enqueue(
        db, to=make.manager(), purpose=Purpose.STAFF, rule="x", occasion="1", part=Text("卡片"), now=at
    )
    row = db.get(Outbox, number)
    for name, value in ({"state": OutboxState.SENT} | values).items():
        setattr(row, name, value)
    db.add(DeliveryEvent(outbox_id=row.id, at=at, state=row.state))
    db.execute(text("DELETE FROM procrastinate_jobs"))
    db.flush()
    return row


def test_messages_go_when_they_are_old_and_not_before(db, age, retire):
    db.add_all([_message(1, age(181)), _message(2, age(179)), _message(3, age(LONG), state=InboundState.ACCEPTED)])
    assert retire() == {"inbound": 1}
    assert sorted(row.key for row in db.query(Inbound)) == ["msg:2", "msg:3"]  # what is not answered yet stays


def test_what_was_delivered_goes_and_what_was_not_stays(db, make, age, retire):
    _sent(db, make, age(181))
    for state in (OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING):
        _sent(db, make, age(LONG), state=state)
    _sent(db, make, age(179))
    assert retire() == {"outbox": 1, "delivery_events": 1}  # a row's own steps go with it, uncounted
    assert {row.state for row in db.query(Outbox)} == {
        OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING, OutboxState.SENT,
    }  # fmt: skip


def test_no_key_goes_that_a_late_plan_could_ask_for_again(settings, clock):
    """A missed day is planned for up to 31 days; belated greetings go three days further."""
    services = Services(settings, build_router(), clock)
    longest = max(job.catch_up for job in job_table.jobs(services).jobs)
    services.close()
    field = type(settings).model_fields["retain_outbox_days"]
    least = next(limit.ge for limit in field.metadata if hasattr(limit, "ge"))
    assert timedelta(days=least) > longest + timedelta(days=3)


def test_a_closed_complaint_goes_with_its_story_and_an_open_one_never(db, make, age, retire):
    def complaint(**values):
        found = make.complaint(make.contact(), filed_at=age(LONG), **values)
        db.add(ComplaintEvent(complaint_id=found.id, at=age(LONG), kind="filed", actor="customer"))
        return found

    old = complaint(state=ComplaintState.CLOSED, closed_at=age(1097))
    young = complaint(state=ComplaintState.CLOSED, closed_at=age(1095))
    still = complaint()
    worked_on = complaint(state=ComplaintState.CLOSED, closed_at=age(1097))
    facts = {"rule": "x", "title": "", "text": "", "due_at": age(1), "created_at": age(20)}
    db.add(Task(manager_id=old.owner_id, complaint_id=old.id, occasion="1", state=TaskState.DONE, **facts))
    db.add(Task(manager_id=old.owner_id, complaint_id=worked_on.id, occasion="2", state=TaskState.OPEN, **facts))
    expected = {young.id, still.id, worked_on.id}
    assert retire() == {"complaints": 1}
    assert {row.id for row in db.query(Complaint)} == expected
    assert {row.complaint_id for row in db.query(ComplaintEvent)} == expected
    assert [row.occasion for row in db.query(Task)] == ["2"]


def test_tasks_questions_runs_and_the_log_go_by_their_own_age(db, make, age, retire):
    manager, account = make.manager(), make.account()
    facts = {"manager_id": manager.id, "rule": "x", "title": "", "text": "电话", "due_at": age(1)}
    db.add_all(
        [
            Task(**facts, occasion="1", state=TaskState.DONE, created_at=age(181)),
            Task(**facts, occasion="2", state=TaskState.OPEN, created_at=age(LONG)),
            AuditEntry(at=age(1097), actor="system", action="x", object="y"),
            AuditEntry(at=age(1095), actor="system", action="x", object="y"),
            ScheduledRun(name="brief", due_at=age(120), ran_at=age(120)),
            ScheduledRun(name="brief", due_at=age(100), ran_at=age(100)),
        ]
    )
    times = {"created_at": age(400), "updated_at": age(400)}
    where = {"pack": "telecom", "branch_id": account.branch_id, "title": "怎么办"}
    asked = OpenQuestion(**where, **times, state=OpenQuestionState.ASKED)
    live = OpenQuestion(**where, **times, state=OpenQuestionState.LIVE)
    db.add_all([asked, live])
    db.flush()
    for question in (asked, live, None):
        number = question.id if question else None
        db.add(Unanswered(account_id=account.id, text="怎么办", reason="", at=age(366), question_id=number))
    assert retire() == {"tasks": 1, "unanswered": 2, "scheduled_runs": 1, "audit_log": 1}
    assert [row.question_id for row in db.query(Unanswered)] == [asked.id]  # it is still counted
    assert [row.due_at for row in db.query(ScheduledRun)] == [age(100)]  # the last one tells where to go on


def test_jobs_that_failed_go(db, make, clock, retire):
    outbox.enqueue(
        db, to=make.manager(), purpose=Purpose.STAFF, rule="x", occasion="1", part=Text("卡片"), now=clock.now()
    )
    db.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    db.execute(text("UPDATE procrastinate_events SET at = :at"), {"at": clock.now() - timedelta(days=91)})
    assert retire() == {"procrastinate_jobs": 1}


def test_it_goes_on_batch_by_batch_past_what_is_kept_and_others_hold(db, store, settings, age, retire, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 3)
    kept = [_message(number, age(LONG), state=InboundState.ACCEPTED) for number in range(4)]
    db.add_all([*kept, *(_message(number, age(200)) for number in range(10, 20))])
    db.commit()
    with store.session() as other:  # another process works on one row: it is left for the next night
        other.execute(text("SELECT 1 FROM inbound WHERE key = 'msg:15' FOR UPDATE"))
        before = metrics.RETIRED.labels("inbound")._value.get()
        assert retire() == {"inbound": 9}
        assert metrics.RETIRED.labels("inbound")._value.get() == before + 9
        other.rollback()
    assert retire() == {"inbound": 1}


def test_a_run_ends_when_its_time_is_over(db, store, age):
    db.add_all([_message(number, age(200)) for number in range(5)])
    db.commit()
    kind = retention.KINDS[0]
    assert list(retention.retire(store, kind, age(180), lambda: False)) == []
    answers = iter([True, False])
    assert sum(retention.retire(store, kind, age(180), lambda: next(answers))) == 5


def test_the_scheduler_does_it_at_night(settings, clock, db, age):
    services = Services(settings, build_router(), clock)
    scheduler = Scheduler(job_table.jobs(services))
    scheduler.tick()
    db.add(_message(1, age(200)))
    db.commit()
    clock.advance(timedelta(days=1) - timedelta(hours=8, minutes=59))  # from ten in the morning to 01:01
    clock.advance(timedelta(minutes=5))
    scheduler.tick()
    services.close()
    db.rollback()
    assert db.query(Inbound).count() == 0
    results = [row.result for row in db.query(ScheduledRun).filter(ScheduledRun.name == "retention")]
    assert "inbound 1" in results
