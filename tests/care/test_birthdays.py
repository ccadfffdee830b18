"""Birthday greetings: on time, belated, too late, by level, handed over, once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.care import birthdays
from bot.care import job_table as care_plan
from bot.delivery.batch_sender import BatchSender
from bot.delivery.sender import Order, Sender
from bot.delivery.sweep import sweep
from bot.schedule import Scheduler, Timetable
from bot.store.models import Calendar, Contact, Level, NoticeQuota, Outbox, OutboxState, Task
from tests.auxil.crew import Parts
from tests.auxil.platform import Platform

ZONE = ZoneInfo("Asia/Shanghai")


def _at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def born(make):
    """Make a customer born on a solar day of November."""

    def build(day=21, **values):
        birthday = {"birthday_calendar": Calendar.SOLAR, "birthday_month": 11, "birthday_day": day}
        return make.customer(**(birthday | values))

    return build


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def rounds(store, clock, settings, desk, platform):
    made = BatchSender(Sender(store, clock, settings, desk.book, platform, jitter=lambda: 0.5), 1)
    yield made
    made.close()


def _deliver_all(db, clock, rounds):
    db.rollback()
    sweep(db, clock.now())
    db.commit()
    for outbox_id in db.scalars(select(Outbox.id).where(Outbox.state == OutboxState.QUEUED).order_by(Outbox.id)).all():
        rounds.send([Order(outbox_id)])
    db.expire_all()


def test_planned_in_the_morning_for_nine_o_clock(born, plan, rows):
    customer = born()
    born(22)
    plan(birthdays.plan, _at(21, 7))
    (row,) = rows("birthday")
    assert (row.customer_id, row.occasion, row.state) == (customer.id, "2026-11-21", OutboxState.WAITING)
    assert (row.due_at, row.expires_at) == (_at(21, 9), _at(21, 20))


def test_planning_again_adds_nothing(born, plan, rows):
    born()
    for _ in range(3):
        plan(birthdays.plan, _at(21, 7))
    assert len(rows("birthday")) == 1


@pytest.mark.parametrize(
    ("level", "key"),
    [(Level.DIAMOND, "diamond"), (Level.GOLD, "gold"), (Level.SILVER, "silver"), (Level.NORMAL, "default")],
)
@pytest.mark.parametrize("belated", [False, True])
def test_words_by_level(born, make, desk, level, key, belated):
    customer = born(name="王磊", honorific="总", level=level, manager=make.manager(name="李红"))
    texts = desk.texts_for(make.db, customer.branch_id)
    words = birthdays.greeting_for(texts, customer, belated=belated)
    full_key = f"birthday.late.{key}" if belated else f"birthday.{key}"
    assert words == texts.say(full_key, customer="王总", manager="李红")
    assert "{{" not in words


def test_customer_without_a_manager_gets_words_that_name_none(born, make, desk):
    texts = desk.texts_for(make.db, make.branch().id)
    words = birthdays.greeting_for(texts, born(name="王磊", honorific="总", manager=None, level=Level.DIAMOND))
    assert words == texts.say("birthday.default", customer="王总")


@pytest.mark.parametrize(
    ("now", "state", "due", "expires", "belated"),
    [
        (_at(21, 7), OutboxState.WAITING, _at(21, 9), _at(21, 20), False),
        (_at(21, 15), OutboxState.QUEUED, _at(21, 15), _at(21, 20), False),
        (_at(21, 19, 59), OutboxState.QUEUED, _at(21, 19, 59), _at(21, 20), False),
        (_at(21, 20), OutboxState.WAITING, _at(22, 9), _at(24, 20), True),
        (_at(22, 10), OutboxState.QUEUED, _at(22, 10), _at(24, 20), True),
        (_at(24, 8), OutboxState.WAITING, _at(24, 9), _at(24, 20), True),
        (_at(24, 19), OutboxState.QUEUED, _at(24, 19), _at(24, 20), True),
    ],
)
def test_late_planning_uses_late_words(born, plan, rows, desk, db, now, state, due, expires, belated):
    customer = born()
    plan(birthdays.plan, _at(21, 7), now)
    (row,) = rows("birthday")
    assert (row.state, row.due_at, row.expires_at) == (state, due, expires)
    texts = desk.texts_for(db, customer.branch_id)
    assert row.part["content"] == birthdays.greeting_for(texts, customer, belated=belated)


@pytest.mark.parametrize("now", [_at(24, 20), _at(25, 10), _at(28, 10)])
def test_older_birthdays_are_recorded_as_skipped(born, plan, rows, now):
    born()
    plan(birthdays.plan, _at(21, 7), now)
    (row,) = rows("birthday")
    assert (row.state, row.reason) == (OutboxState.SKIPPED, "too_late")


def test_greeting_arrives_once_in_an_open_window(born, make, db, plan, rounds, platform, clock):
    contact = make.open_contact(born())
    plan(birthdays.plan, _at(21, 7))
    contact.window_until = _at(22, 7)
    db.commit()
    clock.set(_at(21, 9))
    for _ in range(3):
        _deliver_all(db, clock, rounds)
    assert [(way, to) for way, to, _ in platform.sent] == [("kf", contact.openid)]


def test_accepted_notice_carries_it_with_typed_fields(born, make, db, plan, rounds, platform, clock, settings):
    customer = born(name="王磊", honorific="总")
    contact = make.contact(customer)
    db.add(NoticeQuota(contact_id=contact.id, template_id=settings.wechat_notice_care, left=1))
    plan(birthdays.plan, _at(21, 7))
    clock.set(_at(21, 9))
    _deliver_all(db, clock, rounds)
    ((way, to, (template, fields, _)),) = platform.sent
    assert (way, to, template) == ("notice", contact.openid, settings.wechat_notice_care)
    assert fields["time3"] == "2026年11月21日"
    assert len(fields["thing1"]) <= 20


def test_shut_window_without_a_notice_becomes_the_managers_task(born, make, db, plan, rounds, platform, clock):
    customer = born(name="王磊", honorific="总")
    make.contact(customer)
    plan(birthdays.plan, _at(21, 7))
    clock.set(_at(21, 9))
    for _ in range(3):
        _deliver_all(db, clock, rounds)
    task = db.scalars(select(Task)).one()
    assert task.manager_id == customer.manager_id
    assert "王总" in task.text
    assert "生日快乐" in task.text
    assert [way for way, _, _ in platform.sent] == ["wecom"]


def test_downtime_of_three_days_greets_each_once_with_the_right_words(
    born, make, db, store, clock, rounds, platform, settings, desk
):
    people = {day: make.contact(born(day)) for day in (21, 22, 23, 24, 25)}
    make.commit()
    parts = Parts(settings, store, clock, desk.book, {})
    clock.set(_at(20, 6))
    Scheduler(_only_birthdays(parts)).tick()
    clock.set(_at(25, 12))  # down since the 20th
    for contact in people.values():
        contact = db.get_one(Contact, contact.id)
        contact.window_until, contact.window_left = _at(26, 0), 5
    db.commit()
    for _ in range(2):
        Scheduler(_only_birthdays(parts)).tick()
        _deliver_all(db, clock, rounds)
    words = {to: part.content for _, to, part in platform.sent}
    assert set(words) == {people[day].openid for day in (22, 23, 24, 25)}
    assert len(platform.sent) == 4
    late = {day for day in (22, 23, 24, 25) if "迟到" in words[people[day].openid]}
    assert late == {22, 23, 24}
    skipped = db.scalars(select(Outbox).where(Outbox.state == OutboxState.SKIPPED)).all()
    assert [(row.occasion, row.reason) for row in skipped] == [("2026-11-21", "too_late")]


def test_greeting_that_expired_unsent_is_followed_by_a_belated_one(born, make, db, plan, rows, rounds, platform, clock):
    make.open_contact(born())
    plan(birthdays.plan, _at(21, 7))
    clock.set(_at(22, 6))  # nothing could be sent all day
    _deliver_all(db, clock, rounds)
    assert [row.reason for row in rows("birthday")] == ["expired"]
    for _ in range(2):
        plan(birthdays.plan, _at(22, 7))
    clock.set(_at(22, 9))
    _deliver_all(db, clock, rounds)
    assert [row.occasion for row in rows("birthday")] == ["2026-11-21", "2026-11-21:belated"]
    assert ["迟到" in part.content for _, _, part in platform.sent] == [True]


@pytest.mark.parametrize(
    ("values", "day"),
    [
        ({"birthday_calendar": Calendar.LUNAR, "birthday_month": 10, "birthday_day": 13}, date(2026, 11, 21)),
        ({"birthday_month": 2, "birthday_day": 29}, date(2027, 2, 28)),
        ({"birthday_month": 2, "birthday_day": 29}, date(2028, 2, 29)),
    ],
)
def test_born_on_finds_lunar_and_leap_day_birthdays(born, make, db, values, day):
    customer = born(**values)
    assert [each.id for each in birthdays.born_on(db, day)] == [customer.id]
    assert [each.id for each in birthdays.born_on(db, day + timedelta(days=1))] == []


def _only_birthdays(parts):
    timetable = care_plan.jobs(parts)
    jobs = [job for job in timetable.jobs if job.name == "birthdays"]
    return Timetable(timetable.store, timetable.clock, timetable.zone, jobs)
