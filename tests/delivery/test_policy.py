"""Every reason to send, wait or drop: as a table over pure facts, and read from real rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import outbox, policy, route_selection
from bot.delivery.policy import Facts, Reason, Send, Suppress, Wait
from bot.messages import Text
from bot.store.models import ComplaintState, Consent, Outbox, OutboxState, Purpose, Satisfaction

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)  # 22:00 local
MORNING = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)  # 08:00 local

CARE = Facts(purpose=Purpose.CARE, rule="festival", now=NOON, zone=ZONE, quiet=("21:30", "08:00"), cap=2)
OFFER = replace(CARE, purpose=Purpose.MARKETING, rule="offer", consent=True)
NEWS = replace(CARE, purpose=Purpose.SERVICE, rule="contract_expiry")
REPLY = replace(CARE, purpose=Purpose.REPLY, rule="late_reply", urgent=True)
STAFF = replace(CARE, purpose=Purpose.STAFF, rule="brief")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CARE, Send()),
        (OFFER, Send()),
        (replace(CARE, stopped=True), Suppress(Reason.OPTED_OUT)),
        (replace(CARE, consent=False), Suppress(Reason.OPTED_OUT)),
        (replace(CARE, consent=True), Send()),
        (replace(OFFER, consent=None), Suppress(Reason.NO_CONSENT)),
        (replace(OFFER, consent=False), Suppress(Reason.OPTED_OUT)),
        (replace(CARE, following=False), Suppress(Reason.UNFOLLOWED)),
        (replace(CARE, following=None), Send()),
        (replace(CARE, bereaved=True), Suppress(Reason.BEREAVED)),
        (replace(CARE, complaint_open=True), Suppress(Reason.COMPLAINT_OPEN)),
        (replace(CARE, rated_badly=True), Suppress(Reason.RATED_BADLY)),
        (replace(CARE, care_this_week=1), Send()),
        (replace(CARE, care_this_week=2), Suppress(Reason.FREQUENCY_CAP)),
        (replace(CARE, care_this_week=2, rule="birthday"), Send()),
        (replace(CARE, rule="birthday", complaint_open=True), Suppress(Reason.COMPLAINT_OPEN)),
        (replace(CARE, now=NIGHT), Wait(MORNING, Reason.QUIET_HOURS)),
        (replace(CARE, now=NIGHT, urgent=True), Send()),
        (replace(CARE, now=NIGHT, last_message_at=NIGHT), Wait(MORNING, Reason.QUIET_HOURS)),
        (replace(CARE, now=NIGHT, expires_at=MORNING), Suppress(Reason.QUIET_TOO_LONG)),
        (replace(CARE, now=NIGHT, expires_at=MORNING + timedelta(hours=1)), Wait(MORNING, Reason.QUIET_HOURS)),
        (replace(CARE, now=NIGHT, quiet=("23:00", "07:00")), Send()),
        (replace(CARE, expires_at=NOON), Suppress(Reason.EXPIRED)),
        (replace(NEWS, stopped=True, complaint_open=True, bereaved=True, care_this_week=9), Send()),
        (replace(NEWS, consent=False), Suppress(Reason.OPTED_OUT)),
        (replace(NEWS, following=False), Send()),
        (replace(NEWS, now=NIGHT), Wait(MORNING, Reason.QUIET_HOURS)),
        (replace(NEWS, now=NIGHT, last_message_at=NIGHT - timedelta(minutes=30)), Send()),
        (replace(NEWS, now=NIGHT, last_message_at=NIGHT - timedelta(minutes=31)), Wait(MORNING, Reason.QUIET_HOURS)),
        (replace(REPLY, now=NIGHT, stopped=True, consent=False, complaint_open=True), Send()),
        (replace(REPLY, following=False), Suppress(Reason.UNFOLLOWED)),
        (replace(REPLY, following=False, can_be_told_by_hand=True), Send()),
        (replace(REPLY, expires_at=NOON - timedelta(seconds=1)), Suppress(Reason.EXPIRED)),
        (replace(STAFF, now=NIGHT, following=None), Wait(MORNING, Reason.QUIET_HOURS)),
        (replace(STAFF, now=NIGHT, following=None, urgent=True), Send()),
        (replace(STAFF, staff_this_minute=24), Send()),
        (replace(STAFF, staff_this_minute=25), Wait(NOON + timedelta(minutes=1), Reason.MEMBER_LIMIT)),
    ],
)
def test_decision(facts, expected):
    assert policy.decide(facts) == expected


def test_too_late_is_skipped_and_unwanted_is_suppressed():
    late = {Reason.EXPIRED, Reason.QUIET_TOO_LONG}
    for reason in set(Reason) - {Reason.QUIET_HOURS, Reason.MEMBER_LIMIT}:
        expected = OutboxState.SKIPPED if reason in late else OutboxState.SUPPRESSED
        assert Suppress(reason).state is expected


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from([("21:30", "08:00"), ("00:00", "06:00"), ("12:00", "14:00"), ("22:00", "22:00")]),
)
def test_quiet_hours_end_within_a_day_at_the_set_time_outside_themselves(moment, quiet):
    now = moment.replace(tzinfo=UTC)
    until = policy.quiet_until(now, quiet, ZONE)
    if until is not None:
        assert now < until <= now + timedelta(days=1)
        assert until.astimezone(ZONE).strftime("%H:%M") == quiet[1]
        assert policy.quiet_until(until, quiet, ZONE) is None


def _decide(db, settings, clock, to, purpose=Purpose.CARE, rule="festival", **values):
    outbox_id = outbox.enqueue(
        db, to=to, purpose=purpose, rule=rule, occasion="1", part=Text("您好"), now=clock.now(), **values
    )
    row = db.get(Outbox, outbox_id)
    contact = route_selection.reach(db, row, clock.now())
    return policy.decide(policy.facts_of(db, row, contact, clock.now(), settings))


def _stop_on_other_account(make, db, clock, customer):
    other = make.account(name="second")
    make.contact(customer, account_id=other.id, care_stopped_at=clock.now(), following=False)


def _consent(granted):
    def prepare(make, db, clock, customer):
        db.add(Consent(customer_id=customer.id, purpose=Purpose.CARE, granted=granted, source="chat", at=clock.now()))

    return prepare


def _complaint(**values):
    def prepare(make, db, clock, customer):
        if "closed_days_ago" in values:
            values["closed_at"] = clock.now() - timedelta(days=values.pop("closed_days_ago"))
        make.complaint(make.contact(customer), **values)

    return prepare


def _bereaved_until(day):
    def prepare(make, db, clock, customer):
        customer.bereaved_until = day

    return prepare


def _cared_for(days_ago, state=OutboxState.SENT, times=2):
    def prepare(make, db, clock, customer):
        at = clock.now() - timedelta(days=days_ago)
        for number in range(times):
            part, rule = Text("节日好"), "festival"
            outbox_id = outbox.enqueue(
                db, to=customer, purpose=Purpose.CARE, rule=rule, occasion=f"old{number}", part=part, now=at
            )
            db.get(Outbox, outbox_id).state = state

    return prepare


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (lambda *_: None, Send()),
        (_stop_on_other_account, Suppress(Reason.OPTED_OUT)),
        (_consent(False), Suppress(Reason.OPTED_OUT)),
        (_consent(True), Send()),
        (_complaint(), Suppress(Reason.COMPLAINT_OPEN)),
        (_complaint(state=ComplaintState.CLOSED, closed_days_ago=3), Send()),
        (
            _complaint(state=ComplaintState.CLOSED, satisfaction=Satisfaction.BAD, closed_days_ago=29),
            Suppress(Reason.RATED_BADLY),
        ),
        (_complaint(state=ComplaintState.CLOSED, satisfaction=Satisfaction.BAD, closed_days_ago=31), Send()),
        (_complaint(state=ComplaintState.CLOSED, satisfaction=Satisfaction.FAIR, closed_days_ago=1), Send()),
        (_bereaved_until(date(2026, 11, 21)), Suppress(Reason.BEREAVED)),
        (_bereaved_until(date(2026, 11, 20)), Send()),
        (_cared_for(6), Suppress(Reason.FREQUENCY_CAP)),
        (_cared_for(6, times=1), Send()),
        (_cared_for(8), Send()),
        (_cared_for(6, state=OutboxState.SUPPRESSED), Send()),
        (_cared_for(6, state=OutboxState.UNKNOWN), Suppress(Reason.FREQUENCY_CAP)),
    ],
)
def test_facts_are_read_from_the_customers_file(make, db, settings, clock, prepare, expected):
    customer = make.customer()
    make.contact(customer)
    prepare(make, db, clock, customer)
    db.flush()
    assert _decide(db, settings, clock, customer) == expected


def test_customers_own_quiet_hours_override_the_branchs(make, db, settings, clock):
    customer = make.customer(quiet_from="09:00", quiet_to="11:00")
    make.contact(customer)
    assert _decide(db, settings, clock, customer) == Wait(clock.now() + timedelta(hours=1), Reason.QUIET_HOURS)


def test_stranger_who_stopped_gets_no_care(make, db, settings, clock):
    contact = make.contact(care_stopped_at=clock.now())
    assert _decide(db, settings, clock, contact) == Suppress(Reason.OPTED_OUT)


def test_strangers_complaint_pauses_care(make, db, settings, clock):
    contact = make.contact()
    make.complaint(contact)
    assert _decide(db, settings, clock, contact) == Suppress(Reason.COMPLAINT_OPEN)


def test_unfollowed_customer_gets_no_care(make, db, settings, clock):
    customer = make.customer()
    make.contact(customer, following=False)
    assert _decide(db, settings, clock, customer) == Suppress(Reason.UNFOLLOWED)
