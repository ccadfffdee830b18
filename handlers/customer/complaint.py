"""A complaint in chat: soothe first, ask only what is missing, show it, file it."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from typing import Any

from bot.customers import Staff, mask, party
from bot.dialogue import Form, Invalid, Router, Turn
from bot.messages import Kind, Reply
from bot.service import complaint_handling, recusal, staff_notices
from bot.store.models import Complaint, ComplaintState, Role
from bot.tickets.assignee import handled_by
from bot.tickets.filing import Draft, Filed
from bot.understanding import Intent, accusation
from bot.understanding.complaint_answers import (
    LONGEST_TIME,
    bare_number,
    call_time,
    is_question,
    may_call,
    only_time,
    vaguely_since,
)
from bot.understanding.short_replies import is_no, is_skip
from handlers.common import media_json, office, whose
from handlers.customer import complaint_texts
from handlers.customer.complaint_corrections import amended, gather, more
from handlers.customer.complaint_draft import APART, FORM, LONGEST, Facts, facts
from handlers.customer.complaint_followup import offer_apart

router = Router()
MOST_MEDIA = 9
MOST_SAID = 2 * LONGEST
"""Characters that are kept to judge whom it is about, the last ones."""

SHOWN = 80
"""Characters of the story that the summary repeats."""

_KEPT = {Kind.PICTURE, Kind.VOICE, Kind.VIDEO, Kind.LOCATION, Kind.LINK}
_CHAT = {"greet", "help", "thanks", "bye", "smalltalk", "praise"}
_ASIDE = re.compile(r"帮助|help|你好|您好|在吗|在么|菜单|谢谢|[?？]+", re.IGNORECASE)


@router.intent("complaint.file")
def file(turn: Turn, text: str, slots: Mapping[str, str]) -> Reply | str:
    """Take a complaint down; a second telling within a day joins the first, a bare 投诉 goes on with one left open."""
    turn.changes()
    read = turn.told(text) if text else None
    if read is None or not read.what:
        for begun in (turn.session.form, turn.session.left):
            if begun is not None and begun.name == ComplaintForm.name:
                return turn.start(ComplaintForm, begun.values, turn.say("complaint.resumed"))
        if APART in dict(turn.session.offered) and turn.session.notes.get("apart"):
            return another(turn, "")
        return turn.start(ComplaintForm, {"said": text}, complaint_texts.soothe(turn, "", escalated=False))
    values: dict[str, Any] = {"what": read.what[:LONGEST], "said": text[:LONGEST]}
    if category := read.category or slots.get("category"):
        values["category"] = category
    known = facts(turn, values)
    if known.category and (same := complaint_handling.join_open(office(turn), whose(turn).contact_id, known.draft())):
        return joined(turn, same, values)
    return turn.start(ComplaintForm, values, _soothed(turn, known))


@router.choice("cn")
def another(turn: Turn, choice: str) -> Reply | str:
    """File what was joined to an open complaint as one of its own."""
    kept = turn.session.notes.pop("apart", "")
    if not kept:
        return turn.say("choices.expired")
    return turn.start(ComplaintForm, {**json.loads(kept), "apart": True}, turn.say("complaint.apart"))


@router.form
class ComplaintForm(Form):
    """What happened, since when, where, what is wished, may we call; the rest is known or not needed."""

    name = FORM
    minutes = 30

    class Step(enum.StrEnum):
        """The questions, in order."""

        WHAT = "what"
        SINCE = "since"
        WHERE = "where"
        WISH = "wish"
        CALL = "call"
        PHONE = "phone"

    def wanted(self, turn: Turn, values: Mapping[str, Any]) -> enum.StrEnum | None:
        """Return the first question without an answer."""
        known = facts(turn, values)
        return next((step for step in self.Step if not known.has(step.value)), None)

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        """Ask it the way the category asks it."""
        known = facts(turn, values)
        words = complaint_texts.question(turn, known.category, step.value)
        if _names_accused(turn, known, words):
            words = complaint_texts.question(turn, "", step.value)
        return words if step == self.Step.WHAT else f"{words}\n{turn.say('complaint.ask.tail')}"

    def check(self, turn: Turn, step: enum.StrEnum, values: dict[str, Any]) -> str | bool:
        """Take any honest answer; "跳过" leaves it open, only what happened must be said."""
        text = turn.text[:LONGEST]
        if not text:
            raise Invalid("form.invalid.empty")
        if _ASIDE.fullmatch(text):
            raise Invalid("form.remind", form=turn.say("complaint.form"))
        if "投诉" in text and turn.told(text).what is None:
            raise Invalid("complaint.resumed")
        if step == self.Step.WHAT:
            return _checked_what(turn, text, values)
        if is_no(text) and step != self.Step.CALL:
            raise Invalid("form.no_here")
        if is_skip(text) and step not in {self.Step.CALL, self.Step.PHONE}:
            return ""
        gather(turn, values, step.value)
        match step:
            case self.Step.SINCE:
                return _checked_since(turn, text, values)
            case self.Step.CALL:
                return _checked_call(text, values)
            case self.Step.PHONE:
                return _checked_phone(turn, text)
        return _checked_words(turn, step, text)

    def summary(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """Show what will be filed."""
        return _summary(turn, facts(turn, values))

    def amend(self, turn: Turn, values: Mapping[str, Any]) -> dict[str, Any]:
        """Take words at the summary as a correction of one field or as more of the story."""
        return amended(turn, values)

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> Reply | str:
        """File it; number, name and time in one reply."""
        known = facts(turn, values)
        when = turn.say("complaint.call.when", time=known.call_when) if known.call_when else ""
        filed = complaint_handling.file(office(turn), whose(turn).contact_id, known.draft(when))
        return joined(turn, filed, values) if isinstance(filed, Complaint) else receipt(turn, *filed, known.draft())

    def hears(self, turn: Turn, values: dict[str, Any]) -> None:
        """Keep every word that is said meanwhile: whom it is about may stand in any of them."""
        values["said"] = "\n".join(filter(None, (str(values.get("said", "")), turn.words)))[-MOST_SAID:]

    def accept_media(self, turn: Turn, values: dict[str, Any]) -> str | None:
        """Keep a picture and the like."""
        media = turn.incoming.media
        if media is None or media.kind not in _KEPT:
            return None
        kept = values.setdefault("media", [])
        if len(kept) >= MOST_MEDIA:
            return turn.say("picture.too_many", count=len(kept))
        kept.append(media_json(media))
        label = media.detail.get("label", "")
        if media.kind is Kind.LOCATION and label:
            values["where"] = label
        return turn.say(f"{media.kind}.in_complaint", count=len(kept), label=label or turn.say("location.unnamed"))


def _soothed(turn: Turn, known: Facts) -> str:
    words = complaint_texts.soothe(turn, known.category, known.escalated)
    return complaint_texts.soothe(turn, "", escalated=False) if _names_accused(turn, known, words) else words


def _names_accused(turn: Turn, known: Facts, words: str) -> bool:
    """Tell whether words promise that the supervisor sees to it whom the complaint is about."""
    if turn.say("staff.supervisor", manager="") not in words:
        return False
    return recusal.accuses_superior(turn.transaction.reading, whose(turn).contact_id, known.draft())


def receipt(turn: Turn, filed: Filed, owner: Staff, told: Draft) -> str:
    """Return the receipt: number, who is on it, by when he answers; of whom it accuses, that he does not see it."""
    key = "complaint.receipt_supervisor" if owner.role is Role.SUPERVISOR else "complaint.receipt"
    words = turn.say(key, number=filed.number, manager=owner.name, due=office(turn).when(filed.due_at))
    if not accusation.hints(told.whole) or not turn.db.get_one(Complaint, filed.id).accused:
        return words
    return f"{words}\n{turn.say('complaint.receipt.kept')}"


def joined(turn: Turn, complaint: Complaint, values: Mapping[str, Any]) -> Reply:
    """Say which open complaint the words went into, and offer to make one of their own of them."""
    key = "complaint.joined"
    if complaint.state is ComplaintState.REOPENED:
        key = "complaint.joined_reopened"
    elif complaint.due_at < turn.now:
        key = "complaint.joined_late"
    due = office(turn).when(complaint.due_at)
    watched = staff_notices.watched(office(turn), complaint)
    facts = {"number": complaint.number, "manager": handled_by(turn.db, complaint).name, "due": due}
    words = turn.say(key, watched=watched, **facts)
    return offer_apart(turn, words, values)


def _checked_what(turn: Turn, text: str, values: dict[str, Any]) -> str:
    """Return what happened; a greeting, thanks or once more "我要投诉" is no story."""
    if is_skip(text):
        raise Invalid("form.skip.required")
    if len(text) < 2:
        raise Invalid("form.invalid.too_short")
    understood = turn.understanding.understand(text, turn.context())
    if isinstance(understood, Intent) and understood.name in _CHAT:
        raise Invalid("form.remind", form=turn.say("complaint.form"))
    read = turn.told(text)
    if only_time(text, read):
        values["since"] = text
        raise Invalid("complaint.noted_too")
    if category := read.category:
        values["category"] = category
    return read.what or text


def _checked_since(turn: Turn, text: str, values: dict[str, Any]) -> str:
    """Return since when; other words are kept as part of the story and the question is asked once more."""
    read = turn.told(text)
    if read.since_text and (read.place or read.number):
        return read.since_text
    if read.since_text:
        values["what"] = more(values, text) if len(text) > LONGEST_TIME else values["what"]
        return text if len(text) <= LONGEST_TIME else read.since_text
    if is_question(text):
        raise Invalid("form.question_later")
    if vaguely_since(text):
        return text
    if len(text) < 4 or text.isdigit():
        raise Invalid("form.invalid.since")
    values["what"] = more(values, text)
    if values.pop("since_asked", False):
        return ""
    values["since_asked"] = True
    raise Invalid("complaint.noted_too")


def _checked_words(turn: Turn, step: enum.StrEnum, text: str) -> str:
    """Return where it is, or what is wished."""
    if len(text) < 2:
        raise Invalid("form.invalid.too_short")
    if step == ComplaintForm.Step.WISH:
        return text
    if is_question(text):
        raise Invalid("form.question_later")
    place = turn.told(text).place or ""
    return place if place and len(text) - len(place) <= 3 else text


def _checked_call(text: str, values: dict[str, Any]) -> bool:
    said = may_call(text)
    if said is False or is_skip(text):
        return False
    number = bare_number(text)
    if not number and said is None:
        raise Invalid("form.invalid.call")
    if number:
        values["phone"] = number
    if time := call_time(text.replace(number, "")):
        values["call_when"] = time[:SHOWN]
    return True


def _checked_phone(turn: Turn, text: str) -> str:
    """Return the number, or that this chat will do."""
    if number := bare_number(text):
        return number
    if "微信" in text or is_skip(text) or may_call(text) is False:
        return turn.say("complaint.phone.here")
    raise Invalid("form.invalid.phone")


def _summary(turn: Turn, known: Facts) -> str:
    """Show what is known, a line a field; what was left open is left out."""
    call = "" if known.call is None else turn.say("complaint.call.no")
    if known.call:
        call = turn.say("complaint.call.yes_to", phone=_shown(known.phone))
    what = known.what or ""
    shown = {
        "category": office(turn).title(known.category or "other"),
        "what": what if len(what) <= SHOWN else _excerpt(turn, known.draft()),
        "since": known.since,
        "where": _shown(known.where or ""),
        "wish": known.wish,
        "call": "，".join(filter(None, (call, known.call_when))),
        "attachments": len(known.media),
    }
    lines = (turn.say(f"complaint.summary.{field}", value=value) for field, value in shown.items() if value)
    return "\n".join([turn.say("complaint.summary"), *lines])


def _excerpt(turn: Turn, told: Draft) -> str:
    """Return of a long story what accuses one of the staff, else its beginning: he is to see what was heard of it."""
    if not accusation.hints(told.whole):
        return f"{told.what[:SHOWN]}…"
    reading = turn.transaction.reading
    return recusal.accusing(reading, party(reading, whose(turn).contact_id), told, SHOWN)


def _shown(text: str) -> str:
    """Show a number on file masked: the chat may be read over a shoulder."""
    return mask(text) if text.isdigit() and len(text) == 11 else text
