"""Ask a pack what people ask, and count what they would get.

Two sets that are never used as wordings: further wordings of every entry (`<pack>_heldout.yaml`, the rows of kind
`natural`), and what five kinds of people typed (`<pack>_asked.yaml`). Shares are of all rows of a set; `right` is the
answer or the intent meant, or "not known" where the pack has no answer; `right_in_choices` offers the right one;
`wrong` is another answer, another intent, or choices without the right one; the rest is `unknown`. A set that is not
there is left out. `--confusions` also counts which is taken for which, the commonest first.

usage: python -m scripts.measure_pack [--json] [--confusions] [--pack telecom] [--knowledge DIR] [--data DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.understanding import Answer, Choices, Context, Intent, KnowledgeError, Listing, Understanding, Understood

ROOT = Path(__file__).resolve().parents[1]
CONTEXT = Context(date(2026, 1, 1), {})
UNKNOWN = "unknown"
TABLE = "table"
"""The gold of what the product table answers: comparisons and conditions."""

NATURAL = "natural"
MARKS = ("right", "right_in_choices", "wrong", UNKNOWN)


@dataclass(frozen=True)
class Asked:
    """One question and what may be got for it: ids, `intent:<name>` or `unknown`."""

    text: str
    gold: frozenset[str]
    who: str


@dataclass(frozen=True)
class Judged:
    """One question and what came of it."""

    asked: Asked
    mark: str
    got: str


def questions(file: Path) -> list[Asked]:
    """Return the questions of a set, without those made from another wording, none when the file is not there."""
    found = []
    for row in _rows(file):
        gold = row["gold"] if isinstance(row["gold"], list) else [row["gold"]]
        if row.get("kind", NATURAL) == NATURAL:
            found.append(Asked(row["text"], frozenset(gold), row.get("who", "")))
    return found


def outside(file: Path) -> dict[str, list[str]]:
    """Return the questions of a set that have no answer, by their kind (far: other people's, near: of the trade)."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows(file):
        if row["gold"] is None:
            found[row["kind"]].append(row["text"])
    return dict(found)


def _rows(file: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else []


def got(outcome: Understood) -> list[str]:
    """Return what a customer is given, in the words of the gold: ids, an intent, or unknown."""
    match outcome:
        case Answer():
            return [each.entry_id.removeprefix("entry:") for each in (outcome, *outcome.more)]
        case Listing():
            return [TABLE, *(option.id for option in outcome.options)]
        case Choices():
            return [option.id.removeprefix("entry:") for option in outcome.options]
        case Intent():
            return [f"intent:{outcome.name}"]
        case _:
            return [UNKNOWN]


def judge(engine: Understanding, question: Asked) -> Judged:
    """Ask one question and mark what comes."""
    outcome = engine.understand(question.text, CONTEXT)
    given = got(outcome)
    hit = bool(question.gold & set(given))
    if isinstance(outcome, Choices) and TABLE not in question.gold:
        mark = "right_in_choices" if hit else "wrong"
    elif hit:
        mark = "right"
    else:
        mark = UNKNOWN if given == [UNKNOWN] else "wrong"
    label = "choices " if isinstance(outcome, Choices) else ""
    return Judged(question, mark, label + " / ".join(given))


def shares(judged: Sequence[Judged]) -> dict[str, float]:
    """Return how many rows there are and the share of every mark."""
    marks = Counter(each.mark for each in judged)
    return {"rows": len(judged), **{mark: round(marks[mark] / max(len(judged), 1), 4) for mark in MARKS}}


def by_who(judged: Iterable[Judged]) -> dict[str, dict[str, float]]:
    """Return the shares for each kind of person."""
    people: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        people[each.asked.who].append(each)
    return {who: shares(group) for who, group in people.items()}


def confusions(judged: Iterable[Judged]) -> list[dict[str, str]]:
    """Return every row that did not come out right, wrong ones first."""
    missed = sorted((each for each in judged if each.mark in ("wrong", UNKNOWN)), key=lambda each: each.mark == UNKNOWN)
    return [
        {"text": each.asked.text, "gold": " / ".join(sorted(each.asked.gold)), "got": each.got, "mark": each.mark}
        for each in missed
    ]


def falsely_answered(engine: Understanding, texts: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return for each kind of question without an answer the share that gets one."""
    found = {}
    for kind, group in texts.items():
        answered = [isinstance(engine.understand(text, CONTEXT), Answer) for text in group]
        found[kind] = round(sum(answered) / len(group), 4)
    return found


def taken_for(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Return which is taken for which and how often, the commonest first; `mark` tells how it went wrong."""
    pairs = Counter(
        (" / ".join(sorted(each.asked.gold)), each.got, each.mark) for each in judged if each.mark != "right"
    )
    return [
        {"gold": gold, "got": given, "mark": mark, "times": times} for (gold, given, mark), times in pairs.most_common()
    ]


def report(engine: Understanding, data: Path, pack: str) -> dict[str, Any]:
    """Ask both sets and return the figures, what went wrong, and what is taken for what."""
    further = [judge(engine, each) for each in questions(data / f"{pack}_heldout.yaml")]
    typed = [judge(engine, each) for each in questions(data / f"{pack}_asked.yaml")]
    unanswerable = [each for each in typed if each.asked.gold == {UNKNOWN}]
    sets = {"heldout_natural": further, "asked": typed, "asked_out_of_scope": unanswerable}
    return {
        **{name: shares(group) for name, group in sets.items() if group},
        "falsely_answered": falsely_answered(engine, outside(data / f"{pack}_heldout.yaml")),
        "asked_by_who": by_who(typed),
        "confusions": {"heldout_natural": confusions(further), "asked": confusions(typed)},
        "taken_for": taken_for((*further, *typed)),
    }


def lines(figures: Mapping[str, Any]) -> Iterable[str]:
    """Give the figures as lines to read."""
    for name in ("heldout_natural", "asked", "asked_out_of_scope"):
        if name in figures:
            yield f"{name:20s} " + "  ".join(f"{mark} {share}" for mark, share in figures[name].items())
    yield "falsely_answered     " + "  ".join(f"{kind} {share}" for kind, share in figures["falsely_answered"].items())
    for who, group in figures["asked_by_who"].items():
        yield f"  {who:18s} " + "  ".join(f"{mark} {share}" for mark, share in group.items())
    for name, missed in figures["confusions"].items():
        for row in missed:
            yield f"{name}\t{row['mark']}\t{row['text']}\t{row['gold']}\t-> {row['got']}"
    for row in figures.get("taken_for", ()):
        yield f"{row['times']:4d}  {row['mark']:16s} {row['gold']} -> {row['got']}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one pack and print the figures."""
    parser = argparse.ArgumentParser(description="Measure a pack on questions kept apart.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--confusions", action="store_true", help="also count which is taken for which")
    parser.add_argument("--pack", default="telecom")
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge")
    parser.add_argument("--data", type=Path, default=ROOT / "tests" / "data")
    options = parser.parse_args(arguments)
    try:
        engine = Understanding.load(options.knowledge, options.pack)
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        return 1
    figures = report(engine, options.data, options.pack)
    if not options.confusions:
        del figures["taken_for"]
    print(json.dumps(figures, ensure_ascii=False) if options.json else "\n".join(lines(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
