"""A complaint's course with all who must hear of it: one call changes it and puts the messages into the outbox.

The rules are in `bot.tickets`; here the card for the owner, the word to the supervisor and the message to the
customer join the same transaction, so none of them can be forgotten or sent for a change that was rolled back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import audit
from bot.customers import Party, Staff, party, reachable
from bot.service import manager_words, recusal, staff_cards
from bot.service.context import Office
from bot.service.customer_notices import confirmation_to_customer, state_to_customer
from bot.service.recusal import Words
from bot.service.staff_notices import TITLE, show, show_superior, superior_of, tell, tell_all, tell_owner
from bot.store.models import Complaint, ComplaintState, Manager, Satisfaction
from bot.tickets import complaints, filing, tasks
from bot.tickets.assignee import handled_by
from bot.tickets.filing import Draft, Filed
from bot.tickets.states import Action, TransitionError, after

RATED_BADLY = "rated_badly"
"""The rule of the task one level up after a bad rating."""

BARE = 6
"""Characters; a longer "没解决" says already what is missing."""


def file(office: Office, contact_id: int, draft: Draft) -> tuple[Filed, Staff] | Complaint:
    """File a complaint and show its owner the card, a serious one his superior too; return it and its owner.

    What tells the same as an open complaint joins it: then that one is returned. The person's row is locked, so that
    the same complaint told twice at once ends up in one.
    """
    person = party(office.raw, contact_id, hold=True)
    owner, draft = recusal.recused(office, person, draft)
    if same := _join(office, contact_id, draft):
        return same
    filed = filing.file(
        office.raw,
        person=person,
        owner_id=owner.id,
        draft=draft,
        clockwork=office.clockwork,
        now=office.now,
        trace=office.trace,
    )
    _show_filed(office, person, owner, draft, filed)
    return filed, owner


def _show_filed(office: Office, person: Party, owner: Staff, draft: Draft, filed: Filed) -> None:
    """Show a new complaint; who is not the customer's own manager may see less of it."""
    if person.open_to(owner) and not draft.escalated:
        card = staff_cards.complaint_card(
            office, owner, staff_cards.shown_whole(office, person, draft, filed), TITLE, filed.told
        )
        office.show(owner, card, rule="complaint_card", occasion=f"{filed.number}:{filed.told}")
        return
    complaint = office.db.get_one(Complaint, filed.id)
    show(office, complaint.owner, complaint, f"{TITLE}_escalated" if draft.escalated else TITLE, filed.told)
    if draft.escalated:
        show_superior(office, complaint, f"{TITLE}_escalated", filed.told)


def join_open(office: Office, contact_id: int, draft: Draft) -> Complaint | None:
    """Put the words into an open complaint about the same thing; None when there is none."""
    return _join(office, contact_id, recusal.named(office, party(office.raw, contact_id), draft))


def _join(office: Office, contact_id: int, draft: Draft) -> Complaint | None:
    known = filing.find_same(office.raw, contact_id, draft, office.now)
    same = complaints.locked(office.db, known) if known is not None else None
    if same is not None:
        complaints.join(office.db, same, draft, now=office.now, trace=office.trace)
        accuse(office, same, draft.accused)
        _heard_again(office, same, draft)
    return same


def _heard_again(office: Office, complaint: Complaint, draft: Draft) -> None:
    """Tell of the words that were joined; what was answered and is complained of again was not solved."""
    if complaint.state is ComplaintState.ANSWERED:
        reopen(office, complaint, draft.what)
    else:
        tell_joined(office, complaint, draft)


def accuse(office: Office, complaint: Complaint, found: Sequence[int], *, card: bool = True) -> bool:
    """Keep whom further words accuse; return whether it went to somebody else, as one of them had it in hand.

    Whoever had it is not told, and sees and hears nothing of it any more. Who has it now gets its `card`.
    """
    if set(found) <= set(complaint.accused):
        return False
    complaints.accuse(office.db, complaint, recusal.ranked(office.db, {*complaint.accused, *found}))
    kept_from, handler = complaint.accused, handled_by(office.db, complaint)
    taker = recusal.taker(office.db, Staff.of(complaint.owner), complaint.branch_id, kept_from)
    if recusal.kept_away(office.db, complaint.owner, kept_from) and not recusal.kept_away(
        office.db, handler, kept_from
    ):
        taker = Staff.of(handler)
    if taker.id == complaint.owner_id and handler.id not in kept_from:
        return False
    manager = office.db.get_one(Manager, taker.id)
    moved = complaints.move(office.db, complaint, manager, now=office.now, trace=office.trace)
    tasks.pass_on(office.db, complaint, manager)
    if card:
        show(office, manager, complaint, f"{TITLE}_moved", moved.id)
    return True


def hand_on(office: Office, complaint: Complaint) -> bool:
    """Give a complaint whose owner is not at work any more to who is responsible now; False while nobody is."""
    person = party(office.raw, complaint.contact_id)
    manager = office.db.get_one(Manager, recusal.responsible(office, person, complaint.accused).id)
    if not manager.active:
        return False
    moved = complaints.move(office.db, complaint, manager, now=office.now, trace=office.trace)
    show(office, manager, complaint, f"{TITLE}_handed_on", moved.id)
    return True


def hear(office: Office, complaint: Complaint, text: str, *, card: bool = True) -> bool:
    """Judge anew whom it is about, by further words of the customer; return whether it went to somebody else.

    Words after an answer contradict it: whom they name is accused in doubt. Who has it now gets its `card`.
    """
    if not text:
        return False
    person = party(office.raw, complaint.contact_id)
    personal = complaint.category in recusal.PERSONAL
    in_hand = {complaint.owner_id, handled_by(office.db, complaint).id}.difference(complaint.accused)
    answered = complaint.state is ComplaintState.ANSWERED
    words = Words(text, filed=personal, category=complaint.category, handlers=tuple(in_hand), doubtful=answered)
    return accuse(office, complaint, recusal.accused(office.raw, person, words), card=card)


def tell_joined(office: Office, complaint: Complaint, draft: Draft) -> None:
    """Tell the owner that the customer spoke of it again."""
    event_id = complaint.events[-1].id
    late = "_late" if complaint.due_at < office.now else ""
    tell_owner(office, complaint, f"manager.complaint.joined{late}", text=draft.what)
    if draft.escalated:
        show_superior(office, complaint, f"{TITLE}_escalated", event_id)


def take(office: Office, complaint: Complaint, manager: Manager) -> None:
    """Accept it and tell the customer who is on it.

    Raises:
        TransitionError: it is taken, answered or closed already.
    """
    complaints.take(office.db, complaint, manager, now=office.now, trace=office.trace)
    state_to_customer(office, complaint, "complaint.taken", "complaint.phrase.taken", complaint.events[-1].id)
    if manager.id != complaint.owner_id:
        tell(
            office,
            complaint.owner,
            complaint,
            "manager.complaint.taken_over",
            manager=staff_cards.titled(office, manager),
        )


def answer(office: Office, complaint: Complaint, manager: Manager, text: str) -> int | None:
    """Send the manager's words to the customer and ask him whether it is solved; None when he cannot be reached.

    Return the message's number in the outbox.

    Raises:
        TransitionError: it is closed.
    """
    if not reachable(complaint.contact):
        return None
    event = complaints.answer(office.db, complaint, manager, text, now=office.now, trace=office.trace)
    sent = manager_words.answer(office, complaint, manager, text, event.id)
    if manager.id != complaint.owner_id:
        who = staff_cards.titled(office, manager)
        tell(office, complaint.owner, complaint, "manager.complaint.answered_by", manager=who, text=text)
    return sent


def add(office: Office, complaint: Complaint, text: str = "", media: tuple[dict[str, object], ...] = ()) -> None:
    """Add the customer's words or pictures and tell the owner; what was answered by one they accuse is open again."""
    answered = complaint.state is ComplaintState.ANSWERED
    moved = hear(office, complaint, text or _labels(media), card=not answered)
    event = complaints.add(office.db, complaint, text, media=media, now=office.now, trace=office.trace)
    what = text or office.say("manager.complaint.card.attachments", count=len(media))
    if moved and answered:
        reopen(office, complaint, what)
    elif event is not None:
        tell_all(office, complaint, "manager.complaint.added", text=what)


def _labels(media: Sequence[Mapping[str, object]]) -> str:
    """Return the words that come with pictures and the like: the title of a link, the name of a place."""
    details = (each.get("detail") for each in media)
    return "\n".join(str(value) for detail in details if isinstance(detail, Mapping) for value in detail.values())


def solved(office: Office, complaint: Complaint) -> None:
    """Close it at the customer's word and tell the owner.

    Raises:
        TransitionError: it is closed already.
    """
    complaints.solved(office.db, complaint, now=office.now, trace=office.trace)
    tell_all(office, complaint, "manager.complaint.solved")


def withdraw(office: Office, complaint: Complaint) -> None:
    """Close it because the customer takes it back, and tell the owner.

    Raises:
        TransitionError: it is closed already.
    """
    complaints.withdraw(office.db, complaint, now=office.now, trace=office.trace)
    tell_all(office, complaint, "manager.complaint.withdrawn")


def reopen(office: Office, complaint: Complaint, text: str = "") -> None:
    """Open it again one level up, due anew: its owner and his superior get one card each, and the same.

    It says what the customer says (`text`) is still wrong, and who answers him. Words that accuse the owner take it to
    somebody else before.

    Raises:
        TransitionError: nothing was answered yet, or it is open again already.
    """
    after(complaint.state, Action.NOT_SOLVED)  # before his words move it
    hear(office, complaint, text, card=False)
    event = complaints.not_solved(
        office.db, complaint, clockwork=office.clockwork, now=office.now, text=text, trace=office.trace
    )
    show(office, complaint.owner, complaint, f"{TITLE}_reopened", event.id)
    show_superior(office, complaint, f"{TITLE}_reopened", event.id)


def urge(office: Office, complaint: Complaint, text: str = "") -> bool:
    """Remind the owner that the customer waits; False when he was reminded within the last half hour.

    `text` is how he was urged: words that accuse who has it are added to the complaint, which goes to somebody else.
    """
    if hear(office, complaint, text):
        complaints.add(office.db, complaint, text, now=office.now, trace=office.trace)
        tell_all(office, complaint, "manager.complaint.added", text=text)
    event = complaints.urge(office.db, complaint, now=office.now, trace=office.trace)
    if event is None:
        return False
    late = "_late" if complaint.due_at < office.now else ""
    tell(office, handled_by(office.db, complaint), complaint, f"manager.complaint.urged{late}")
    return True


def ask_to_confirm(office: Office, complaint: Complaint, days: int) -> None:
    """Ask the customer once more whether it is solved; `days` are the workdays after which it is closed."""
    event = complaints.ask_to_confirm(office.db, complaint, now=office.now, trace=office.trace)
    confirmation_to_customer(office, complaint, days, event.id)


def close_by_rule(office: Office, complaint: Complaint) -> None:
    """Close what was answered and not confirmed, and tell customer and staff; he may open it again.

    Raises:
        TransitionError: it is closed already.
    """
    event = complaints.close_by_rule(office.db, complaint, now=office.now, trace=office.trace)
    state_to_customer(office, complaint, "complaint.closed_by_rule", "complaint.phrase.closed", event.id)
    tell_all(office, complaint, "manager.complaint.closed_by_rule")


def rate(office: Office, complaint: Complaint, satisfaction: Satisfaction, why: str = "") -> None:
    """Keep the answer of the return visit; a bad one opens the complaint again and makes a task one level up.

    `why` is what was said with it.
    """
    complaints.rate(office.db, complaint, satisfaction, now=office.now, trace=office.trace)
    rated = complaint.events[-1].id
    if satisfaction is Satisfaction.GOOD:
        hear(office, complaint, why)
        tell_all(office, complaint, "return_visit.manager.good")
        return
    told = satisfaction is Satisfaction.BAD and _rated_badly(office, complaint, why, rated)
    if why:
        rating_reason(office, complaint, why, told=told)


def _rated_badly(office: Office, complaint: Complaint, why: str, rated: int) -> bool:
    """Open it again and make the task one level up; return whether cards tell of it: it was not open already."""
    try:
        reopen(office, complaint, why or office.say("return_visit.choice.bad"))
    except TransitionError:
        opened = False
    else:
        opened = True
    tasks.add(
        office.db,
        manager=superior_of(office, complaint) or complaint.owner,
        rule=RATED_BADLY,
        occasion=f"{complaint.number}:{rated}",
        title=office.say("task.return_visit.title"),
        text=office.say("task.rated_badly", customer=staff_cards.name_of(complaint), number=complaint.number),
        due_at=complaint.due_at if complaint.due_at > office.now else office.clockwork.due(office.now),
        now=office.now,
        customer=complaint.customer,
        contact=complaint.contact,
        complaint=complaint,
        trace=office.trace,
    )
    return opened


def rating_reason(office: Office, complaint: Complaint, reason: str, *, told: bool = False) -> None:
    """Keep why the customer was not content and tell the owner; after a bad rating one level up as well.

    Those are told nothing whom a card has `told` it.
    """
    hear(office, complaint, reason)
    complaints.rating_reason(office.db, complaint, reason, now=office.now, trace=office.trace)
    if complaint.satisfaction is not Satisfaction.BAD:
        tell_owner(office, complaint, "return_visit.manager.fair", why=reason)
        return
    superior = superior_of(office, complaint)
    for manager in (complaint.owner, superior):
        if manager is not None and not told:
            tell(office, manager, complaint, "return_visit.manager.bad", why=reason)
    for task in tasks.open_about(office.db, complaint.id, RATED_BADLY):
        task.text = f"{task.text}{office.say('task.rated_badly.why', why=reason)}"


def visit_ended(office: Office, complaint: Complaint) -> None:
    """Note that nobody answered the return visit, and tell the owner."""
    complaints.note(office.db, complaint, "visit_ended", audit.SYSTEM, office.now)
    tell_owner(office, complaint, "return_visit.manager.unanswered")
