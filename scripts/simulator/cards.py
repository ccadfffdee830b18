"""WeCom template cards: what the phone shows, taps, and the one update within 72 hours (path/90236, 94888, 94945)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .apierrors import ApiError
from .people import Person

if TYPE_CHECKING:
    from .platform import Platform

UPDATE_WITHIN_S = 72 * 3600
TYPES = frozenset({"text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction"})


def view(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card as it stands on the phone; ApiError 40058 names what the platform would not take."""
    kind = card.get("card_type")
    if kind not in TYPES:
        raise ApiError(40058, "invalid request parameter: card_type")
    buttons = card.get("button_list", [])
    task_id = str(card.get("task_id", ""))
    if kind == "button_interaction" and not (task_id and 1 <= len(buttons) <= 6):
        raise ApiError(40058, "invalid request parameter: task_id and 1 to 6 buttons are needed")
    if len(task_id.encode()) > 128:
        raise ApiError(40058, "invalid request parameter: task_id too long")
    title = card.get("main_title") or {}
    if not title.get("title") and not card.get("sub_title_text"):
        raise ApiError(40058, "invalid request parameter: main_title")
    quote = (card.get("quote_area") or {}).get("quote_text", "")
    lines = [title.get("desc", ""), card.get("sub_title_text", ""), quote]
    return {
        "card_type": kind,
        "task_id": task_id,
        "title": title.get("title", ""),
        "description": "\n".join(line for line in lines if line),
        "fields": [_field(one) for one in card.get("horizontal_content_list", [])],
        "buttons": [_button(one) for one in buttons],
        "url": (card.get("card_action") or {}).get("url", ""),
        "done": None,
    }


def _field(entry: Mapping[str, Any]) -> dict[str, str]:
    if not entry.get("keyname"):
        raise ApiError(40058, "invalid request parameter: horizontal_content_list.keyname")
    return {"name": str(entry["keyname"]), "value": str(entry.get("value", ""))}


def _button(entry: Mapping[str, Any]) -> dict[str, Any]:
    if not entry.get("text") or not (entry.get("key") or entry.get("url")):
        raise ApiError(40058, "invalid request parameter: button_list")
    style = int(entry.get("style") or 1)
    return {"key": str(entry.get("key", "")), "text": entry["text"], "style": style, "url": entry.get("url", "")}


def issue(platform: Platform, task_id: str) -> str:
    """Make a response code that updates the card of a task once within 72 hours."""
    code = secrets.token_urlsafe(24)
    until = platform.clock.now() + UPDATE_WITHIN_S
    platform.store.write("INSERT INTO cards VALUES (?, ?, ?, 0)", code, task_id, until)
    return code


def is_known(platform: Platform, task_id: str) -> bool:
    """Tell whether a card with this task id was sent before."""
    return platform.store.row("SELECT 1 FROM card_copies WHERE task_id = ?", task_id) is not None


def place(platform: Platform, person: Person, card: Mapping[str, Any]) -> None:
    """Put a card on a member's phone and remember where it is."""
    message = platform.phones.write(person, "them", "card", **card, via="app")
    statement = "INSERT INTO card_copies VALUES (?, ?, ?)"
    platform.store.write(statement, card["task_id"], person.address, message["seq"])


def tapped(platform: Platform, message: Mapping[str, Any], key: str) -> dict[str, object]:
    """Return the fields of the event that a tapped button causes."""
    return {
        "EventKey": key,
        "TaskId": message["task_id"],
        "CardType": message["card_type"],
        "ResponseCode": issue(platform, message["task_id"]),
    }


def update(platform: Platform, document: Mapping[str, Any]) -> dict[str, object]:
    """Replace the buttons, or the whole card, for the named members or for everyone; the code works once."""
    task_id = _redeem(platform, str(document.get("response_code", "")))
    changes = _changes(document)
    named = document.get("userids") or []
    everyone = bool(document.get("atall")) or not named
    invalid = [one for one in named if platform.people.at(str(one), "work") is None]
    for row in platform.store.rows("SELECT * FROM card_copies WHERE task_id = ?", task_id):
        person = platform.people.at(row["userid"], "work")
        if person and (everyone or row["userid"] in named):
            platform.phones.rewrite(person, row["seq"], **changes)
    return {"invaliduser": invalid} if invalid else {}


def _redeem(platform: Platform, code: str) -> str:
    statement = "UPDATE cards SET used = 1 WHERE response_code = ? AND used = 0 AND until > ?"
    if not platform.store.changed(statement, code, platform.clock.now()):
        raise ApiError(40058, "invalid request parameter: response_code unknown, used or expired")
    row = platform.store.row("SELECT task_id FROM cards WHERE response_code = ?", code)
    return str(row["task_id"]) if row else ""


def _changes(document: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(button := document.get("button"), Mapping):
        if not button.get("replace_name"):
            raise ApiError(40058, "invalid request parameter: button.replace_name")
        return {"done": str(button["replace_name"])}
    if isinstance(card := document.get("template_card"), Mapping):
        changes = view(card)
        changes["done"] = card.get("replace_text")
        return {name: value for name, value in changes.items() if name != "task_id"}
    raise ApiError(40058, "invalid request parameter: button or template_card")
