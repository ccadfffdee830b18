"""The cards that managers get, and what of a customer they may show.

A card's `task_id` is `complaint-<id>-<event>-<viewer>` or `task-<id>-<n>`: the platform allows letters, digits, `_-@`
and takes each once, so that owner and superior cannot be shown the same card (official page "模板卡片消息").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bot.clock import local_date
from bot.customers import DEPARTED, Party, Staff, address, masked_phone, name_seen, scrub, unnamed
from bot.customers.names import surname
from bot.messages import Button, Card
from bot.service.context import Office
from bot.store.models import Complaint, ComplaintState, Contact, Customer, Manager, Role
from bot.tickets.assignee import handled_by
from bot.tickets.filing import CUSTOMER, Draft, Filed
from bot.tickets.queries import media_count
from bot.understanding.accusation import Colleague, accusing

_TASK_ID = re.compile(r"(complaint|task)[-:](\d{1,18})(?:[-:].*)?")
_DESCRIPTION_LIMIT, _WISH_LIMIT, _STILL_LIMIT, _LEAST = 120, 60, 60, 40
"""Characters of all that was said, of a wish that accuses, of what is still wrong, and at least of what happened: the
platform shows 160 with their headings."""

_SAID = frozenset({"filed", "joined", "added", "not_solved", "rated"})
"""The steps of a complaint's story that are the customer's words."""


def card_object(task_id: str, kind: str) -> int | None:
    """Return the id of the complaint or task (`kind`) that a tapped card is about."""
    found = _TASK_ID.fullmatch(task_id)
    return int(found.group(2)) if found and found.group(1) == kind else None


def titled(office: Office, manager: Manager | Staff) -> str:
    """Return a member of the staff with his office, as customers hear of him: 客户经理周敏, 主管何建华."""
    role = "supervisor" if manager.role is Role.SUPERVISOR else "manager"
    return office.say(f"staff.{role}", manager=manager.name)


def name_of(complaint: Complaint) -> str:
    """Return how staff speaks of the complaint's customer: 王总, else the pseudonym, or that he has left."""
    customer = complaint.customer
    return address(customer.name, customer.honorific) if customer else unnamed(complaint.contact)


def name_for(office: Office, viewer: Manager, customer: Customer | None, contact: Contact | None) -> str:
    """Return the customer's full name to those who may see his file, else how he is addressed."""
    return name_seen(office.db, viewer, customer, contact)


def phone_for(office: Office, viewer: Manager, complaint: Complaint) -> str:
    """Return the call-back number, whole for the customer's manager and his superiors, else `138****5678`.

    Of a customer nobody else looks after, the complaint's owner is the one who must be able to call.
    """
    customer = complaint.customer
    if (customer is None or customer.manager_id is None) and viewer.id == complaint.owner_id:
        return complaint.phone
    return masked_phone(office.db, complaint.phone, viewer, customer)


class Shown(NamedTuple):
    """A complaint as one member of the staff may see it; what is `whole` is not scrubbed of numbers."""

    id: int
    number: str
    name: str
    level: str
    phone: str
    whole: bool
    due_at: datetime
    category: str
    what: str
    since: str
    filed_at: datetime | None
    place: str
    wish: str
    may_call: bool | None
    media: int
    apart: str  # the names of those it is to be kept from
    brief: str  # the part of the story that a card has room for: of a long one what accuses
    still: str  # what the customer says is still wrong, when he has opened it again
    still_brief: str  # the part of it that a card has room for
    handler: str  # who answers him then

    @property
    def cut(self) -> bool:
        """Return whether the customer said more than what the card shows of it."""
        return self.brief != self.what or self.still_brief != self.still


def shown_to(office: Office, viewer: Manager, complaint: Complaint) -> Shown:
    """Return what the viewer may see of a complaint; of one that is open again, what is still wrong and who has it."""
    customer, phone = complaint.customer, phone_for(office, viewer, complaint)
    shown = _shown(
        complaint,
        complaint,
        name=name_for(office, viewer, customer, complaint.contact),
        level=customer.level.value if customer else "",
        phone=phone,
        media=media_count(complaint),
        accused=[office.db.get_one(Manager, each) for each in complaint.accused],
        own=customer.manager_id if customer else None,
        still=_still(office, complaint),
        handler=titled(office, handled_by(office.db, complaint)) if complaint.state is ComplaintState.REOPENED else "",
    )
    return shown if complaint.contact.openid is not None else _departed(shown, complaint.contact.pseudonym)


def _departed(shown: Shown, pseudonym: str) -> Shown:
    """Put plain words for the pseudonym that stands in the words of one who was forgotten."""
    texts = {name: getattr(shown, name).replace(pseudonym, DEPARTED) for name in ("what", "since", "place", "wish")}
    return shown._replace(**texts)


def _still(office: Office, complaint: Complaint) -> str:
    """Return what the customer has said since he opened it again, newest last: at least that it is not solved.

    Empty when he did not open it again, or has been answered since.
    """
    words: list[str] = []
    for event in reversed(complaint.events):
        if event.kind == "answered":
            return ""
        if event.kind in {"not_solved", "added", "rated"} and event.text and event.text not in words:
            words.insert(0, event.text)
        if event.kind == "not_solved":
            return "；".join(words) or office.say("complaint.solved.no")
    return ""


def whole(office: Office, viewer: Manager, complaint: Complaint) -> str:
    """Return all that the customer said of a complaint, from the first word to the last, as the viewer may see it."""
    shown = shown_to(office, viewer, complaint)
    wish = f"{office.say('manager.complaint.card.field.wish')}：{complaint.wish}" if complaint.wish else ""
    said = (event.text for event in complaint.events if event.kind in _SAID and event.actor == CUSTOMER)
    lines = dict.fromkeys(filter(None, (shown.what, wish, *said)))
    words = "\n".join(line if shown.whole else scrub(line) for line in lines)
    return words if complaint.contact.openid is not None else words.replace(complaint.contact.pseudonym, DEPARTED)


def shown_whole(office: Office, person: Party, draft: Draft, filed: Filed) -> Shown:
    """Return what one to whom the person is open sees of what was filed just now: everything."""
    return _shown(
        filed,
        draft,
        name=person.full_name,
        level=person.level,
        phone=draft.phone,
        media=len(draft.media),
        accused=[office.db.get_one(Manager, each) for each in draft.accused],
        own=person.manager.id if person.manager else None,
    )


def _shown(
    filed: Complaint | Filed,
    told: Complaint | Draft,
    *,
    name: str,
    level: str,
    phone: str,
    media: int,
    accused: Sequence[Manager],
    own: int | None,
    still: str = "",
    handler: str = "",
) -> Shown:
    about = [Colleague(each.id, each.name, surname(each.name), own=each.id == own) for each in accused]
    wish = accusing(told.wish, about, _WISH_LIMIT) if about else told.wish
    still_brief = accusing(still, about, _STILL_LIMIT) if about else _shortened(still, _STILL_LIMIT)
    room = max(_DESCRIPTION_LIMIT - len(still_brief) - (len(wish) if about else 0), _LEAST)
    return Shown(
        id=filed.id,
        number=filed.number,
        name=name,
        level=level,
        phone=phone,
        whole=phone == told.phone,
        due_at=filed.due_at,
        category=told.category,
        what=told.what,
        since=told.since,
        filed_at=filed.filed_at if isinstance(filed, Complaint) else None,
        place="" if told.place == told.phone else told.place,
        wish=wish,
        may_call=told.may_call,
        media=media,
        apart="、".join(each.name for each in accused),
        brief=accusing(told.what, about, room) if about else _shortened(told.what, room),
        still=still,
        still_brief=still_brief,
        handler=handler,
    )


def _since(office: Office, shown: Shown) -> str:
    """Return since when it is so, in the customer's words; "三天前" says later on which day it was said."""
    zone = office.clockwork.zone
    day = local_date(shown.filed_at, zone) if shown.filed_at is not None else local_date(office.now, zone)
    if not shown.since or day == local_date(office.now, zone):
        return shown.since
    return office.say("manager.complaint.card.since_said", since=shown.since, month=day.month, day=day.day)


def told(office: Office, shown: Shown) -> str:
    """Return what the customer told, as far as the viewer may see it: category and story, wish, pictures.

    What is still wrong comes first, and who answers it.
    """
    story, still = (each if shown.whole else scrub(each) for each in (shown.brief, shown.still_brief))
    again = office.say("manager.complaint.card.still", text=still) if still else ""
    handler = office.say("manager.complaint.card.handler", manager=shown.handler) if shown.handler else ""
    wish = f"{office.say('manager.complaint.card.field.wish')}：{shown.wish}" if shown.wish else ""
    kept = office.say("manager.complaint.card.attachments", count=shown.media) if shown.media else ""
    return "\n".join(filter(None, (again, handler, f"【{office.title(shown.category)}】{story}", wish, kept)))


def complaint_card(office: Office, viewer: Manager | Staff, shown: Shown, title: str, event_id: int) -> Card:
    """Return the card of a complaint for one viewer; `title` is the key of its headline."""
    say = office.say
    fields = (
        ("customer", shown.name),
        ("apart", shown.apart),
        ("level", shown.level),
        ("phone", shown.phone),
        ("due", office.when(shown.due_at)),
        ("call", say("complaint.call.no") if shown.may_call is False else ""),
        ("since", _since(office, shown)),
        ("where", shown.place if shown.whole else scrub(shown.place)),
    )
    return Card(
        f"complaint-{shown.id}-{event_id}-{viewer.id}",
        say(title, number=shown.number),
        told(office, shown),
        tuple((say(f"manager.complaint.card.field.{name}"), value) for name, value in fields if value),
        (
            Button("complaint.take", say("manager.complaint.card.button.take"), primary=True),
            Button("complaint.reply", say("manager.complaint.card.button.reply")),
            *([Button("complaint.whole", say("manager.complaint.card.button.whole"))] if shown.cut else []),
        ),
    )


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
