"""What handlers share: the office of a turn, and filling texts that come from the knowledge."""

from __future__ import annotations

import re
from functools import partial

from bot.dialogue import Turn
from bot.messages import Media
from bot.service import Office
from bot.tickets.queries import Whose
from bot.tickets.sla import Clockwork

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


def office(turn: Turn) -> Office:
    """Return what a use case needs, on the turn's own transaction."""
    return Office(
        transaction=turn.transaction,
        say=turn.say,
        now=turn.now,
        clockwork=Clockwork(turn.settings.complaint_reply_hours, turn.working_time),
        title=partial(_title, turn),
        template=turn.settings.wechat_template_complaint,
        trace=turn.trace,
        said=turn.said,
    )


def _title(turn: Turn, category: str) -> str:
    """Return a complaint category's name, that of 其他 for one the trade does not have."""
    titles = {each.id: each.title for each in turn.understanding.categories()}
    return titles.get(category, titles.get("other", category))


def whose(turn: Turn) -> Whose:
    """Return whose complaints the person may see: his own, from all accounts of his customer file."""
    person = turn.person
    assert person.contact_id is not None, "only an Official Account turn has a contact"
    return Whose(person.contact_id, person.customer_id)


def fill(turn: Turn, text: str) -> str:
    """Fill what is left in an answer: who the customer and his manager are; what nobody knows gets its neutral word."""
    if "{{" not in text:
        return text
    facts = {"customer": turn.person.address, "manager": turn.person.manager_name, **turn.person.placeholders}
    if "manager_phone" in text and (manager := turn.manager()):
        facts["manager_phone"] = manager.phone
    return _PLACEHOLDER.sub(lambda hit: facts.get(hit[1]) or _neutral(turn, hit[1]), text)


def media_json(media: Media | None) -> dict[str, object]:
    """Return a picture, voice, place or link as it is kept with a complaint."""
    if media is None:
        return {}
    return {"kind": media.kind.value, "media_id": media.media_id, "detail": dict(media.detail)}


def _neutral(turn: Turn, name: str) -> str:
    key = f"neutral.{name}"
    return turn.say(key) if key in turn.texts else ""
