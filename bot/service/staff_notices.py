"""What the staff is told of a complaint: its card and sentences, for those from whom it is not to be kept."""

from __future__ import annotations

from bot.service import recusal, staff_cards
from bot.service.context import Office
from bot.store.models import Complaint, Manager
from bot.tickets.assignee import handled_by
from bot.tickets.visibility import may_see

TITLE = "manager.complaint.card.title"


def show(office: Office, manager: Manager, complaint: Complaint, title: str, event_id: int) -> None:
    """Send a member of the staff the complaint's card, unless it is kept from him."""
    if not may_see(office.db, manager, complaint):
        return
    card = staff_cards.complaint_card(
        office, manager, staff_cards.shown_to(office, manager, complaint), title, event_id
    )
    office.show(manager, card, rule="complaint_card", occasion=f"{complaint.number}:{event_id}")


def show_superior(office: Office, complaint: Complaint, title: str, event_id: int) -> None:
    """Send the card one level up, when there is a level that may see it."""
    superior = superior_of(office, complaint)
    if superior is not None:
        show(office, superior, complaint, title, event_id)


def superior_of(office: Office, complaint: Complaint) -> Manager | None:
    """Return the next level above its owner that may see it."""
    return recusal.superior(office.db, complaint.owner, complaint.accused)


def reported(office: Office, complaint: Complaint) -> str:
    """Return the words that a superior was told, empty where there is none who may be."""
    return office.say("manager.complaint.reported") if superior_of(office, complaint) is not None else ""


def tell_owner(office: Office, complaint: Complaint, key: str, **values: object) -> None:
    """Tell its owner."""
    tell(office, complaint.owner, complaint, key, **values)


def tell_all(office: Office, complaint: Complaint, key: str, **values: object) -> None:
    """Tell the owner, and who took or answered it in his place."""
    handler = handled_by(office.db, complaint)
    for manager in {complaint.owner_id: complaint.owner, handler.id: handler}.values():
        tell(office, manager, complaint, key, **values)


def tell(office: Office, to: Manager, complaint: Complaint, key: str, **values: object) -> None:
    """Send a member of the staff a sentence about it, once for each step of its story."""
    if not may_see(office.db, to, complaint):
        return
    left = office.lasting(complaint.due_at - office.now)
    facts = {"number": complaint.number, "due": office.when(complaint.due_at), "left": left}
    words = office.say(key, customer=staff_cards.name_of(complaint), **{**facts, **values})
    office.tell(to, words, rule=key, occasion=f"{complaint.number}:{complaint.events[-1].id}")


def watched(office: Office, complaint: Complaint) -> str:
    """Return the words that a superior was told too, for the customer.

    Empty where there is none but who answers himself, and where the complaint is about one of the staff.
    """
    superior = None if complaint.accused else superior_of(office, complaint)
    if superior is None or superior.id == handled_by(office.db, complaint).id:
        return ""
    return office.say("talk.manager.watched")
