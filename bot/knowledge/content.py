"""What knowledge is made of: links and cards of an answer, the context it is given in, categories of complaints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Link:
    """A page the answer points to; with `app_id` a page (`path`) of a mini program, `url` where that cannot open."""

    title: str
    url: str
    app_id: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card shown below the answer: a title, a sentence, a picture and the page it opens."""

    title: str
    text: str
    url: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What the caller knows: the business date, the branch's placeholders, and what was spoken of in ten minutes.

    `last` is the item answered last (or a table, see `Listing.about`); `asked` are the words of the last question.
    `branch` and `level` choose among the wordings of an answer; empty while nobody knows.
    """

    today: date
    placeholders: Mapping[str, str] = field(default_factory=dict)
    last: str | None = None
    asked: str | None = None
    branch: str = ""
    level: str = ""


NEEDS = ("what", "since", "where", "wish", "call")
"""The slots that a category without `needs` asks for."""


@dataclass(frozen=True, slots=True)
class Category:
    """A complaint category of the trade.

    `needs` names the slots the form still asks for, `ask` how it asks where it has a way of its own, `soothe` is the
    first kind sentence.
    """

    id: str
    title: str
    words: tuple[str, ...]
    needs: tuple[str, ...] = NEEDS
    ask: Mapping[str, str] = field(default_factory=dict)
    soothe: str = ""
