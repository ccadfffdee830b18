"""An agenda in words: the same lines in the 08:00 brief, 早报 and 待办."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from bot.care import foreseen
from bot.care.agenda import Agenda, Birthday, Ending, Named, Promise, Section, TaskLine, Visit
from bot.care.foreseen import Foreseen
from bot.care.planning_context import spoken_day
from bot.clock import local, local_date
from bot.customers import address
from bot.service import Office
from bot.store.models import ComplaintState, Manager
from bot.tickets.queries import Listed

Item = TypeVar("Item")

_TEXT_SHOWN = 40
_STATES = {
    ComplaintState.FILED: "complaint.state.new",
    ComplaintState.TAKEN: "complaint.state.accepted",
    ComplaintState.ANSWERED: "complaint.state.replied",
    ComplaintState.REOPENED: "complaint.state.reopened",
    ComplaintState.CLOSED: "complaint.state.closed",
}


@dataclass(frozen=True, slots=True)
class AgendaWords:
    """Writes a viewer's agenda; `greetings` says what becomes of each birthday's greeting."""

    office: Office
    viewer: Manager
    greetings: Mapping[int, Foreseen]

    def lines(self, agenda: Agenda) -> list[str]:
        """Return the agenda's lines, what is late first; none for an empty one."""
        return [
            *self._section("complaints", agenda.complaints, self.complaint),
            *self._section("tasks", agenda.tasks, self._task),
            *self._section("promises", agenda.promises, self._promise),
            *self._section("birthdays", agenda.birthdays, self._birthday),
            *self._section("contracts", agenda.contracts, self._contract),
            *self._section("return_visits", agenda.visits, self._visit),
            *([self._say("questions", count=agenda.questions)] if agenda.questions else []),
            *([self._say("calendar")] if agenda.unannounced else []),
            *(self._say("calendar.item", year=year) for year in agenda.unannounced),
        ]

    def complaint(self, listed: Listed) -> str:
        """Return the line of an open complaint."""
        office = self.office
        who = Named(listed.customer_manager_id, listed.name, listed.honorific, listed.level, listed.pseudonym)
        left = office.lasting(listed.due_at - office.now)
        key = "late" if listed.late(office.now) else "left"
        answered = listed.state is ComplaintState.ANSWERED
        return office.say(
            "manager.complaint.list.line",
            number=listed.number,
            customer=self._called(who),
            category=office.title(listed.category or "other"),
            state=office.say(_STATES[listed.state]),
            left=office.say(f"manager.complaint.list.{'answered' if answered else key}", left=left),
        )

    def _section(self, name: str, section: Section[Item], line: Callable[[Item], str]) -> Iterator[str]:
        if not section.total:
            return
        yield self._say(name, count=section.total)
        yield from (line(item) for item in section.items)
        if section.total > len(section.items):
            yield self._say("more", count=section.total - len(section.items))

    def _task(self, task: TaskLine) -> str:
        office, text = self.office, " ".join(task.text.split())
        late = task.due_at < office.now
        return office.say(
            "manager.task.list.late" if late else "manager.task.list.line",
            id=task.id,
            title=task.title,
            customer=self._called(task.who),
            due=office.when(task.due_at),
            left=office.lasting(task.due_at - office.now),
            text=text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]}…",
        )

    def _promise(self, promise: Promise) -> str:
        office = self.office
        return self._say(
            "promise.late" if promise.due_at < office.now else "promise.put_off",
            manager=promise.manager,
            title=promise.title,
            customer=self._called(promise.who),
            due=office.when(promise.due_at),
            left=office.lasting(promise.due_at - office.now),
        )

    def _birthday(self, birthday: Birthday) -> str:
        told = self.greetings.get(birthday.customer_id, Foreseen(foreseen.BY_HAND))
        at = f"{local(told.at, self.office.clockwork.zone):%H:%M}" if told.at else ""
        how = self._say(f"birthday.{told.what}", time=at)
        who, today = self._called(birthday.who), self._today()
        if birthday.day == today:
            return self._say("birthday.item", customer=who, how=how)
        return self._say("birthday.before", customer=who, date=spoken_day(birthday.day), how=how)

    def _contract(self, ending: Ending) -> str:
        days = (ending.ends_on - self._today()).days
        key = "contract.today" if days == 0 else "contract.item" if days > 0 else "contract.over"
        facts = {"contract": ending.name, "days": days, "date": spoken_day(ending.ends_on)}
        return self._say(key, customer=self._called(ending.who), **facts)

    def _visit(self, visit: Visit) -> str:
        return self._say("return_visit.item", customer=self._called(visit.who), number=visit.number)

    def _called(self, who: Named) -> str:
        """Return 王建国（钻石） of his own customer, else 王总（钻石）, else the pseudonym."""
        if not who.name:
            return who.pseudonym
        name = who.name if who.manager_id == self.viewer.id else address(who.name, who.honorific)
        return self._say("who", name=name, level=who.level)

    def _today(self) -> date:
        return local_date(self.office.now, self.office.clockwork.zone)

    def _say(self, key: str, **values: object) -> str:
        return self.office.say(f"manager.brief.{key}", **values)
