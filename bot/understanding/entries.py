"""Find the entries that may answer a question and score them."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from .bags import Bags
from .grams import Floats, Index, Ints, Vocabulary, best, grams
from .likeness import Likeness
from .normal import LONGEST, normalise
from .pack import Entry
from .pinyin import sounds
from .synonyms import FRAME, canonical, concepts, kind_bits
from .weights import ENTRY_NAMES, ENTRY_WEIGHTS, KIND_EXTRA, KIND_MISSING

ANSWER_LONGEST = 4 * LONGEST
_GROUP = "&"
"""Stands before the sign of a group of like meaning; no normalised text has it."""

_SMALL = np.array([1e-6, 1e-6, 1e-6, 1e-6, 1.0], np.float32)
"""Added to whole weights, so that nothing is divided by zero and a single group does not tell all."""


class EntryScores(NamedTuple):
    """The best rows for a question: their entries, features (rows x features) and scores, best first.

    `unseen` is the share of the question's topic that no wording of the pack has; `wording` the best row's text; `rows`
    the numbers of the rows.
    """

    entries: Ints
    features: NDArray[np.float32]
    scores: Floats
    unseen: float
    wording: str = ""
    rows: NDArray[np.intp] = np.zeros(0, np.intp)


class Asked(NamedTuple):
    """A question prepared for comparison: its known tokens, the grams first, with their weights and whole weight.

    The weights have the columns named below; `whole` counts what is not known too.
    """

    text: str
    plain: str
    grams: list[int]
    known: list[int]
    weights: Floats
    whole: Floats
    unseen: float


_PLAIN, _TOPIC, _TRIPLE, _REPLY, _MEANT = range(5)
"""Columns of the weights: grams of up to two characters, of the topic, of three characters, of answers; groups."""


class EntryMatcher:
    """Compares a question with every wording through an index, then closely with the best few."""

    ROWS = 24

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts = ((i, normalise(t).replace(" ", "")) for i, e in enumerate(entries) for t in (e.question, *e.variants))
        found = [(i, text) for i, text in texts if text]
        self.owners: Ints = np.array([owner for owner, _ in found], dtype=np.int32)
        self._hidden: NDArray[np.bool_] | None = None
        self._count = len(entries)
        self._texts = [text for _, text in found]
        self._canonical = [canonical(text) for text in self._texts]
        self._sounds = [sounds(text) for text in self._texts]
        self._kinds = np.array([kind_bits(text) for text in self._texts], dtype=np.float32)
        self._lengths = np.array([len(text) for text in self._canonical], dtype=np.float32)
        self._titles = np.diff(self.owners, prepend=-1).astype(bool).astype(np.float32)
        self._index = Index([grams(text, 3) for text in self._texts])
        self._unseen = float(np.log((1 + len(found)) / 0.5))
        self._unseen_reply = float(np.log((1 + len(entries)) / 0.5))
        self._likeness = Likeness(self._texts, self.owners, len(entries))
        self._learn_tokens([_long(entry.answer) for entry in entries])

    def _learn_tokens(self, answers: Sequence[str]) -> None:
        """Number the canonical grams and the groups of like meaning, weigh them by rarity, lay out rows and entries."""
        self._vocabulary = Vocabulary()
        rows = [self._vocabulary.learn(dict.fromkeys(grams(text, 3))) for text in self._canonical]
        owned = self._of_entries(rows)
        replies = [self._vocabulary.learn(dict.fromkeys(grams(canonical(text), 3))) for text in answers]
        whole = [list(dict.fromkeys([*own, *reply])) for own, reply in zip(owned, replies, strict=True)]
        meant = [self._vocabulary.learn(_groups(text)) for text in self._texts]
        rows = [[*row, *groups] for row, groups in zip(rows, meant, strict=True)]
        owned = [[*own, *groups] for own, groups in zip(owned, self._of_entries(meant), strict=True)]
        self._weights = self._weigh(self._rarity(rows), self._rarity(whole))
        self._bags = Bags([*rows, *owned, *whole])
        totals = [self._bags.totals(column) for column in self._weights.T]
        self._totals = np.stack(totals, 1)[: len(rows)] + _SMALL
        self._by_token = Index(whole)

    def _weigh(self, rarity: Floats, in_entries: Floats) -> Floats:
        """Return the weights of every token (tokens x columns)."""
        group = self._vocabulary.masks(lambda gram: gram[0] == _GROUP)
        triple = self._vocabulary.masks(lambda gram: len(gram) == 3 and gram[0] != _GROUP)
        topic = self._vocabulary.masks(lambda gram: gram[0] != _GROUP and _is_topic(gram))
        short = 1 - group - triple
        columns = [rarity * short, rarity * topic, rarity * triple, in_entries * short * topic, rarity * group]
        return np.stack(columns, 1).astype(np.float32)

    def _rarity(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Return the inverse document frequency of every token; what no row has counts as unseen."""
        flat = np.fromiter((number for row in rows for number in row), np.int64)
        count = np.bincount(flat, minlength=len(self._vocabulary))
        return np.log((1 + len(rows)) / (0.5 + count)).astype(np.float32)

    def _of_entries(self, rows: Sequence[Sequence[int]]) -> list[list[int]]:
        """Gather the rows of each entry into one."""
        owned: list[dict[int, None]] = [{} for _ in range(self._count)]
        for owner, row in zip(self.owners.tolist(), rows, strict=True):
            owned[owner].update(dict.fromkeys(row))
        return [list(each) for each in owned]

    def hiding(self, entries: Sequence[int]) -> EntryMatcher:
        """Return the same index with some entries out of sight besides those that are; it shares all but a mask."""
        hidden = np.isin(self.owners, entries)
        if self._hidden is not None:
            hidden |= self._hidden
        if hidden.all():
            return EntryMatcher(())
        view = copy(self)
        view._hidden = hidden
        return view

    def _best(self, scores: Floats) -> NDArray[np.intp]:
        """Return the places of the best rows in sight."""
        if self._hidden is None:
            return best(scores, self.ROWS)
        rows = best(np.where(self._hidden, np.float32(-1), scores), self.ROWS)
        return rows[~self._hidden[rows]]

    def score(self, text: str) -> EntryScores:
        """Return the best rows for a normalised question without spaces."""
        if not self._texts:
            nothing = np.zeros(0, np.float32)
            return EntryScores(np.zeros(0, np.int32), np.zeros((0, len(ENTRY_NAMES)), np.float32), nothing, 1.0)
        asked = self._asked(text)
        cosines = self._index.search(grams(text, 3))
        joint = cosines + self._by_token.search(asked.grams).take(self.owners)
        rows = self._best(joint)
        features = self._features(asked, rows, cosines)
        scores = features @ ENTRY_WEIGHTS
        order = (-scores).argsort(kind="stable")
        wording = self._texts[rows[order[0]]]
        return EntryScores(self.owners[rows[order]], features[order], scores[order], asked.unseen, wording, rows[order])

    def wording(self, row: int) -> str:
        """Return the text of a row."""
        return self._texts[row]

    def _asked(self, text: str) -> Asked:
        """Work out everything about a question that does not depend on a row."""
        plain = canonical(text)
        tokens = dict.fromkeys(grams(plain, 3))
        numbers = self._vocabulary.numbers(tokens)
        found = [number for number in numbers if number >= 0]
        groups = _groups(text)
        meant = self._vocabulary.known(groups)
        known = found + meant
        weights = self._weights.take(np.array(known, np.intp), 0)
        fresh = self._fresh([token for token, number in zip(tokens, numbers, strict=True) if number < 0])
        fresh[_MEANT] = self._unseen * (len(groups) - len(meant))
        whole = np.add.reduce(weights, 0) + fresh + _SMALL
        return Asked(text, plain, found, known, weights, whole, float(fresh[_TOPIC] / whole[_TOPIC]))

    def _fresh(self, tokens: Sequence[str]) -> Floats:
        """Return what the tokens weigh that are in no wording and no answer."""
        short = [token for token in tokens if len(token) < 3]
        topical = sum(map(_is_topic, short))
        topic = topical + sum([_is_topic(token) for token in tokens if len(token) == 3])
        counts = (len(short), topic, len(tokens) - len(short), 0, 0)
        found = np.array(counts, np.float32) * np.float32(self._unseen)
        found[_REPLY] = self._unseen_reply * topical
        return found

    def _common(self, asked: Asked, rows: Sequence[int], owners: Sequence[int]) -> tuple[Floats, Floats, Floats]:
        """Return what of the question each row has, what each row's entry has in all its wordings, and with its answer.

        Each is rows x columns of weights. An entry is counted once.
        """
        different = {owner: place for place, owner in enumerate(dict.fromkeys(owners))}
        size, texts, entries = len(rows), len(self._texts), len(different)
        bags = [*rows, *(texts + owner for owner in different)]
        bags += [texts + self._count + owner for owner in different]
        common = self._bags.sums(bags, asked.known, asked.weights, len(self._vocabulary))
        places = np.array([size + different[owner] for owner in owners])
        return common[:size], common.take(places, 0), common.take(places + entries, 0)

    def _features(self, asked: Asked, rows: NDArray[np.intp], cosines: Floats) -> NDArray[np.float32]:
        owners, places = self.owners.take(rows).tolist(), rows.tolist()
        row, owned, whole = self._common(asked, places, owners)
        recall, precision = (row / asked.whole).T, (row / self._totals.take(rows, 0)).T
        owned_recall, whole_recall = (owned / asked.whole).T, (whole / asked.whole).T
        length, lengths = len(asked.plain), self._lengths[rows]
        ratio = _ratios(asked.text, self._texts, rows)
        alike = self._likeness.score(asked.text, places, owners)
        columns = {
            "cosine": cosines[rows],
            "ratio": ratio,
            "ratio_canonical": _ratios(asked.plain, self._canonical, rows),
            "sound_gain": np.maximum(_ratios(sounds(asked.text), self._sounds, rows) - ratio, 0.0),
            "recall": owned_recall[_PLAIN],
            "precision": precision[_PLAIN],
            "topic_precision": precision[_TOPIC],
            "topic_recall": owned_recall[_TOPIC],
            "answer_recall": whole_recall[_TOPIC],
            "answer_gain": whole_recall[_REPLY] - owned_recall[_REPLY],
            "triple_recall": recall[_TRIPLE],
            "triple_precision": precision[_TRIPLE],
            "concept_recall": owned_recall[_MEANT],
            "concept_precision": precision[_MEANT],
            "alike_recall": alike.recall,
            "alike_precision": alike.precision,
            "alike_entry": alike.entry_recall,
            "length": np.minimum(length, lengths) / np.maximum(length, lengths),
            "title": self._titles[rows],
            "kind": _mismatch(kind_bits(asked.text), self._kinds[rows]),
        }
        return np.array([columns[name] for name in ENTRY_NAMES], np.float32).T


def _long(text: str) -> str:
    """Normalise an answer in pieces, as `normalise` looks at the beginning only."""
    pieces = range(0, min(len(text), ANSWER_LONGEST), LONGEST)
    return "".join(normalise(text[i : i + LONGEST]) for i in pieces).replace(" ", "")


def _is_topic(gram: str) -> bool:
    return FRAME.isdisjoint(gram)


def _groups(text: str) -> list[str]:
    """Return the groups of like meaning a text speaks of, written so that none is taken for a gram."""
    return [_GROUP + sign for sign in sorted(concepts(text))]


def _ratios(text: str, texts: Sequence[str], rows: NDArray[np.intp]) -> Floats:
    found = process.cdist([text], [texts[row] for row in rows.tolist()], scorer=fuzz.ratio)[0]
    return np.asarray(found / 100, dtype=np.float32)


def _mismatch(asked: Sequence[int], rows: Floats) -> Floats:
    """Return how much it tells that a kind of question is asked and not in the row, or in the row and not asked."""
    bits = np.array(asked, np.float32)
    missing = KIND_MISSING * bits
    return np.asarray(np.add.reduce(missing) + rows @ (KIND_EXTRA * (1 - bits) - missing), np.float32)
