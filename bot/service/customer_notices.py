"""What a customer is told about his complaint outside of a reply, and in which words when his window is shut."""

from __future__ import annotations

import re
from datetime import datetime

from bot.clock import local
from bot.customers import address
from bot.delivery import outbox, window
from bot.delivery.outbox import Fallback
from bot.messages import Choices, Option, Part, Text, part_to_json
from bot.service.context import Office
from bot.service.staff_cards import titled
from bot.store.models import Complaint, Contact, Manager, Purpose, Task
from bot.tickets.assignee import handled_by
from bot.tickets.queries import Standing

_LATE, _LATE_COMPLAINT = "promise_missed", "complaint_late"
_NAME = re.compile(r"[一-鿿·]{1,10}")


def confirmation_to_customer(office: Office, complaint: Complaint, days: int, event_id: int) -> None:
    """Ask once more whether it is solved, and say when it is closed without an answer."""
    handler = titled(office, handled_by(office.db, complaint))
    facts = {"customer": name_of_customer(complaint), "manager": handler, "number": complaint.number, "days": days}
    part = Choices(office.say("complaint.confirm_again", **facts), solved_options(office, complaint))
    how = office.say("complaint.confirm_again.how")
    fallback = fallback_for(office, complaint, "complaint.phrase.confirm", how)
    _send(office, complaint, "complaint_confirm", str(event_id), part, {**fallback, "step": event_id})


def solved_options(office: Office, complaint: Complaint | Standing) -> tuple[Option, ...]:
    """Return 已解决 and 没解决 for a complaint, to be tapped."""
    return (
        Option(f"cs:{complaint.id}:yes", office.say("complaint.solved.yes")),
        Option(f"cs:{complaint.id}:no", office.say("complaint.solved.no")),
    )


def state_to_customer(office: Office, complaint: Complaint, key: str, phrase: str, event_id: int) -> None:
    """Tell the customer of a new state while it is news; without a way to reach him nobody calls for that alone.

    It is news until the time it names, and until he ends or reopens the complaint himself.
    """
    handler = handled_by(office.db, complaint)
    words = {"customer": name_of_customer(complaint), "manager": titled(office, handler), "number": complaint.number}
    part = Text(office.say(key, due=office.when(complaint.due_at), **words))
    fallback = fallback_for(office, complaint, phrase, complaint.what)
    until = complaint.due_at if complaint.due_at > office.now else None
    _send(office, complaint, "complaint_state", str(event_id), part, {**fallback, "step": event_id}, until)


def fallback_for(office: Office, complaint: Complaint, phrase: str, words: str, by_hand: str = "") -> Fallback:
    """Return what the lower steps of the ladder use: the template 投诉处理进度 and the task for the manager.

    The template's typed fields allow 20 characters of any kind (thing), 5 Chinese ones (phrase), a name, a moment.
    """
    fallback: Fallback = {}
    if office.template:
        name = handled_by(office.db, complaint).name
        at = local(office.now, office.clockwork.zone)
        fallback["template"] = {
            "id": office.template,
            "fields": {
                "character_string1": complaint.number,
                "thing2": _fit(words or complaint.what, 20),
                "phrase3": office.say(phrase),
                "name4": name if _NAME.fullmatch(name) else office.say("complaint.template.name"),
                "time5": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
            },
        }
    if by_hand:
        title = office.say("task.reply_late.title", number=complaint.number)
        fallback["task"] = {"title": title, "text": by_hand, "complaint": complaint.id}
    return fallback


def late_to_customer(
    office: Office, contact: Contact, manager: Manager, task: Task, *, how: str, watched: bool
) -> bool:
    """Say honestly that a promised time has passed; `how` names the words, `watched` says that a superior was told.

    No template carries an apology, so with the window shut it waits for the customer to write, for as long as the task
    is open; a new time that has passed by then is not named any more. Return whether he can hear it now.
    """
    if contact.openid is None or not contact.following:
        return False
    late_was_said(office, contact, task)
    words = {
        "customer": address(contact.customer.name, contact.customer.honorific) if contact.customer else "",
        "manager": manager.name,
        "watched": office.say("talk.manager.watched") if watched else "",
    }
    key, fallback = f"talk.manager.{how}", Fallback(call={}, task_open=task.id)
    if task.due_at > office.now:
        passed = Text(office.say(f"{key}.passed", **words))
        fallback["passed"] = {"at": task.due_at.isoformat(), "part": part_to_json(passed)}
    outbox.enqueue(
        office.db,
        to=contact,
        purpose=Purpose.SERVICE,
        rule=_LATE,
        occasion=f"{task.id}:{how}",
        part=Text(office.say(key, due=office.when(task.due_at), **words)),
        now=office.now,
        fallback=fallback,
        said=office.said,
        trace=office.trace,
    )
    return window.is_open(contact.window_until, contact.window_left, office.now)


def late_complaint_to_customer(office: Office, complaint: Complaint, superior: Manager | None, *, again: bool) -> None:
    """Say honestly that the time promised has passed, for the second time when `again`; no new one is promised.

    It names who has it in hand and the `superior` who was told. With the window shut it waits for the customer to
    write, for as long as that time is the last one promised and nobody has answered.
    """
    handler, watched = handled_by(office.db, complaint), ""
    if superior is not None and superior.id != handler.id:
        watched = office.say("complaint.late.watched", superior=titled(office, superior))
    words = {
        "customer": name_of_customer(complaint),
        "number": complaint.number,
        "before": office.when(complaint.due_at),
        "manager": titled(office, handler),
        "watched": watched,
    }
    due = complaint.due_at.isoformat()
    part = Text(office.say("complaint.late_again" if again else "complaint.late", **words))
    fallback = Fallback(call={}, unanswered={"complaint": complaint.id, "due": due})
    _send(office, complaint, _LATE_COMPLAINT, due, part, fallback)


def lateness_was_said(office: Office, complaint: Complaint) -> None:
    """Drop what still waits to be said of a passed time: the customer hears it as the answer to his own words."""
    about = f"{complaint.number}:"
    outbox.supersede(office.db, to=complaint.contact, rule=_LATE_COMPLAINT, about=about, now=office.now)


def late_was_said(office: Office, contact: Contact, task: Task) -> None:
    """Drop an apology for this task that still waits: the customer hears newer words about it."""
    outbox.supersede(office.db, to=contact, rule=_LATE, about=f"{task.id}:", now=office.now)


def name_of_customer(complaint: Complaint) -> str:
    """Return how the customer himself is addressed: 王总, or 您 when nobody knows."""
    customer = complaint.customer
    return address(customer.name, customer.honorific) if customer else address("", "")


def _send(
    office: Office,
    complaint: Complaint,
    rule: str,
    occasion: str,
    part: Part,
    fallback: Fallback,
    expires_at: datetime | None = None,
) -> None:
    outbox.enqueue(
        office.db,
        to=complaint.contact,
        purpose=Purpose.SERVICE,
        rule=rule,
        occasion=f"{complaint.number}:{occasion}",
        part=part,
        now=office.now,
        expires_at=expires_at,
        fallback=fallback,
        said=office.said,
        trace=office.trace,
    )


def _fit(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
