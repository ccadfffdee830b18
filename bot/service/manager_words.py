"""What a manager writes to a customer: sent as it is, waiting where it must, and its author is told the truth."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from bot.config import Settings
from bot.customers import reachable, seen_by
from bot.delivery import authored, outbox
from bot.delivery.authored import Forecast, News
from bot.delivery.outbox import Fallback
from bot.delivery.policy import Reason
from bot.messages import Choices, Part, Text, part_to_json
from bot.moments import Said, spoken
from bot.service.context import Office
from bot.service.customer_notices import fallback_for, name_of_customer, solved_options
from bot.service.staff_cards import name_for, name_of, titled
from bot.store.models import PROMISED_RULES, Complaint, Contact, Manager, Outbox, Purpose, Task

_QUOTED = 20
_FINISHED = {"talk_to_manager": "called", "unanswered": "answered", "wish": "done"}
"""How a customer is told that what he was promised is done: he was called, answered, or it was seen to."""
_UNREAD = """
SELECT o.id FROM complaints c JOIN outbox o
    ON o.recipient = 'contact:' || c.contact_id AND o.rule = 'complaint_answer'
   AND o.occasion = c.number || ':' || (
       SELECT max(e.id) FROM complaint_events e WHERE e.complaint_id = c.id AND e.kind = 'answered')
WHERE c.id = %s AND o.state IN ('waiting', 'queued', 'unknown')
"""
_WAITING = "SELECT 1 FROM outbox WHERE contact_id = %s AND state = 'waiting' AND reason = %s LIMIT 1"


def answer(office: Office, complaint: Complaint, manager: Manager, text: str, event_id: int) -> int:
    """Send the answer to a complaint, followed by the question whether it is solved; return its number in the outbox.

    What was still to be said of the complaint's course is old news with it. While the window is shut the template says
    that an answer waits: its fields would cut it.
    """
    outbox.supersede(
        office.db, to=complaint.contact, rule="complaint_state", about=f"{complaint.number}:", now=office.now
    )
    words = {"customer": name_of_customer(complaint), "manager": titled(office, manager), "number": complaint.number}
    written = _written(office)

    def part(key: str) -> Part:
        head = office.say(key, reply=text, written=written.words, **words)
        return Choices(f"{head}\n{office.say('complaint.solved?')}", solved_options(office, complaint))

    fallback = _by_hand(office, manager, complaint.contact, name_of(complaint), text)
    title = office.say("task.reply_late.title", number=complaint.number)
    waits = fallback_for(office, complaint, "complaint.phrase.answered", office.say("complaint.template.answered"))
    if "template" in waits:
        fallback["call"]["template"] = waits["template"]
    for task in (fallback["task"], fallback["call"]["task"]):
        task["title"] = title
    fallback["late"] = part_to_json(part("complaint.reply.late"))
    fallback["step"] = event_id
    occasion = f"{complaint.number}:{event_id}"
    return _send(office, complaint.contact, "complaint_answer", occasion, part("complaint.reply"), fallback, written)


def relay(office: Office, contact: Contact, manager: Manager, text: str, occasion: str) -> int | None:
    """Send words to a customer and return their number in the outbox; None when he cannot be reached."""
    if not reachable(contact):
        return None
    written, words = _written(office), {"manager": titled(office, manager), "reply": text}
    name = contact.customer.name if contact.customer else contact.pseudonym
    fallback = _by_hand(office, manager, contact, name, text)
    late = Text(office.say("talk.manager.reply.late", written=written.words, **words))
    fallback["late"] = part_to_json(late)
    part = Text(office.say("talk.manager.reply", **words))
    return _send(office, contact, "manager_words", occasion, part, fallback, written)


def finished(office: Office, contact: Contact, manager: Manager, task: Task) -> int | None:
    """Tell the customer that what he was promised is done, as the manager says.

    None when nothing was promised to him or he cannot be reached.
    """
    if task.rule not in PROMISED_RULES or contact.openid is None or not contact.following:
        return None
    words = office.say(
        f"talk.manager.{_FINISHED[task.rule]}", manager=titled(office, manager), about=_quoted(task.text)
    )
    fallback: Fallback = {"call": {}, "task_done": task.id, "author": _author(office, manager, contact, words)}
    return _send(office, contact, "task_done", f"task:{task.id}", Text(words), fallback, _written(office))


def wait_for(connection: Connection[Any], contact_id: int) -> bool:
    """Return whether words wait for the customer to write: what he writes now, he writes to read them."""
    return connection.execute(_WAITING, [contact_id, Reason.WINDOW_SHUT]).fetchone() is not None


def answer_shown(office: Office, connection: Connection[Any], complaint_id: int) -> None:
    """Note that the customer is just shown the last answer to a complaint: it is not sent as well.

    `connection` looks whether it has left; nearly always it has.
    """
    if unread := connection.execute(_UNREAD, [complaint_id]).fetchone():
        authored.read(office.db, unread[0], office.now)


def expected(office: Office, outbox_id: int, settings: Settings) -> Forecast:
    """Return what is to be expected of words that were sent just now."""
    return authored.outlook(office.db, outbox_id, office.now, settings)


def said_of(office: Office, forecast: Forecast, manager: Manager, contact: Contact) -> str:
    """Return what the manager is told of words that do not leave at once: what they wait for, and until when."""
    customer, when = name_for(office, manager, contact.customer, contact), office.when(forecast.at)
    return office.say(
        f"words.outlook.{forecast.outlook}",
        customer=customer,
        when=when,
        shut=office.say(f"words.shut.{'used_up' if forecast.used_up else 'over'}", customer=customer),
        later=office.say("words.shut.later", when=when) if forecast.at > office.now else "",
        call=to_call(office, manager, contact),
    )


def to_call(office: Office, manager: Manager, contact: Contact) -> str:
    """Return the request to phone the customer, with his number as the manager may see it."""
    phone = seen_by(office.db, manager, contact.customer, contact).phone
    return office.say("manager.call", customer_phone=phone)


def text_of(office: Office, outbox_id: int) -> str:
    """Return the words of a message in the outbox that is only words."""
    return str(office.db.get_one(Outbox, outbox_id).part["content"])


def _by_hand(office: Office, manager: Manager, contact: Contact, name: str, text: str) -> Fallback:
    title, words = office.say("task.words_late.title"), {"customer": name, "text": text}
    return {
        "task": {"title": title, "text": office.say("task.reply_late", **words)},
        "call": {"task": {"title": title, "text": office.say("task.reply_waits", **words)}},
        "author": _author(office, manager, contact, text),
    }


def _author(office: Office, manager: Manager, contact: Contact, text: str) -> outbox.Author:
    customer = seen_by(office.db, manager, contact.customer, contact).name
    facts = {"customer": customer, "text": _quoted(text), "call": to_call(office, manager, contact)}
    says = {news.value: office.say(f"words.news.{news}", **facts) for news in News}
    return {"manager": manager.id, "told": "", "says": says}


def _written(office: Office) -> Said:
    """Return this moment as words say it that go out later."""
    return Said(spoken(office.say, office.now, office.now, office.clockwork.zone), office.now)


def _send(
    office: Office, contact: Contact, rule: str, occasion: str, part: Part, fallback: Fallback, written: Said
) -> int:
    outbox_id = outbox.enqueue(
        office.db,
        to=contact,
        purpose=Purpose.SERVICE,
        rule=rule,
        occasion=occasion,
        part=part,
        now=office.now,
        fallback=fallback,
        said=[written],
        trace=office.trace,
    )
    assert outbox_id is not None, f"{rule} {occasion} was sent before"
    return outbox_id


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"
