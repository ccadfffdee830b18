"""What a draft would break, in the words of a manager's chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.dialogue import Turn
from bot.knowledge.content_rules import Rules, rules_of
from bot.learning.draft_impact import Check, check, good_questions
from bot.store.models import Branch, LiveEntry

NAMED = 3


@dataclass(frozen=True, slots=True)
class Findings:
    """The sentences, and whether one of them forbids to make it live."""

    lines: tuple[str, ...] = ()
    forbidden: bool = False


def findings(turn: Turn, entry: LiveEntry) -> Findings:
    """Ask everything that is answered well today again with the draft in; takes some seconds."""
    good = good_questions(turn.db, entry.pack, entry.branch_id)
    found = check(turn.understanding, entry, today=turn.today, rules=_rules(turn, entry), good=good)
    if found.fine:
        return Findings((turn.say("learn.check.fine", count=found.asked),))
    return Findings((turn.say("learn.check.head"), *_forbidding(turn, found), *_telling(turn, found)), found.forbidden)


def forbidding(turn: Turn, entry: LiveEntry) -> tuple[str, ...]:
    """Return why the words must not go live; quickly, for what it would break was told before."""
    rules = _rules(turn, entry)
    found = Check(
        banned=tuple(rules.banned_in(entry.answer)),
        placeholders=tuple(rules.unknown_in(entry.answer)),
        advice=tuple(rules.advice_in(entry.answer)),
    )
    return tuple(_forbidding(turn, found))


def _rules(turn: Turn, entry: LiveEntry) -> Rules:
    branch = turn.db.get(Branch, entry.branch_id) if entry.branch_id else None
    return rules_of(turn.settings.tiexin_knowledge, entry.pack, branch.placeholders if branch else ())


def _forbidding(turn: Turn, found: Check) -> Iterator[str]:
    if found.banned:
        yield turn.say("learn.check.banned", words="、".join(found.banned))
    yield from found.advice
    if found.placeholders:
        yield turn.say("learn.check.placeholders", words="、".join(found.placeholders))


def _telling(turn: Turn, found: Check) -> Iterator[str]:
    for near in found.near[:NAMED]:
        key = "learn.check.contradicts" if near.contradicts else "learn.check.near"
        yield turn.say(key, wording=near.wording, title=near.title)
    for changed in found.changed[:NAMED]:
        key = "learn.check.changed" if changed.after else "learn.check.silenced"
        yield turn.say(key, question=changed.question, before=changed.before, after=changed.after)
    if len(found.changed) > NAMED:
        yield turn.say("learn.check.more", count=len(found.changed) - NAMED)
    if found.lost:
        yield turn.say("learn.check.lost", wordings="；".join(found.lost[:NAMED]))
