"""What understanding a message can come to: an answer, choices, an intent, or an honest "not known".

An *item id* names something that can be answered: `entry:<id>` or `product:<id>:<aspect>`. `Answer.entry_id`,
`Choice.id`, `Context.last` and `Unknown.candidates` all hold item ids, so each can be handed to `Understanding.answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.knowledge.content import Card, Link


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, sure enough to be given. `more` holds the answer to a second question of the same message.

    `soothe` asks for a kind first half-sentence: the question was cross. `wish`: he wants it done, not only explained.
    `picture` is a media id of the account; `source` and `until` tell what the answer rests on and its last day.
    """

    text: str
    entry_id: str
    title: str
    score: float
    link: Link | None = None
    more: tuple[Answer, ...] = ()
    soothe: bool = False
    wish: bool = False
    card: Card | None = None
    picture: str = ""
    source: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing the customer may have meant; the label has at most 20 characters."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """Two or three things the customer may have meant; `question` asks which."""

    question: str
    options: tuple[Choice, ...]
    score: float
    soothe: bool = False
    wish: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Choices):
    """A few products of the table that can be picked, none when there is only something to say (`question`).

    `about` is what `Context.last` becomes: `table:<rows shown so far>:<ids of the products>`.
    """

    tail: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """Something other than a business question. `soothe` asks for a kind first half-sentence.

    Slots of `smalltalk`: `id` and `text`, the ready reply. Slots of `complaint.file`: `category` when known. Slots of
    `careful`: `kind`, which is `self_harm`, `life`, `fraud`, `loss`, `threat`, `illegal` or `abuse`, and `said`, the
    place of a long message where it is heard.
    """

    name: str
    slots: Mapping[str, str]
    score: float
    soothe: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not known well enough to answer. `category` tells who may know.

    `reason` is `empty`, `far`, `unsure`, or `not_ours`: other people see to it, and `say` tells so in a sentence.
    """

    reason: str
    candidates: tuple[str, ...]
    category: str | None
    say: str | None = None
    soothe: bool = False


Understood = Answer | Choices | Intent | Unknown


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate with the features its score came from."""

    id: str
    title: str
    score: float
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a message was understood as it was; for `scripts.ask` and the simulator."""

    text: str
    normalised: str
    parts: tuple[str, ...]
    intents: Mapping[str, float]
    candidates: tuple[Candidate, ...]
    band: str
    outcome: Understood
    sure: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComplaintSlots:
    """What a complaint already says; `level` is `urgent` or `serious`, `since_text` keeps the customer's words."""

    what: str | None = None
    category: str | None = None
    since: date | None = None
    since_text: str | None = None
    place: str | None = None
    number: str | None = None
    wish: str | None = None
    may_call: bool | None = None
    level: str | None = None
