"""What a complaint already says: the customer's file, his first words, and his answers, in this order of weight."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogue import Turn
from bot.tickets.filing import Draft
from bot.understanding import ComplaintSlots
from bot.understanding.complaint_answers import bare_number
from handlers.customer.complaint_texts import default_wish, wording

LONGEST = 2000
FORM = "complaint"
"""The name of the form that takes a complaint down."""

APART = "cn:new"
"""The option that files words kept in the session's note `apart` as a complaint of their own."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known so far; None is not known, an empty string is "rather not say"."""

    what: str | None
    category: str
    since: str | None
    where: str | None
    wish: str | None
    call: bool | None
    call_when: str
    phone: str
    escalated: bool
    media: tuple[dict[str, Any], ...]
    said: str
    apart: bool
    unasked: frozenset[str]

    def has(self, step: str) -> bool:
        """Return whether `step` needs no asking."""
        if step == "phone":
            return self.call is not True or bool(self.phone)
        return step in self.unasked or getattr(self, step) is not None

    def draft(self, when: str = "") -> Draft:
        """Return it as the complaint to be filed; `when` says at what time he may be called."""
        return Draft(
            what=self.what or "",
            category=self.category,
            since=self.since or "",
            place=self.where or "",
            wish="；".join(filter(None, (self.wish, when))),
            may_call=self.call,
            phone=self.phone,
            escalated=self.escalated,
            media=self.media,
            said=self.said,
            apart=self.apart,
        )


def facts(turn: Turn, values: Mapping[str, Any]) -> Facts:
    """Read the facts out of the form's values; only questions the category needs stay open.

    A known customer's number is on file: it is shown in the summary and not asked for.
    """
    what: str | None = values.get("what")
    read = turn.told(what) if what else None
    on_file = turn.person.phone
    category = str(values.get("category") or (read.category if read else "") or "")
    needs = wording(turn, category).needs
    told_call = read.may_call if read else None
    call = values.get("call", told_call if told_call is not None else True if on_file and "call" in needs else None)
    where = values.get("where", _told_where(read) or (on_file if "where" in needs else "") or None)
    phone = str(values.get("phone") or on_file or _number(values, read) or "")
    return Facts(
        what=what,
        category=category,
        since=values.get("since", read.since_text if read else None),
        where=where,
        wish=values.get("wish", _wish(turn, read, needs, category)),
        call=call,
        call_when=str(values.get("call_when", "")) if call else "",
        phone=phone,
        escalated=bool(read and read.level == "serious"),
        media=tuple(values.get("media", ())),
        said=str(values.get("said", "")),
        apart=bool(values.get("apart")),
        unasked=frozenset({"since", "where", "call"} - set(needs)),
    )


def unfiled(turn: Turn) -> Draft | None:
    """Return the complaint that was begun or offered to be filed, and is not filed yet."""
    for begun in (turn.session.form, turn.session.left):
        if begun is not None and begun.name == FORM:
            return facts(turn, begun.values).draft()
    kept = turn.session.notes.get("apart", "")
    return facts(turn, json.loads(kept)).draft() if kept and APART in dict(turn.session.offered) else None


def _told_where(read: ComplaintSlots | None) -> str | None:
    return (read.place or read.number) if read else None


def _number(values: Mapping[str, Any], read: ComplaintSlots | None) -> str:
    """Return a number he named himself: a phone that can be called back is not asked for twice."""
    return bare_number(str(values.get("where") or "")) or (read.number if read and read.number else "")


def _wish(turn: Turn, read: ComplaintSlots | None, needs: tuple[str, ...], category: str) -> str | None:
    if read and read.wish:
        return str(read.wish)
    return None if "wish" in needs else default_wish(turn, category)
