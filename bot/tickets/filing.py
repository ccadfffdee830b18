"""A complaint is taken down: what was told, whether it was told before, and the one statement that keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.types.json import Jsonb
from rapidfuzz import fuzz

from bot import audit
from bot.customers import Party
from bot.store.models import OPEN_STATES, ComplaintState
from bot.tickets import numbering
from bot.tickets.sla import Clockwork

JOIN_WITHIN = timedelta(hours=24)
SIMILAR = 80.0
"""From this likeness (0–100) on, two texts of one person tell the same story."""

CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the customer told; `media` are JSON objects with kind, media_id and detail."""

    what: str
    category: str = ""
    since: str = ""
    place: str = ""
    wish: str = ""
    may_call: bool | None = None
    phone: str = ""
    escalated: bool = False  # words of law, regulator or press were said
    media: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    said: str = ""  # every word that was said while it was told, also what is no part of the story
    accused: tuple[int, ...] = ()  # whom of the staff it is about, the highest first; they are not to handle it
    apart: bool = False  # the customer says that it is not the one that is open already

    @property
    def whole(self) -> str:
        """Return all that was said, to judge whom it is about."""
        return "\n".join(filter(None, (self.said, self.what, self.since, self.place, self.wish)))


class Filed(NamedTuple):
    """A complaint just filed; `told` is the first event of its story."""

    id: int
    number: str
    told: int
    due_at: datetime


_FILE = f"""
WITH {numbering.COUNTED}, filed AS (
    INSERT INTO complaints (number, branch_id, account_id, contact_id, customer_id, owner_id, about_id, about_too,
                            state, category, what, since, place, wish, may_call, phone, escalation, filed_at,
                            due_at, satisfaction_reason)
    SELECT number, %(branch)s, %(account)s, %(contact)s, %(customer)s, %(owner)s, %(about)s,
           %(about_too)s, '{ComplaintState.FILED}', %(category)s, %(what)s, %(since)s, %(place)s, %(wish)s,
           %(may_call)s, %(phone)s, %(escalation)s, %(now)s, %(due)s, ''
    FROM counted
    RETURNING id, number
), story AS (
    INSERT INTO complaint_events (complaint_id, at, kind, actor, text, data)
    SELECT filed.id, %(now)s, CASE WHEN step.place = 1 THEN 'filed' ELSE 'media' END, '{CUSTOMER}',
           CASE WHEN step.place = 1 THEN %(what)s ELSE '' END, step.data
    FROM filed, jsonb_array_elements(%(story)s) WITH ORDINALITY AS step(data, place) ORDER BY step.place
    RETURNING id
), logged AS (
    {audit.INSERT}
    SELECT %(now)s, %(actor)s, 'complaint.filed', 'complaint:' || id, '{{}}'::jsonb,
           jsonb_build_object('number', number, 'state', '{ComplaintState.FILED}', 'owner', %(owner)s::bigint),
           %(trace)s
    FROM filed
)
SELECT filed.id, filed.number, (SELECT min(id) FROM story) FROM filed
"""  # noqa: S608 - our own words
"""The number, the complaint, the first steps of its story and its entry in the log, in one round trip."""


def file(
    connection: Connection[Any],
    *,
    person: Party,
    owner_id: int,
    draft: Draft,
    clockwork: Clockwork,
    now: datetime,
    trace: str = "",
) -> Filed:
    """Take a complaint down.

    The caller holds the person's row and has found no open complaint that is the same (`find_same`), so that the same
    one told twice at once ends up in one.
    """
    due = clockwork.due(now)
    row = {
        **numbering.counting(now.astimezone(clockwork.zone).date()),
        "branch": person.branch_id,
        "account": person.account_id,
        "contact": person.contact_id,
        "customer": person.customer_id,
        "owner": owner_id,
        "about": next(iter(draft.accused), None),
        "about_too": list(draft.accused[1:]),
        "category": draft.category,
        "what": draft.what,
        "since": draft.since,
        "place": draft.place,
        "wish": draft.wish,
        "may_call": draft.may_call,
        "phone": draft.phone,
        "escalation": int(draft.escalated),
        "now": now,
        "due": due,
        "story": Jsonb([{}, *map(dict, draft.media)]),
        "actor": f"customer:{person.contact_id}",
        "trace": trace,
    }
    found = connection.execute(_FILE, row).fetchone()
    assert found is not None
    return Filed._make((*found, due))


_OPEN = f"""
SELECT id, owner_id, category, what FROM complaints
WHERE contact_id = %s AND state IN ({", ".join(f"'{state.value}'" for state in OPEN_STATES)})
    AND filed_at > %s AND filed_at <= %s
ORDER BY id DESC FOR NO KEY UPDATE
"""  # noqa: S608 - our own words


def find_same(connection: Connection[Any], contact_id: int, draft: Draft, now: datetime) -> int | None:
    """Return the person's open complaint of the last 24 hours that tells the same: by category or by words; held.

    Never one that is with the person it is about: he is not to see it.
    """
    if draft.apart:
        return None
    found = connection.execute(_OPEN, [contact_id, now - JOIN_WITHIN, now])
    return next((number for number, owner, *told in found if owner not in draft.accused and _same(draft, *told)), None)


def _same(draft: Draft, category: str, what: str) -> bool:
    """Tell by category, where it says anything, else by likeness of the words."""
    if draft.category and draft.category != "other" and draft.category == category:
        return True
    return min(len(draft.what), len(what)) >= 4 and (
        fuzz.token_set_ratio(draft.what, what) >= SIMILAR or fuzz.ratio(draft.what, what) >= SIMILAR
    )
