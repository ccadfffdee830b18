"""What a draft would break, before it is published.

What is answered well today is asked again with the draft in: the questions that were really asked, and the wordings of
the pack and of complaints that have anything in common with it. What would then be answered otherwise is named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, process
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.customers.masking import without_personal
from bot.knowledge.content_rules import Rules
from bot.learning.background_priority import gently
from bot.learning.live_entries import as_entry, own_id
from bot.learning.probe import ANSWERED, UNKNOWN, Landing, land, landings
from bot.store.models import Account, Inbound, LiveEntry, Outcome
from bot.understanding import Entry, Understanding, normalise
from bot.understanding.synonyms import canonical

NEAR = 92
"""Wordings of two entries this alike (0 to 100) are one question."""

ASKED_MOST = 600
"""Wordings of the pack asked again, the most alike to the draft first: what has nothing in common cannot change.

Those that do change stand at the very front (measured on the shipped packs); 600 take about a second.
"""

GOOD_OUTCOMES = (Outcome.ANSWERED, Outcome.CHOSEN, Outcome.USEFUL)
GOOD_MOST = 300
_LATELY = 20_000
_TROUBLE = ("complaint.file", "urge")
_AMOUNT = re.compile(
    r"(?<![第下\d.])(\d+(?:\.\d+)?|[一二两三四五六七八九十])\s*(元|块|天|个?工作日|小时|分钟|个?月|年|%|折|gb?|点)"
)
_DIGITS = {sign: str(number) for number, sign in enumerate("一二三四五六七八九十", 1)} | {"两": "2"}
_NO = re.compile(r"不能|不可以|不支持|无法|不行|暂不|不可|不提供|办不了|不用|不需要|不收")
_YES = re.compile(r"可以|(?<![功智性职])能|支持|行|需要|要")
_HEAD = 24
"""Characters in which an answer says yes or no."""


@dataclass(frozen=True, slots=True)
class Near:
    """A wording of the draft that another item answers already; `contradicts` when the two answers cannot both hold."""

    wording: str
    item: str
    title: str
    contradicts: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that would no longer be answered as today; `after` is empty when nothing would answer it."""

    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Check:
    """What was found; `lost` are wordings of the draft that would not lead to it, `asked` how many were asked again.

    `advice` says why words are `banned` in this trade and what to say instead.
    """

    banned: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    changed: tuple[Changed, ...] = ()
    lost: tuple[str, ...] = ()
    asked: int = 0
    advice: tuple[str, ...] = ()

    @property
    def forbidden(self) -> bool:
        """Whether it must not be published as it is: its words are not allowed, or people would read a placeholder."""
        return bool(self.banned or self.placeholders)

    @property
    def fine(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.forbidden or self.near or self.changed or self.lost)


def check(
    understanding: Understanding, draft: LiveEntry, *, today: date, rules: Rules | None = None, good: Iterable[str] = ()
) -> Check:
    """Find what the draft would break in what `understanding` (the branch's, in force) knows; takes a second or two.

    `good` are questions known to be answered well (`good_questions`); `rules` the pack's (`rules_of`).
    """
    rules, entry = rules or Rules(), as_entry(draft)
    own = frozenset((entry.id, own_id(draft.key, draft.branch_id)))
    day = max(today, entry.start or today)
    with gently():
        after = understanding.with_entries([entry], own - {entry.id})
        wordings = _most_alike(entry, dict.fromkeys(_asked(understanding, own)))
        questions = list(dict.fromkeys((*good, *wordings)))
        before = landings(understanding, questions, day)
        return Check(
            banned=tuple(rules.banned_in(entry.answer)),
            placeholders=tuple(rules.unknown_in(entry.answer)),
            near=tuple(_near(understanding, entry, own, day)),
            changed=tuple(_changed(before, after, questions, own, day)),
            lost=tuple(_lost(after, entry, day)),
            asked=len(questions),
            advice=tuple(rules.advice_in(entry.answer)),
        )


def good_questions(db: Session, pack: str, branch_id: int | None = None) -> list[str]:
    """Return what was asked lately and answered, without personal data, each once, the latest first."""
    accounts = select(Account.channel, Account.name).where(Account.pack == pack)
    if branch_id is not None:
        accounts = accounts.where(Account.branch_id == branch_id)
    ours = accounts.subquery()
    lately = select(func.coalesce(func.max(Inbound.id), 0) - _LATELY).scalar_subquery()
    wanted = (
        select(Inbound.text)
        .join(ours, (ours.c.channel == Inbound.channel) & (ours.c.name == Inbound.account))
        .where(Inbound.id > lately, Inbound.outcome.in_(GOOD_OUTCOMES), Inbound.text.is_not(None))
        .order_by(Inbound.id.desc())
        .limit(3 * GOOD_MOST)
    )
    said = dict.fromkeys(without_personal(text) for text in db.scalars(wanted) if text)
    return list(said)[:GOOD_MOST]


def _asked(understanding: Understanding, own: frozenset[str]) -> Iterator[str]:
    """Give every wording that leads somewhere today, but the draft's own."""
    known = understanding.knowledge
    mine = {text for entry in known.entries if entry.id in own for text in (entry.question, *entry.variants)}
    yield from (text for text in known.asked() if text not in mine)
    yield from (text for name in _TROUBLE for text in known.intents.get(name, ()))


def _most_alike(entry: Entry, questions: Collection[str]) -> list[str]:
    """Return the questions that the draft may come near to: all of a small pack's, the most alike of others."""
    if len(questions) <= ASKED_MOST:
        return list(questions)
    texts = list(questions)
    wordings = [canonical(_bare(text)) for text in (entry.question, *entry.variants)]
    alike = process.cdist(wordings, [canonical(_bare(text)) for text in texts], scorer=fuzz.ratio).max(axis=0)
    return [texts[place] for place in (-alike).argsort(kind="stable")[:ASKED_MOST].tolist()]


def _changed(
    before: Mapping[str, Landing], after: Understanding, questions: Sequence[str], own: frozenset[str], day: date
) -> Iterator[Changed]:
    mine = {f"entry:{each}" for each in own}
    for question in questions:
        old = before[question]
        if old.kind == UNKNOWN or not mine.isdisjoint(old.items):
            continue
        new = land(after, question, day)
        if old.items[0] not in new.items or (old.kind == ANSWERED and new.kind != ANSWERED):
            yield Changed(question, old.title, new.title)


def _near(understanding: Understanding, entry: Entry, own: frozenset[str], day: date) -> Iterator[Near]:
    """Find what answers the draft's wordings today, or is worded nearly the same."""
    others = {f"entry:{each.id}": each for each in understanding.knowledge.entries if each.id not in own}
    texts = {_bare(text): item for item, each in others.items() for text in (each.question, *each.variants)}
    seen = {f"entry:{each}" for each in own}
    for wording in (entry.question, *entry.variants):
        landed = land(understanding, wording, day)
        alike = process.extractOne(_bare(wording), list(texts), scorer=fuzz.ratio, score_cutoff=NEAR)
        item = landed.items[0] if landed.kind == ANSWERED else texts[alike[0]] if alike else ""
        if item and item not in seen:
            seen.add(item)
            other = others.get(item)
            title = landed.title if landed.kind == ANSWERED else other.question if other else item
            yield Near(wording, item, title, other is not None and contradict(entry.answer, other.answer))


def _lost(after: Understanding, entry: Entry, day: date) -> Iterator[str]:
    for wording in (entry.question, *entry.variants):
        if f"entry:{entry.id}" not in land(after, wording, day).items:
            yield wording


def contradict(one: str, other: str) -> bool:
    """Tell whether two answers to one question cannot both hold: other amounts of a kind, or yes against no."""
    return figures_differ(one, other) or _verdict(one) * _verdict(other) < 0


def figures_differ(one: str, other: str) -> bool:
    """Tell whether two texts name amounts of a kind and have none in common."""
    mine, yours = _amounts(one), _amounts(other)
    return any(mine[unit].isdisjoint(yours[unit]) for unit in mine.keys() & yours.keys())


def _amounts(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for number, unit in _AMOUNT.findall(_bare(text)):
        found.setdefault(unit.removeprefix("个").replace("块", "元"), set()).add(_DIGITS.get(number, number))
    return found


def _verdict(text: str) -> int:
    """Return 1 for an answer that says yes, -1 for no, 0 when it says neither."""
    head = text[:_HEAD]
    no = _NO.search(head)
    yes = _YES.search(head)
    if no and (not yes or no.start() <= yes.start()):
        return -1
    return 1 if yes else 0


def _bare(text: str) -> str:
    return normalise(text).replace(" ", "")
