"""Measure understanding on a folder of questions people asked.

A folder holds JSON lines: `faq` (id, question, perhaps answer, entity, property), `similar` (id, question: further
wordings), `aliases` (entity, aliases), and what is asked: `queries` (query, gold_id, kind, perhaps lenient_ids), `oos`
(query, kind), `multi` (query, gold_ids), `complaint` (text, label). Only faq, similar and aliases are learnt from,
beside what the project ships in `knowledge/common`; thresholds are those of the product.

usage: python -m scripts.evaluate DIR [--json] [--traditional] [--errors N]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bot.knowledge.pack import common_knowledge
from bot.understanding import Answer, Choices, Context, Entry, Intent, Knowledge, Product, Understanding
from bot.understanding.aspects import aspect_features
from bot.understanding.linear import Classifier
from bot.understanding.normalisation import normalise
from bot.understanding.products import ProductMatcher

ROOT = Path(__file__).resolve().parents[1]
CONTEXT = Context(date(2026, 1, 1), {})
TROUBLE = ("complaint", "urge")
ALIKE = 0.4
"""An aspect of the folder takes over the utterances of ours that its wordings sound like, from this probability on."""


@dataclass
class Folder:
    """One folder's files, and the folder's id of every item the engine can answer with."""

    path: Path
    traditional: bool = False
    ids: dict[str, str] = field(default_factory=dict)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of one file, none when it is not there."""
        file = self.path / f"{name}.jsonl"
        if not file.exists():
            return []
        with file.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]

    def asked(self, row: Mapping[str, Any]) -> str:
        """Return the question, in traditional characters when that is measured and the row has them."""
        return str(row.get("query_trad") or row["query"]) if self.traditional else str(row["query"])

    def knowledge(self) -> Knowledge:
        """Build the pack: products where a row names entity and property, entries elsewhere."""
        common = common_knowledge(ROOT / "knowledge")
        further: defaultdict[str, list[str]] = defaultdict(list)
        for row in self.rows("similar"):
            further[row["id"]].append(row["question"])
        faq = self.rows("faq")
        products = self._products([row for row in faq if row.get("entity")], further)
        entries = self._entries([row for row in faq if not row.get("entity")], further)
        aspects = renamed(common.aspects, products) if products else common.aspects
        return Knowledge(
            entries=tuple(entries),
            products=tuple(products),
            aspects=aspects,
            intents=common.intents,
            smalltalk=common.smalltalk,
        )

    def _entries(self, faq: Sequence[Mapping[str, Any]], further: Mapping[str, list[str]]) -> list[Entry]:
        found: dict[str, Entry] = {}
        for row in faq:
            self.ids[f"entry:{row['id']}"] = row["id"]
            wordings = tuple(further.get(row["id"], ()))
            found.setdefault(row["id"], Entry(row["id"], "", row["question"], wordings, row.get("answer") or ""))
        return list(found.values())

    def _products(self, faq: Sequence[Mapping[str, Any]], further: Mapping[str, list[str]]) -> list[Product]:
        names = list(dict.fromkeys(row["entity"] for row in faq))
        aliases = {row["entity"]: tuple(row["aliases"]) for row in self.rows("aliases")}
        aspects: dict[str, dict[str, str]] = {name: {} for name in names}
        wordings: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in names}
        for row in faq:
            entity, aspect = row["entity"], row["property"]
            aspects[entity][aspect] = row.get("answer") or row["question"]
            wordings[entity][aspect] = (row["question"], *further.get(row["id"], ()))
            self.ids[f"product:p{names.index(entity)}:{aspect}"] = row["id"]
        return [
            Product(f"p{number}", name, aliases.get(name, ()), aspects[name], variants=wordings[name])
            for number, name in enumerate(names)
        ]


def renamed(ours: Mapping[str, Sequence[str]], products: Sequence[Product]) -> dict[str, tuple[str, ...]]:
    """Give our aspects the names the folder uses for them, found by what its wordings sound like to our model."""
    pairs = [(normalise(text).replace(" ", ""), aspect) for aspect, group in ours.items() for text in group]
    model = Classifier([text for text, _ in pairs], [aspect for _, aspect in pairs], aspect_features)
    matcher = ProductMatcher(products, ours, ())
    heard: defaultdict[str, list[Any]] = defaultdict(list)
    for number, product in enumerate(products):
        for aspect, group in product.variants.items():
            heard[aspect] += [model.scores(matcher.without_name(normalise(t).replace(" ", ""), number)) for t in group]
    sounds = {aspect: np.mean(scores, axis=0) for aspect, scores in heard.items()}
    names: dict[str, str] = {}
    for aspect, mean in sorted(sounds.items(), key=lambda pair: -float(pair[1].max())):
        if float(mean.max()) >= ALIKE:
            names.setdefault(model.labels[int(mean.argmax())], aspect)
    return {names.get(aspect, aspect): tuple(group) for aspect, group in ours.items()}


class Evaluation:
    """Asks everything in a folder and counts."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        knowledge = folder.knowledge()
        start = time.perf_counter()
        self.engine = Understanding(knowledge)
        self.load_s = time.perf_counter() - start
        self.entries = len(folder.ids)
        self.times: list[float] = []
        self.errors: list[tuple[str, str, str]] = []

    def report(self) -> dict[str, Any]:
        """Return the figures under the keys the README explains."""
        queries, oos = self.folder.rows("queries"), self.folder.rows("oos")
        marks = [self._mark(row) for row in queries]
        figures: dict[str, Any] = {"entries": self.entries, "queries": len(queries), **shares(marks)}
        natural = [mark for mark, row in zip(marks, queries, strict=True) if row.get("kind") == "natural"]
        if natural:
            figures["natural"] = shares(natural)
        if oos:
            figures["oos"] = self._answered(oos)
        if multi := self.folder.rows("multi"):
            figures["multi_both_right"] = round(float(np.mean([self._both(row) for row in multi])), 4)
        if complaints := self.folder.rows("complaint"):
            figures["complaint"] = self._complaints(complaints)
        if self.times:
            p50, p99 = np.percentile(np.array(self.times) * 1e3, [50, 99])
            figures["latency_ms"] = {"p50": round(float(p50), 3), "p99": round(float(p99), 3)}
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return figures | {"load_s": round(self.load_s, 3), "memory_mb": round(memory, 1)}

    def _ask(self, text: str) -> Any:
        start = time.perf_counter()
        outcome = self.engine.understand(text, CONTEXT)
        self.times.append(time.perf_counter() - start)
        return outcome

    def _mark(self, row: Mapping[str, Any]) -> dict[str, bool]:
        """Judge one question: top1 and top3 by the ranking alone, the rest as the product would behave."""
        text, gold = self.folder.asked(row), {row["gold_id"], *row.get("lenient_ids", ())}
        outcome = self._ask(text)
        ranked = [self.folder.ids[found.id] for found in self.engine.explain(text, CONTEXT).candidates]
        given = self.folder.ids[outcome.entry_id] if isinstance(outcome, Answer) else ""
        offered = {self.folder.ids[c.id] for c in outcome.options} if isinstance(outcome, Choices) else set()
        mark = {
            "top1": bool(ranked[:1]) and ranked[0] in gold,
            "top3": bool(gold & set(ranked[:3])),
            "right": given in gold,
            "choices": bool(gold & offered),
            "wrong": bool(given) and given not in gold,
        }
        if not mark["right"] and not mark["choices"]:
            kind = outcome.name if isinstance(outcome, Intent) else type(outcome).__name__
            self.errors.append((text, kind, given or (ranked[0] if ranked else "")))
        return mark | {"unknown": not given and not mark["choices"]}

    def _answered(self, oos: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        asked, answered = Counter[str](), Counter[str]()
        for row in oos:
            kind = str(row["kind"]).removeprefix("oos_")
            asked[kind] += 1
            answered[kind] += isinstance(self._ask(self.folder.asked(row)), Answer)
        return {kind: round(answered[kind] / asked[kind], 4) for kind in sorted(asked)}

    def _both(self, row: Mapping[str, Any]) -> bool:
        outcome = self._ask(self.folder.asked(row))
        if not isinstance(outcome, Answer):
            return False
        given = {self.folder.ids[each.entry_id] for each in (outcome, *outcome.more)}
        return given == set(row["gold_ids"])

    def _complaints(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
        hits = found = there = 0
        for row in rows:
            outcome = self._ask(row["text"])
            says = isinstance(outcome, Intent) and outcome.name in ("complaint.file", "urge")
            meant = row["label"] in TROUBLE
            hits, found, there = hits + (says and meant), found + says, there + meant
        return {"precision": round(hits / max(found, 1), 4), "recall": round(hits / max(there, 1), 4)}


def shares(marks: Sequence[Mapping[str, bool]]) -> dict[str, float]:
    """Return the share of the questions that each mark is true of."""
    names = ("top1", "top3", "right", "choices", "wrong", "unknown")
    return {name: round(float(np.mean([mark[name] for mark in marks])), 4) if marks else 0.0 for name in names}


def lines(figures: Mapping[str, Any], indent: str = "") -> Iterable[str]:
    """Give the figures as lines to read."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from lines(value, indent + "  ")
        else:
            yield f"{indent}{name:20s} {value}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one folder and print the figures."""
    parser = argparse.ArgumentParser(description="Measure understanding on a folder of questions.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--traditional", action="store_true", help="ask in traditional characters where there are any")
    parser.add_argument("--errors", type=int, default=0, help="also print this many questions that went wrong")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        print(f"{options.folder} is not a folder", file=sys.stderr)
        return 2
    evaluation = Evaluation(Folder(options.folder, options.traditional))
    figures = evaluation.report()
    print(json.dumps(figures, ensure_ascii=False) if options.json else "\n".join(lines(figures)))
    for error in evaluation.errors[: options.errors]:
        print(*error, sep="\t", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
