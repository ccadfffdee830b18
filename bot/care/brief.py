"""The manager's 08:00 brief: his agenda as one message, on workdays, when there is anything in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.business_hours import Calendars
from bot.care import foreseen
from bot.care.agenda import ITEMS, Agenda, agendas
from bot.care.agenda_words import AgendaWords
from bot.care.foreseen import Foreseen
from bot.care.planning_context import Desk, spoken_day, tell_until
from bot.care.rest_days import begins_week
from bot.clock import local_date
from bot.config import Settings
from bot.schedule import Context
from bot.service import Office
from bot.store.models import Manager, Role
from bot.store.session import driver

RULE = "brief"
NOT_AFTER = time(12)


def plan(desk: Desk, context: Context) -> str:
    """Put up a brief for every manager whose branch works today and who has anything before him.

    After noon it is no brief any more and none is sent. What fell due on rest days stands in the next workday's.
    """
    db, now = context.db, context.now
    day = desk.day(context.due_at)
    until = desk.at(day, NOT_AFTER)
    if now > until:
        return "skipped: too late in the day"
    calendars = desk.calendars_of(db)
    query = select(Manager).where(Manager.active, Manager.wecom_userid.is_not(None)).order_by(Manager.id)
    at_work = [manager for manager in db.scalars(query).all() if calendars[manager.branch_id].is_workday(day)]
    read = _with_notices(agendas(db, at_work, calendars, now, ITEMS), at_work, desk.calendars, db, day)
    found = {number: agenda for number, agenda in read.items() if agenda.calls}
    told = [manager for manager in at_work if manager.id in found]
    for manager, lines in written(desk, db, told, found, now):
        office = desk.staff_office(db, manager, now)
        head = office.say("manager.brief.head", manager=manager.name, date=spoken_day(day))
        words = "\n".join([head, *lines, office.say("manager.brief.tail")])
        tell_until(db, manager, words, rule=RULE, occasion=str(day), now=now, until=until)
    return f"{len(told)} briefs"


def written(
    desk: Desk, db: Session, viewers: Sequence[Manager], found: dict[int, Agenda], now: datetime
) -> list[tuple[Manager, list[str]]]:
    """Return each viewer with his agenda in lines."""
    kept = [(one.customer_id, one.day) for viewer in viewers for one in found[viewer.id].birthdays.items]
    greetings = foreseen.greetings(driver(db), desk.settings, kept, now)
    return [
        (
            viewer,
            _words(db, desk.staff_office(db, viewer, now), viewer, found[viewer.id], greetings).lines(found[viewer.id]),
        )
        for viewer in viewers
    ]


def _words(
    db: Session, office: Office, viewer: Manager, agenda: Agenda, greetings: Mapping[int, Foreseen]
) -> AgendaWords:
    """Return what words an agenda, with what becomes of its own birthdays' greetings as the viewer may know it."""
    own = {one.customer_id for one in agenda.birthdays.items}
    greetings = {number: each for number, each in greetings.items() if number in own}
    return AgendaWords(office, viewer, foreseen.as_seen_by(db, viewer, greetings))


def lines_for(settings: Settings, db: Session, office: Office, viewer: Manager) -> list[str]:
    """Return one viewer's agenda in lines, for one who asks: the brief's."""
    words, agenda = _read(settings, db, office, viewer, ITEMS)
    today = local_date(office.now, settings.zone)
    return words.lines(_with_notices({viewer.id: agenda}, [viewer], Calendars(settings.zone), db, today)[viewer.id])


def page_for(settings: Settings, db: Session, office: Office, viewer: Manager, section: str, page: int) -> list[str]:
    """Return the lines on a further page of one section of a viewer's agenda; none past its end."""
    words, agenda = _read(settings, db, office, viewer, page * ITEMS)
    return words.page(agenda, section, page)


def _read(settings: Settings, db: Session, office: Office, viewer: Manager, limit: int) -> tuple[AgendaWords, Agenda]:
    """Read one viewer's agenda and what it takes to word it."""
    calendars = {viewer.branch_id: office.clockwork.working_time}
    agenda = agendas(db, [viewer], calendars, office.now, limit)[viewer.id]
    kept = [(one.customer_id, one.day) for one in agenda.birthdays.items]
    return _words(db, office, viewer, agenda, foreseen.greetings(driver(db), settings, kept, office.now)), agenda


def _with_notices(
    read: dict[int, Agenda], viewers: Sequence[Manager], calendars: Calendars, db: Session, day: date
) -> dict[int, Agenda]:
    """Tell the supervisors of the years whose notice of holidays is missing, on the first workday of a week."""
    for viewer in viewers:
        if viewer.role is Role.SUPERVISOR and begins_week(calendars.of(driver(db), viewer.branch_id), day):
            read[viewer.id].unannounced = calendars.unannounced(driver(db), day)
    return read
