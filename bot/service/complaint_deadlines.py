"""A complaint's due time: who has not taken it is reminded before; once it has passed, nobody is left in the dark.

The first time and the second, owner, superior and customer are told; from then on it stands in the agendas of the
staff until it is answered, and nothing is said again.
"""

from __future__ import annotations

from bot.service import staff_cards
from bot.service.context import Office
from bot.service.customer_notices import late_complaint_to_customer, lateness_was_said
from bot.service.staff_notices import TITLE, reported, show, superior_of, tell_owner
from bot.store.models import Complaint
from bot.tickets import complaints
from bot.tickets.visibility import may_see

TOLD = 2
"""So many times customer and superior hear that a promised time has passed."""


def nudge(office: Office, complaint: Complaint) -> None:
    """Remind the owner, once for each due time, of a complaint that nobody has taken."""
    if may_see(office.db, complaint.owner, complaint):
        facts = {
            "number": complaint.number,
            "customer": staff_cards.name_of(complaint),
            "due": office.when(complaint.due_at),
        }
        words = office.say("manager.complaint.due_soon", left=office.lasting(complaint.due_at - office.now), **facts)
        occasion = f"{complaint.number}:{int(complaint.due_at.timestamp())}"
        office.tell(complaint.owner, words, rule="complaint_due_soon", occasion=occasion)


def passed(office: Office, complaint: Complaint) -> bool:
    """Note that the due time has passed and tell owner, superior and customer; False when that was done for it."""
    times = _note(office, complaint)
    if 0 < times <= TOLD:
        late_complaint_to_customer(office, complaint, superior_of(office, complaint), again=times > 1)
    return times > 0


def admitted(office: Office, complaint: Complaint) -> None:
    """Do the same where the reply to the customer says so: he needs no further message, nor one that still waits."""
    _note(office, complaint)
    lateness_was_said(office, complaint)


def _note(office: Office, complaint: Complaint) -> int:
    """Note it and tell the staff; return for which time it has passed now, 0 when this time was noted before."""
    if not complaints.mark_overdue(office.db, complaint, now=office.now, trace=office.trace):
        return 0
    times = complaints.times_overdue(complaint)
    superior = superior_of(office, complaint) if times <= TOLD else None
    again = "_again" if times > 1 else ""
    told = reported(office, complaint) if superior is not None else ""
    tell_owner(office, complaint, f"manager.complaint.overdue{again}", reported=told)
    if superior is not None:
        title = f"{TITLE}_overdue_again" if again else f"{TITLE}_escalated"
        show(office, superior, complaint, title, complaint.events[-1].id)
    return times
