"""An agenda in words: the same lines in the 08:00 brief, 早报 and 待办."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.care import foreseen
from bot.care.agenda import ITEMS, Agenda, Birthday, Ending, Named, Promise, Section, TaskLine, Visit
from bot.care.foreseen import Foreseen
from bot.care.planning_context import spoken_day
from bot.clock import local, local_date
from bot.customers import address
from bot.delivery.policy import Reason
from bot.service import Office
from bot.store.models import ComplaintState, Manager
from bot.tickets.queries import Listed

_SECOND = 2
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
            *(line for name in self._sections(agenda) for line in self.page(agenda, name)),
            *([self._say("questions", count=agenda.questions)] if agenda.questions else []),
            *([self._say("calendar")] if agenda.unannounced else []),
            *(self._say("calendar.item", year=year) for year in agenda.unannounced),
        ]

    def page(self, agenda: Agenda, name: str, page: int = 1) -> list[str]:
        """Return one section's lines on a page of a list that is longer, and how to see the next; none past its end.

        The agenda holds all items up to the page's last.
        """
        section, line = self._sections(agenda)[name]
        shown = section.items[(page - 1) * ITEMS :]
        if not shown:
            return []
        left = section.total - len(section.items)
        return [
            self._say(name, count=section.total),
            *map(line, shown),
            *([self.more(name, left, page + 1)] if left > 0 else []),
        ]

    def more(self, name: str, left: int, page: int) -> str:
        """Return how many items of a section are left and how to see them."""
        command = self._say(f"more.{name}")
        return self._say("more", count=left, command=command if page == _SECOND else f"{command} {page}")

    def _sections(self, agenda: Agenda) -> dict[str, tuple[Section[Any], Callable[[Any], str]]]:
        return {
            "complaints": (agenda.complaints, self.complaint),
            "tasks": (agenda.tasks, self._task),
            "promises": (agenda.promises, self._promise),
            "birthdays": (agenda.birthdays, self._birthday),
            "contracts": (agenda.contracts, self._contract),
            "return_visits": (agenda.visits, self._visit),
        }

    def complaint(self, listed: Listed) -> str:
        """Return the line of an open complaint."""
        office = self.office
        who = Named(listed.customer_manager_id, listed.name, listed.honorific, listed.level, listed.unnamed)
        left = office.lasting(listed.due_at - office.now)
        state, key = _STATES[listed.state], "late" if listed.late(office.now) else "left"
        if listed.departed:
            key = "departed"
        elif listed.unsent:
            state, key = "complaint.state.written", "unread" if listed.unsent == Reason.WINDOW_SHUT else "unsent"
        elif listed.state is ComplaintState.ANSWERED:
            key = "answered"
        return office.say(
            "manager.complaint.list.line",
            number=listed.number,
            customer=self._called(who),
            category=office.title(listed.category or "other"),
            state=office.say(state),
            left=office.say(f"manager.complaint.list.{key}", left=left),
        )

    def _task(self, task: TaskLine) -> str:
        office, text = self.office, " ".join(task.text.split())
        late = task.due_at < office.now
        return office.say(
            "manager.task.list.late" if late else "manager.task.list.line",
            id=task.id,
            title=task.title,
            customer=self._called(task.who),
            due=office.when(task.due_at),
            left=office.lasting(task.since - office.now),
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
            left=office.lasting(promise.since - office.now),
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
        """Return 王建国（钻石） of his own customer, else 王总（钻石）, else how one without a file is called."""
        if not who.name:
            return who.unnamed
        name = who.name if who.manager_id == self.viewer.id else address(who.name, who.honorific)
        return self._say("who", name=name, level=who.level)

    def _today(self) -> date:
        return local_date(self.office.now, self.office.clockwork.zone)

    def _say(self, key: str, **values: object) -> str:
        return self.office.say(f"manager.brief.{key}", **values)
