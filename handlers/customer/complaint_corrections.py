"""What a customer's words change in a complaint that is being taken down: one field, several, or more of the story."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.dialogue import Turn
from bot.understanding import ComplaintSlots
from bot.understanding.complaint_answers import (
    LONGEST_TIME,
    added,
    bare_number,
    corrected,
    labelled,
    may_call,
    only_call,
    only_number,
    only_time,
)
from handlers.customer.complaint_draft import LONGEST, facts

_SHORTEST = 4
"""Characters; fewer are no part of a story."""


def amended(turn: Turn, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values after free words at the summary; unchanged when the words say nothing about them."""
    changed, text = dict(values), turn.text[:LONGEST].strip()
    if found := labelled(text):
        return _labelled(turn, changed, *found)
    if number := only_number(text):
        changed["phone"] = number
        return changed
    if (call := only_call(text)) is not None:
        changed["call"] = call
        return changed
    words = corrected(text)
    read = turn.told(words)
    if only_time(words, read):
        changed["since"] = words
        return changed
    if read.wish and len(words) - len(read.wish) <= 2:
        changed["wish"] = words
        return changed
    if words != text and _corrected(changed, words, read):
        return changed
    if words != text:
        words = turn.say("complaint.correction", text=words) if words else ""
    return _told_more(changed, added(words))


def gather(turn: Turn, values: dict[str, Any], asked: str) -> None:
    """Take from an answer what it says about other fields that are still open: "昨天开始的，在家里，别打电话"."""
    known = facts(turn, values)
    read = turn.told(turn.text[:LONGEST])
    said = {"since": read.since_text, "where": read.place or read.number, "wish": read.wish, "call": read.may_call}
    for field, value in said.items():
        if field != asked and value is not None and not known.has(field):
            values[field] = value
    if asked != "phone" and read.number and not known.phone:
        values["phone"] = read.number


def more(values: Mapping[str, Any], words: str) -> str:
    """Return the story with some more words."""
    return "；".join(filter(None, (str(values.get("what", "")), words.strip())))[:LONGEST]


def _corrected(changed: dict[str, Any], words: str, read: ComplaintSlots) -> bool:
    """Put what a correction says into its fields; return whether it was about any."""
    said: dict[str, Any] = {
        "since": words if read.since_text and len(words) <= LONGEST_TIME else read.since_text,
        "where": read.place or read.number,
        "wish": read.wish,
        "call": read.may_call,
    }
    told = {field: value for field, value in said.items() if value is not None}
    changed.update(told)
    return bool(told)


def _told_more(changed: dict[str, Any], words: str) -> dict[str, Any]:
    if len(words) >= _SHORTEST:
        changed["what"] = more(changed, words)
    return changed


def _labelled(turn: Turn, changed: dict[str, Any], field: str, value: str) -> dict[str, Any]:
    """Change the field that is named: 时间改成前天, 类别不对，是费用问题."""
    match field:
        case "category":
            changed.update(_category(turn, value))
        case "call":
            changed["call"] = may_call(value) is not False
        case "phone" if bare_number(value):
            changed.update(phone=bare_number(value), call=True)
        case "phone":
            pass
        case _:
            changed[field] = value
    return changed


def _category(turn: Turn, value: str) -> dict[str, str]:
    """Return the category that is named, by its title or by a word of it; nothing when there is none."""
    for category in turn.understanding.categories():
        if category.title[:2] in value or value in category.title:
            return {"category": category.id}
    read = turn.told(value)
    return {"category": read.category} if read.category else {}
