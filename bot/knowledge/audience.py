"""Whom an answer is for: customers of some branches or levels, on some days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.knowledge.content import Card, Context, Link


@dataclass(frozen=True, slots=True)
class Audience:
    """Branches and levels an answer is for; a group without names is everybody."""

    branches: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def has(self, context: Context) -> bool:
        """Tell whether the one who asks belongs to it; whose branch or level is not known belongs to no named one."""
        return (not self.branches or context.branch in self.branches) and (
            not self.levels or context.level in self.levels
        )


EVERYBODY = Audience()


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which something holds, both ends included; None is open."""

    start: date | None = None
    end: date | None = None

    def has(self, day: date) -> bool:
        """Tell whether it holds on that day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


ALWAYS = Span()


@dataclass(frozen=True, slots=True)
class Variant:
    """Another wording of an entry's answer for some customers or days; what it leaves out is as in the entry."""

    answer: str
    audience: Audience = EVERYBODY
    span: Span = ALWAYS
    link: Link | None = None
    card: Card | None = None

    def fits(self, context: Context) -> bool:
        """Tell whether this is what the one who asks is told today."""
        return self.audience.has(context) and self.span.has(context.today)


def read_audience(value: Mapping[str, Any] | None) -> Audience:
    """Read `{branch: [..], level: [..]}`."""
    value = value or {}
    return Audience(*(tuple(str(name).strip() for name in value.get(key) or ()) for key in ("branch", "level")))


def read_span(value: Mapping[str, Any] | None) -> Span:
    """Read `{from: 2026-01-01, to: null}`."""
    value = value or {}
    return Span(_day(value.get("from")), _day(value.get("to")))


def read_link(row: Mapping[str, Any]) -> Link | None:
    """Read a row's `link`: a page, or a mini program with the page for phones that cannot open it."""
    link = row.get("link")
    return Link(link["title"], link["url"], link.get("app_id", ""), link.get("path", "")) if link else None


def read_card(row: Mapping[str, Any]) -> Card | None:
    """Read a row's `card`."""
    card = row.get("card")
    return Card(card["title"], card.get("text", ""), card["url"], card.get("picture", "")) if card else None


def read_variants(rows: Any) -> tuple[Variant, ...]:
    """Read an entry's `answers`, the first that fits is the one given."""
    return tuple(
        Variant(
            answer=row["answer"].strip(),
            audience=read_audience(row.get("for")),
            span=read_span(row.get("valid")),
            link=read_link(row),
            card=read_card(row),
        )
        for row in rows or ()
    )


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
