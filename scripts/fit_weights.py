"""Fit the weights of entries in `bot/understanding/weights.py` on questions people asked, and print the tables.

Each folder has the form `scripts.evaluate` reads; a pack's own sets (`tests/data`) are given with --pack. The ranking
weights make the right candidate of a question the likeliest (a softmax over its candidates); the two `Sure` tables are
logistics on whether the best candidate, or one of the best three, is right. All folders weigh alike, own packs less.
Beside the fit it prints the share of right first candidates on parts and on sources left out of the fit, which tells
how far the figures can be trusted.

usage: python -m scripts.fit_weights FOLDER... [--pack telecom]...
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.pack import Entry, load_knowledge
from bot.understanding.candidates import SOFTNESS, by_entry, entry_figures, shares_of
from bot.understanding.entries import EntryMatcher
from bot.understanding.normalisation import normalise
from bot.understanding.synonyms import kind_bits
from bot.understanding.threshold_calibration import foreign_questions
from bot.understanding.weights import ENTRY_ANSWER, ENTRY_CHOICES, ENTRY_NAMES, ENTRY_WEIGHTS, KIND_MISSING
from scripts.evaluate import Folder
from scripts.measure_pack import UNKNOWN, outside, questions

ROOT = Path(__file__).resolve().parents[1]
KINDS = len(KIND_MISSING)
KIND = ENTRY_NAMES.index("kind")
FOLDS = 5
STEPS = 250
RATE = 0.05
RIDGE = 15.0
"""Pull of the ranking weights towards zero, in questions."""

SURE_RIDGE = 3.0
OWN = 0.5
"""Weight of a pack's own sets beside a folder's."""

OUTSIDE = 0.25
"""Weight of what a pack has no answer to, as a whole, beside what it has one to."""

QUESTIONS = 700
"""Questions a folder counts for, however many it has."""

ASKING = ("question", "complaint.file", "urge")
"""Intents whose utterances may well be answered by an entry."""

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """One question and the ids of the entries that are right, none where there is no answer."""

    text: str
    gold: frozenset[str]


@dataclass(frozen=True)
class Source:
    """The entries of a folder or pack and what was asked.

    `weight` is that of one question with an answer here, `outside` that of one without.
    """

    name: str
    entries: Sequence[Entry]
    asked: Sequence[Asked]
    weight: float
    outside: float

    def weights(self) -> list[float]:
        """Return the weight of every question."""
        return [self.weight if each.gold else self.outside for each in self.asked]


@dataclass(frozen=True)
class Rows:
    """Candidates of many questions: questions x candidates (x features); `there` tells which of them there are.

    `owners` numbers the entries the rows belong to within a question; `weights` are the questions'.
    """

    features: Matrix
    there: Flags
    right: Flags
    owners: NDArray[np.int64]
    weights: Matrix

    def part(self, chosen: Flags) -> Rows:
        """Return some of the questions."""
        features, there, right = self.features[chosen], self.there[chosen], self.right[chosen]
        return Rows(features, there, right, self.owners[chosen], self.weights[chosen])


def folder_source(path: Path) -> Source:
    """Read a folder whose rows are entries."""
    folder = Folder(path)
    entries = folder.knowledge().entries
    asked = [
        Asked(row["query"], frozenset({row["gold_id"], *row.get("lenient_ids", ())})) for row in folder.rows("queries")
    ]
    others = [Asked(row["query"], frozenset()) for row in folder.rows("oos")]
    weight = QUESTIONS / max(len(asked), 1)
    return Source(path.name, entries, [*asked, *others], weight, weight)


def pack_source(pack: str) -> Source:
    """Read a pack and its own sets, without what products answer; what is said for other ends has no answer here."""
    knowledge = load_knowledge(ROOT / "knowledge", pack)
    ids, data = {entry.id for entry in knowledge.entries}, ROOT / "tests" / "data"
    found = [*questions(data / f"{pack}_heldout.yaml"), *questions(data / f"{pack}_asked.yaml")]
    asked = [Asked(each.text, each.gold & ids) for each in found if each.gold & ids or each.gold == {UNKNOWN}]
    texts = [text for group in outside(data / f"{pack}_heldout.yaml").values() for text in group]
    texts += foreign_questions(knowledge)
    texts += [text for intent, group in knowledge.intents.items() if intent not in ASKING for text in group]
    without = [Asked(text, frozenset()) for text in texts]
    weight = OWN * QUESTIONS / len(asked)
    return Source(pack, knowledge.entries, [*asked, *without], weight, OUTSIDE * OWN * QUESTIONS / len(without))


def candidates(source: Source, matcher: EntryMatcher) -> Rows:
    """Return the rows the matcher looks at, each kind of question as two features of its own."""
    found = [(each, matcher.score(_bare(each.text))) for each in source.asked]
    most, width = EntryMatcher.ROWS, len(ENTRY_NAMES) + 2 * KINDS
    features = np.zeros((len(found), most, width))
    right, owners = np.zeros((len(found), most), bool), np.full((len(found), most), -1)
    for number, (each, scores) in enumerate(found):
        size = len(scores.entries)
        features[number, :size] = np.hstack([scores.features, _kinds(each.text, matcher, scores.rows.tolist())])
        right[number, :size] = [source.entries[owner].id in each.gold for owner in scores.entries]
        owners[number, :size] = np.unique(scores.entries, return_inverse=True)[1]
    features[:, :, KIND] = 0
    return Rows(features, owners >= 0, right, owners, np.array(source.weights()))


def _bare(text: str) -> str:
    return normalise(text).replace(" ", "")


def _kinds(text: str, matcher: EntryMatcher, rows: Sequence[int]) -> Matrix:
    """Return rows x (kinds asked and missing, kinds not asked and there)."""
    asked = np.array(kind_bits(_bare(text)))
    there = np.array([kind_bits(matcher.wording(row)) for row in rows]).reshape(len(rows), KINDS)
    return np.hstack([asked * (1 - there), (1 - asked) * there])


def entry_scores(rows: Rows, weights: Matrix) -> tuple[Matrix, Matrix]:
    """Return the entries' scores (questions x entries) and how much each row counts in its entry's."""
    scores = np.where(rows.there, rows.features @ weights, -np.inf)
    top = scores.max(1, keepdims=True, initial=-1e9)
    powers = np.exp(SOFTNESS * (scores - top))
    sums = np.zeros_like(scores)
    place = (np.arange(len(scores))[:, None], np.maximum(rows.owners, 0))
    np.add.at(sums, place, powers)
    with np.errstate(divide="ignore"):
        return np.log(sums) / SOFTNESS + top, powers / np.maximum(sums[place], 1e-30)


def right_entries(rows: Rows) -> Flags:
    """Return which entries are right (questions x entries)."""
    found = np.zeros(rows.right.shape, bool)
    np.logical_or.at(found, (np.arange(len(found))[:, None], np.maximum(rows.owners, 0)), rows.right)
    return found


def ranking(rows: Rows) -> Matrix:
    """Fit the ranking weights on the questions that have a right candidate."""
    rows = rows.part(np.asarray(rows.right.any(1)))
    spread = rows.features[rows.there].std(0) + 1e-3
    scaled = Rows(rows.features / spread, rows.there, rows.right, rows.owners, rows.weights)
    start = np.zeros(len(spread))
    start[: len(ENTRY_NAMES)] = ENTRY_WEIGHTS
    weights, first, second = start * spread, np.zeros(len(spread)), np.zeros(len(spread))
    for step in range(1, STEPS + 1):
        slope = _slope(scaled, weights) + RIDGE * weights / len(rows.weights)
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        rate = RATE if step < 0.7 * STEPS else RATE / 5
        weights = weights - rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return np.asarray(weights / spread)


def _slope(rows: Rows, weights: Matrix) -> Matrix:
    """Return the slope of the mean loss: how much likelier each row is than it should be, times its features."""
    scores, inner = entry_scores(rows, weights)
    powers = np.exp(scores - scores.max(1, keepdims=True))
    chances = powers / powers.sum(1, keepdims=True)
    hit = chances * right_entries(rows)
    error = (chances - hit / np.maximum(hit.sum(1, keepdims=True), 1e-12)) * rows.weights[:, None]
    of_rows = np.take_along_axis(error, np.maximum(rows.owners, 0), 1) * inner * rows.there
    return np.asarray(np.tensordot(of_rows, rows.features, ([0, 1], [0, 1])) / rows.weights.sum())


def top1(rows: Rows, weights: Matrix) -> Flags:
    """Return for each question whether the best entry is right."""
    scores, _ = entry_scores(rows, weights)
    return np.asarray(right_entries(rows)[np.arange(len(scores)), scores.argmax(1)])


def joined(parts: Sequence[Rows]) -> Rows:
    """Put the rows of several sources one after the other."""
    return Rows(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.there for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.owners for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def trust(sources: Sequence[Source], parts: Sequence[Rows]) -> Iterator[str]:
    """Give the share of right first candidates: fitted on all, on other parts, on other sources."""
    rows, number = joined(parts), np.repeat(np.arange(len(parts)), [len(part.weights) for part in parts])
    fold = np.random.default_rng(1).integers(0, FOLDS, len(number))
    has = np.concatenate([[bool(each.gold) for each in source.asked] for source in sources])
    whole, parted, apart = top1(rows, ranking(rows)), np.zeros(len(number), bool), np.zeros(len(number), bool)
    for each in range(FOLDS):
        parted[fold == each] = top1(rows.part(fold == each), ranking(rows.part(fold != each)))
    for each in range(len(parts)):
        apart[number == each] = top1(parts[each], ranking(rows.part(number != each)))
    for each, source in enumerate(sources):
        mine = (number == each) & has
        shares = [
            f"{name} {hits[mine].mean():.3f}" for name, hits in (("fit", whole), ("parts", parted), ("sources", apart))
        ]
        yield f"{source.name:16s} {int(mine.sum()):5d}  " + "  ".join(shares)


def sure_tables(sources: Sequence[Source], matchers: Sequence[EntryMatcher]) -> Iterator[str]:
    """Give the two logistics, fitted with the ranking weights that are in the program now."""
    figures: list[Mapping[str, float]] = []
    first: list[bool] = []
    three: list[bool] = []
    weights: list[float] = []
    for source, matcher in zip(sources, matchers, strict=True):
        for each in source.asked:
            found = matcher.score(_bare(each.text))
            owners, rows, scores = by_entry(found)
            figures.append(entry_figures(found, rows, scores, shares_of(scores)))
            ids = [source.entries[owner].id for owner in owners[:3]]
            first.append(ids[0] in each.gold)
            three.append(bool(each.gold & set(ids)))
        weights += source.weights()
    for name, now, truth in (("ENTRY_ANSWER", ENTRY_ANSWER, first), ("ENTRY_CHOICES", ENTRY_CHOICES, three)):
        names = tuple(now.weights)
        matrix = np.array([[1.0, *[row[key] for key in names]] for row in figures])
        bias, *fitted = logistic(matrix, np.array(truth, float), np.array(weights))
        yield f"{name} = Sure(\n    {bias:.2f},\n    {{"
        yield from (f'        "{key}": {weight:.2f},' for key, weight in zip(names, fitted, strict=True))
        yield "    },\n)"


def logistic(matrix: Matrix, truth: Matrix, weights: Matrix) -> Matrix:
    """Fit a logistic by Newton's steps; the first column is the bias and is not pulled to zero."""
    spread = matrix.std(0) + 1e-9
    spread[0] = 1.0
    scaled, fitted = matrix / spread, np.zeros(matrix.shape[1])
    ridge = np.diag([1e-6] + [SURE_RIDGE] * (matrix.shape[1] - 1))
    for _ in range(30):
        chance = 1 / (1 + np.exp(-scaled @ fitted))
        slope = scaled.T @ (weights * (chance - truth)) + ridge @ fitted
        bend = (scaled * (weights * chance * (1 - chance))[:, None]).T @ scaled + ridge
        fitted = fitted - np.linalg.solve(bend, slope)
    return np.asarray(fitted / spread)


def ranking_table(weights: Matrix) -> Iterator[str]:
    """Give the ranking weights; what a kind of question weighs is in its own two tables."""
    plain, kinds = weights[: len(ENTRY_NAMES)].copy(), weights[len(ENTRY_NAMES) :]
    plain[KIND] = 1.0
    tables = {"ENTRY_WEIGHTS": plain, "KIND_MISSING": kinds[:KINDS], "KIND_EXTRA": kinds[KINDS:]}
    for name, table in tables.items():
        yield f"{name} = np.array([{', '.join(f'{weight:.1f}' for weight in table)}], dtype=np.float32)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and print; the ranking first, as the other tables are fitted with the ranking that is in the program."""
    parser = argparse.ArgumentParser(description="Fit the weights of entries on questions people asked.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--pack", action="append", default=[], help="also a pack's own sets; may be given again")
    parser.add_argument("--sure", action="store_true", help="fit the two logistics instead of the ranking")
    options = parser.parse_args(arguments)
    sources = [*map(folder_source, options.folders), *map(pack_source, options.pack)]
    matchers = [EntryMatcher(source.entries) for source in sources]
    if options.sure:
        print(*sure_tables(sources, matchers), sep="\n")
        return 0
    parts = [candidates(source, matcher) for source, matcher in zip(sources, matchers, strict=True)]
    print(*ranking_table(ranking(joined(parts))), sep="\n", flush=True)
    print(*trust(sources, parts), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
