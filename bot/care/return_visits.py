"""Return visits: on the third day after a complaint closed the customer is asked how content he is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from bot.care import rest_days
from bot.care.planning_context import Desk, called
from bot.care.rest_days import Span
from bot.customers import unnamed
from bot.delivery import bulk
from bot.delivery.bulk import Planned
from bot.delivery.outbox import Fallback
from bot.messages import Choices, Option
from bot.schedule import Context
from bot.service import Office
from bot.service.complaint_handling import visit_ended
from bot.service.customer_notices import fallback_for
from bot.store.models import Complaint, ComplaintEvent, ComplaintState, Contact, Outbox, OutboxState, Purpose
from bot.store.session import driver
from bot.tickets import complaints
from bot.tickets.complaints import CLOSED_BY_RULE, ENDINGS, WITHDRAWN

RULE = "return_visit"
AFTER_DAYS = 3
LATE_DAYS = 7
"""Later than this after the right day nobody is asked any more."""

ANSWER_DAYS = 7
"""So long after the question a bare word or number is taken as its answer."""

_ANSWERS = ("good", "fair", "bad")
_EXPIRES = time(20)


def plan(desk: Desk, context: Context) -> str:
    """Ask about the complaints that closed three days before the day the job was due for.

    Nobody is asked on a day his branch rests: what falls on such a day is asked on the next workday.
    """
    db, day = context.db, desk.day(context.due_at)
    late = (desk.day(context.now) - day).days
    planned: list[Planned] = []
    for span, branches in rest_days.spans(desk.calendars_of(db), day).items():
        query = closed_for(span, desk.settings.zone).where(Complaint.branch_id.in_(branches))
        closed = db.scalars(query.order_by(Complaint.id).options(*_WHOLE)).all()
        planned += [_visit(desk, context, complaint, late) for complaint in closed]
    bulk.put(db, planned, context.now)
    return f"{len(planned)} complaints, {_end_unanswered(desk, context, day)} unanswered"


def _end_unanswered(desk: Desk, context: Context, day: date) -> int:
    """End the visits that nobody answered within their days, once each, with a word to the manager."""
    db, until = context.db, desk.at(day - timedelta(days=ANSWER_DAYS), time())
    ended = 0
    if not any(calendar.is_workday(day) for calendar in desk.calendars_of(db).values()):
        return 0
    for (number,) in driver(db).execute(_UNANSWERED, [until - timedelta(days=_LOOKED_BACK), until]).fetchall():
        complaint = complaints.locked(db, number)
        if complaint is not None and complaint.state is ComplaintState.CLOSED and not rated(complaint):
            visit_ended(desk.office(db, complaint, context.now), complaint)
            ended += 1
    return ended


_LOOKED_BACK = 21
"""Days; a visit that was over for longer ended before anybody counted."""

_UNANSWERED = f"""
SELECT c.id FROM outbox o JOIN complaints c ON c.number = split_part(o.occasion, ':', 1)
WHERE o.rule = '{RULE}' AND o.state IN ('{OutboxState.SENT}', '{OutboxState.UNKNOWN}')
    AND o.updated_at >= %s AND o.updated_at < %s
    AND NOT EXISTS (SELECT FROM complaint_events e WHERE e.complaint_id = c.id AND e.kind = 'visit_ended'
                    AND e.at > o.updated_at)
ORDER BY c.id
"""  # noqa: S608 - our own words


_WHOLE = (
    selectinload(Complaint.events),
    selectinload(Complaint.customer),
    selectinload(Complaint.contact).selectinload(Contact.account),
)


def closed_for(span: Span, zone: ZoneInfo) -> Select[Complaint]:
    """Return the query for the complaints whose visit stands on the last day of `span`, if they are still closed.

    What was taken back, or closed because nobody confirmed it, is not asked about.
    """
    first, end = (
        datetime.combine(day - timedelta(days=AFTER_DAYS), time(), zone)
        for day in (span.first, span.day + timedelta(days=1))
    )
    ended = (
        select(ComplaintEvent.kind)
        .where(ComplaintEvent.complaint_id == Complaint.id, ComplaintEvent.kind.in_(ENDINGS))
        .order_by(ComplaintEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(Complaint).where(
        Complaint.state == ComplaintState.CLOSED,
        Complaint.closed_at >= first,
        Complaint.closed_at < end,
        func.coalesce(ended, "").not_in((WITHDRAWN, CLOSED_BY_RULE)),
    )


def question(office: Office, complaint: Complaint, *, late: bool = False) -> Choices:
    """Return the question with its three answers; a tap comes back as `rv:<complaint id>:good|fair|bad`."""
    options = tuple(
        Option(f"rv:{complaint.id}:{answer}", office.say(f"return_visit.choice.{answer}")) for answer in _ANSWERS
    )
    customer = called(complaint.customer) if complaint.customer else ""
    key = "return_visit.ask.late" if late else "return_visit.ask"
    return Choices(office.say(key, customer=customer, number=complaint.number), options)


def occasion_of(complaint: Complaint) -> str:
    """Return the visit's name: the number, and which closing it is about when it was opened again."""
    reopened = sum(event.kind == "not_solved" for event in complaint.events)
    return f"{complaint.number}:{reopened + 1}" if reopened else complaint.number


def awaiting(db: Session, contact: Contact, now: datetime) -> Complaint | None:
    """Return the complaint about which the person was asked last and has not answered yet."""
    asked = select(Outbox.occasion).where(
        Outbox.contact_id == contact.id,
        Outbox.rule == RULE,
        Outbox.state.in_([OutboxState.SENT, OutboxState.UNKNOWN]),
        Outbox.updated_at > now - timedelta(days=ANSWER_DAYS),
        Outbox.updated_at <= now,
    )
    occasion = db.scalar(asked.order_by(Outbox.id.desc()).limit(1))
    if occasion is None:
        return None
    number = occasion.partition(":")[0]
    complaint = db.scalars(select(Complaint).where(Complaint.number == number)).first()
    closed = complaint is not None and complaint.state is ComplaintState.CLOSED
    return complaint if complaint is not None and closed and not rated(complaint) else None


def rated(complaint: Complaint) -> bool:
    """Return whether its last closing was rated; a rating before it was opened again is about an earlier closing."""
    kinds = [event.kind for event in complaint.events if event.kind in {*ENDINGS, "rated"}]
    return bool(kinds) and kinds[-1] == "rated"


def _visit(desk: Desk, context: Context, complaint: Complaint, late: int) -> Planned:
    """Return the question, or that it is not asked any more; `late` counts the days since it should have been."""
    office = desk.office(context.db, complaint, context.now)
    to, occasion = complaint.contact, occasion_of(complaint)
    if reason := _refusal(complaint, late):
        words = question(office, complaint)
        return Planned(to, Purpose.SERVICE, RULE, occasion, words, due_at=office.now, refused=reason)
    words, due_at = (
        question(office, complaint, late=late > 0),
        desk.next_open_workday(office.db, complaint.branch_id, office.now),
    )
    times = (due_at, _expiry(desk, due_at))
    return Planned(to, Purpose.SERVICE, RULE, occasion, words, *times, _by_hand(office, complaint))


def _by_hand(office: Office, complaint: Complaint) -> Fallback:
    customer = called(complaint.customer) if complaint.customer else unnamed(complaint.contact)
    by_hand = office.say("return_visit.task", customer=customer, number=complaint.number)
    how = office.say("return_visit.how")
    fallback = fallback_for(office, complaint, "return_visit.phrase", how, by_hand)
    fallback["task"]["title"] = office.say("return_visit.task.title")
    return fallback


def _expiry(desk: Desk, due_at: datetime) -> datetime:
    return desk.at(desk.day(due_at) + timedelta(days=2), _EXPIRES)


def _refusal(complaint: Complaint, late: int) -> str:
    if late > LATE_DAYS:
        return "too_late"
    return "unfollowed" if complaint.contact.openid is None else ""
