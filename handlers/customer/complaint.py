"""A complaint in chat: soothe first, ask only what is missing, show it, file it."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.casework import complaints
from bot.customers import mask
from bot.dialogue import Form, Invalid, Kind, Reply, Router, Turn
from bot.store.models import Complaint, Role
from bot.understanding import Intent
from handlers.customer import wordings
from handlers.customer.facts import LONGEST, Facts, bare_number, facts
from handlers.office import media_json, office

router = Router()
MOST_MEDIA = 9
_KEPT = {Kind.PICTURE, Kind.VOICE, Kind.VIDEO, Kind.LOCATION, Kind.LINK}
_CHAT = {"greet", "help", "thanks", "bye", "smalltalk", "praise"}
_ASIDE = re.compile(r"帮助|help|你好|您好|在吗|在么|菜单|[?？]+", re.IGNORECASE)
_SKIP = re.compile(r"跳过|不知道|不清楚|不记得了?|说不清|记不清了?|没有|无|随便|都行|不想说")
_CALL_YES = re.compile(
    r".*(可以|方便|行|好|能|嗯|是|打吧|打电话|随时|点|上午|下午|晚上|yes|ok).*", re.IGNORECASE | re.DOTALL
)
_CALL_NO = re.compile(
    r".*(不用|不要|别打|不方便|不可以|不行|不能|不想|不打|微信(?:回|说|联系)|打字).*|不|否|no",
    re.IGNORECASE | re.DOTALL,
)


@router.intent("complaint.file")
def file(turn: Turn, text: str, slots: Mapping[str, str]) -> Reply | str:
    """Take a complaint down; a second telling within a day joins the first."""
    read = turn.understanding.complaint_slots(text, turn.today) if text else None
    if read is None or not read.what:
        return turn.start(ComplaintForm, {}, turn.say("complaint.soothe"))
    values: dict[str, Any] = {"what": read.what[:LONGEST]}
    if not read.category and slots.get("category"):
        values["category"] = slots["category"]
    known = facts(turn, values)
    if known.category and (same := complaints.join_open(office(turn), turn.contact(), known.draft())):
        return _joined(turn, same)
    return turn.start(ComplaintForm, values, wordings.soothe(turn, known.category, known.escalated))


@router.form
class ComplaintForm(Form):
    """What happened, since when, where, what is wished, may we call; the rest is known or not needed."""

    name = "complaint"
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
        words = wordings.question(turn, facts(turn, values).category, step.value)
        return words if step == self.Step.WHAT else f"{words}\n{turn.say('complaint.ask.tail')}"

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str | bool:
        """Take any honest answer; "跳过" leaves it open, only what happened must be said."""
        text = turn.text[:LONGEST]
        if not text:
            raise Invalid("form.invalid.empty")
        if _ASIDE.fullmatch(text):
            raise Invalid("form.remind", form=turn.say("complaint.form"))
        match step:
            case self.Step.WHAT:
                return _checked_what(turn, text)
            case self.Step.CALL:
                return _checked_call(text)
            case self.Step.PHONE:
                return _checked_phone(turn, text)
            case _:
                return "" if _SKIP.fullmatch(text) else text

    def summary(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """Show what will be filed."""
        return _summary(turn, facts(turn, values))

    def amend(self, turn: Turn, values: Mapping[str, Any]) -> dict[str, Any]:
        """Take words at the summary as a correction: a number, yes or no to a call, or more of the story."""
        return _amended(turn, values)

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """File it; number, name and time in one reply."""
        filed = complaints.file(office(turn), turn.contact(), facts(turn, values).draft())
        return _joined(turn, filed.complaint) if filed.joined else receipt(turn, filed.complaint)

    def accept_media(self, turn: Turn, values: dict[str, Any]) -> str | None:
        """Keep a picture and the like; spoken words that were recognised count as written ones."""
        media = turn.incoming.media
        if media is None or media.kind not in _KEPT:
            return None
        if spoken := media.detail.get("recognition", "").strip():
            return self._heard(turn, values, spoken)
        kept = values.setdefault("media", [])
        if len(kept) >= MOST_MEDIA:
            return turn.say("picture.too_many", count=len(kept))
        kept.append(media_json(media))
        label = media.detail.get("label", "")
        if media.kind is Kind.LOCATION and label:
            values["where"] = label
        return turn.say(f"{media.kind}.in_complaint", count=len(kept), label=label)

    def _heard(self, turn: Turn, values: dict[str, Any], spoken: str) -> str:
        turn.incoming = replace(turn.incoming, kind=Kind.TEXT, text=spoken)
        step = turn.session.form.step if turn.session.form else ""
        if step in set(self.Step):
            try:
                values[step] = self.check(turn, self.Step(step), values)
            except Invalid as error:
                return turn.say(error.key, **error.values)
        else:
            values.update(_amended(turn, values))
        return turn.say("voice.recognised", text=spoken)


def receipt(turn: Turn, complaint: Complaint) -> str:
    """Return the receipt: number, who is on it, by when he answers."""
    key = "complaint.receipt_supervisor" if complaint.owner.role is Role.SUPERVISOR else "complaint.receipt"
    due = office(turn).when(complaint.due_at)
    return turn.say(key, number=complaint.number, manager=complaint.owner.name, due=due)


def _joined(turn: Turn, complaint: Complaint) -> str:
    due = office(turn).when(complaint.due_at)
    return turn.say("complaint.joined", number=complaint.number, manager=complaint.owner.name, due=due)


def _checked_what(turn: Turn, text: str) -> str:
    """Return what happened; a greeting or thanks in between is no story."""
    if _SKIP.fullmatch(text):
        raise Invalid("form.skip.required")
    if len(text) < 2:
        raise Invalid("form.invalid.too_short")
    understood = turn.understanding.understand(text, turn.context())
    if isinstance(understood, Intent) and understood.name in _CHAT:
        raise Invalid("form.remind", form=turn.say("complaint.form"))
    return text


def _checked_call(text: str) -> bool:
    if _CALL_NO.fullmatch(text) or _SKIP.fullmatch(text):
        return False
    if _CALL_YES.fullmatch(text) or bare_number(text):
        return True
    raise Invalid("form.invalid.yes_no")


def _checked_phone(turn: Turn, text: str) -> str:
    """Return the number, or that this chat will do."""
    if number := bare_number(text):
        return number
    if "微信" in text or _SKIP.fullmatch(text) or _CALL_NO.fullmatch(text):
        return turn.say("complaint.phone.here")
    raise Invalid("form.invalid.phone")


def _summary(turn: Turn, known: Facts) -> str:
    skipped = turn.say("complaint.skipped")
    call = turn.say("complaint.call.no")
    if known.call:
        call = turn.say("complaint.call.yes_to", phone=_shown(known.phone))
    return turn.say(
        "complaint.summary",
        category=office(turn).title(known.category or "other"),
        what=known.what or skipped,
        since=known.since or skipped,
        where=_shown(known.where or "") or skipped,
        wish=known.wish or skipped,
        call=call,
        attachments=len(known.media),
    )


def _shown(text: str) -> str:
    """Show a number on file masked: the chat may be read over a shoulder."""
    return mask(text) if text.isdigit() and len(text) == 11 else text


def _amended(turn: Turn, values: Mapping[str, Any]) -> dict[str, Any]:
    changed, text = dict(values), turn.text[:LONGEST]
    if bare_number(text) == re.sub(r"[\s-]", "", text):
        changed["phone"] = bare_number(text) or changed.get("phone", "")
    elif len(text) <= 12 and "电话" in text and _CALL_NO.fullmatch(text):
        changed["call"] = False
    elif len(text) <= 12 and "电话" in text and _CALL_YES.fullmatch(text):
        changed["call"] = True
    elif len(text) >= 4:
        changed["what"] = f"{changed.get('what', '')}；{text}"[:LONGEST]
    return changed
