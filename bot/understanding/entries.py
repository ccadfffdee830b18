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
from .normal import LONGEST, normalise
from .pack import Entry
from .pinyin import sounds
from .synonyms import FRAME, canonical, concepts, kinds
from .weights import ENTRY_NAMES, ENTRY_WEIGHTS

ANSWER_LONGEST = 4 * LONGEST
_GROUP = "&"
"""Stands before the sign of a group of like meaning; no normalised text has it."""


class EntryScores(NamedTuple):
    """The best rows for a question: their entries, features (rows x features) and scores, best first.

    `unseen` is the share of the question's topic that no wording of the pack has; `wording` the best row's text.
    """

    entries: Ints
    features: NDArray[np.float32]
    scores: Floats
    unseen: float
    wording: str = ""


class Asked(NamedTuple):
    """A question prepared for comparison: `*_marks` weigh the tokens it has, `all_*` is its whole weight."""

    text: str
    plain: str
    known: list[int]
    plain_marks: Floats
    topic_marks: Floats
    group_marks: Floats
    all_plain: float
    all_topic: float
    all_groups: float
    unseen: float


class EntryMatcher:
    """Compares a question with every wording through an index, then closely with the best few."""

    ROWS = 20

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts = ((i, normalise(t).replace(" ", "")) for i, e in enumerate(entries) for t in (e.question, *e.variants))
        found = [(i, text) for i, text in texts if text]
        self.owners: Ints = np.array([owner for owner, _ in found], dtype=np.int32)
        self._hidden: NDArray[np.bool_] | None = None
        self._count = len(entries)
        self._texts = [text for _, text in found]
        self._canonical = [canonical(text) for text in self._texts]
        self._sounds = [sounds(text) for text in self._texts]
        self._kinds = np.array([kinds(text) for text in self._texts], dtype=np.int64)
        self._lengths = np.array([len(text) for text in self._canonical], dtype=np.float32)
        self._index = Index([grams(text, 3) for text in self._texts])
        self._unseen = float(np.log((1 + len(found)) / 0.5))
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
        rarity = self._rarity(rows, len(self._vocabulary))
        self._plain_weight = rarity * self._vocabulary.masks(lambda gram: len(gram) < 3 and gram[0] != _GROUP)
        self._topic_weight = rarity * self._vocabulary.masks(lambda gram: gram[0] != _GROUP and _is_topic(gram))
        self._group_weight = rarity * self._vocabulary.masks(lambda gram: gram[0] == _GROUP)
        self._bags = Bags([*rows, *owned, *whole])
        self._row_plain = self._bags.totals(self._plain_weight) + 1e-6
        self._row_topic = self._bags.totals(self._topic_weight) + 1e-6
        self._row_groups = self._bags.totals(self._group_weight) + 1.0
        self._by_token = Index(whole)

    def _rarity(self, rows: Sequence[Sequence[int]], size: int) -> Floats:
        """Return the inverse document frequency among the wordings; what only answers have counts as unseen."""
        flat = np.fromiter((number for row in rows for number in row), np.int64)
        return np.log((1 + len(rows)) / (0.5 + np.bincount(flat, minlength=size))).astype(np.float32)

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
        joint = cosines + self._by_token.search(asked.known).take(self.owners)
        rows = self._best(joint)
        features = self._features(asked, rows, cosines)
        scores = features @ ENTRY_WEIGHTS
        order = (-scores).argsort(kind="stable")
        wording = self._texts[rows[order[0]]]
        return EntryScores(self.owners[rows[order]], features[order], scores[order], asked.unseen, wording)

    def _asked(self, text: str) -> Asked:
        """Work out everything about a question that does not depend on a row."""
        plain = canonical(text)
        tokens = dict.fromkeys(grams(plain, 3))
        numbers = self._vocabulary.numbers(tokens)
        known = [number for number in numbers if number >= 0]
        fresh = [token for token, number in zip(tokens, numbers, strict=True) if number < 0]
        fresh_topic = self._unseen * sum(map(_is_topic, fresh))
        groups = _groups(text)
        meant = self._vocabulary.known(groups)
        plain_marks, all_plain = _marks(self._plain_weight, known)
        topic_marks, all_topic = _marks(self._topic_weight, known)
        group_marks, all_groups = _marks(self._group_weight, meant)
        all_topic += fresh_topic + 1e-6
        return Asked(
            text=text,
            plain=plain,
            known=known,
            plain_marks=plain_marks,
            topic_marks=topic_marks,
            group_marks=group_marks,
            all_plain=all_plain + self._unseen * sum(len(token) < 3 for token in fresh) + 1e-6,
            all_topic=all_topic,
            all_groups=all_groups + self._unseen * (len(groups) - len(meant)) + 1.0,
            unseen=fresh_topic / all_topic,
        )

    def _common(self, asked: Asked, rows: NDArray[np.intp]) -> tuple[list[Floats], list[Floats], Floats]:
        """Return what of the question each row has, what each row's entry has in all its wordings, and with its answer.

        The first two hold three weights (plain, topic, groups), the last the topic alone. An entry is counted once.
        """
        owners = self.owners.take(rows).tolist()
        different = {owner: place for place, owner in enumerate(dict.fromkeys(owners))}
        size, texts, entries = len(rows), len(self._texts), len(different)
        bags = [*rows.tolist(), *(texts + owner for owner in different)]
        bags += [texts + self._count + owner for owner in different]
        common = self._bags.overlap(bags, asked.plain_marks, asked.topic_marks, asked.group_marks)
        places = np.array([size + different[owner] for owner in owners])
        whole = common[1].take(places + entries)
        return [each[:size] for each in common], [each.take(places) for each in common], whole

    def _features(self, asked: Asked, rows: NDArray[np.intp], cosines: Floats) -> NDArray[np.float32]:
        (row_plain, row_topic, row_groups), (owned_plain, owned_topic, owned_groups), whole = self._common(asked, rows)
        length, lengths = len(asked.plain), self._lengths[rows]
        ratio = _ratios(asked.text, self._texts, rows)
        columns = {
            "cosine": cosines[rows],
            "ratio": ratio,
            "ratio_canonical": _ratios(asked.plain, self._canonical, rows),
            "sound_gain": np.maximum(_ratios(sounds(asked.text), self._sounds, rows) - ratio, 0.0),
            "recall": owned_plain / asked.all_plain,
            "precision": row_plain / self._row_plain[rows],
            "topic_precision": row_topic / self._row_topic[rows],
            "topic_recall": owned_topic / asked.all_topic,
            "answer_recall": whole / asked.all_topic,
            "concept_recall": owned_groups / asked.all_groups,
            "concept_precision": row_groups / self._row_groups[rows],
            "length": np.minimum(length, lengths) / np.maximum(length, lengths),
            "kind": _agreement(kinds(asked.text), self._kinds[rows]),
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


def _marks(weights: Floats, known: list[int]) -> tuple[Floats, float]:
    """Return the weights of the known tokens, all others zero, and their sum."""
    marks = np.zeros(len(weights), np.float32)
    if not known:
        return marks, 0.0
    marks[known] = chosen = weights.take(known)
    return marks, float(chosen.sum())


def _ratios(text: str, texts: Sequence[str], rows: NDArray[np.intp]) -> Floats:
    found = process.cdist([text], [texts[row] for row in rows.tolist()], scorer=fuzz.ratio)[0]
    return np.asarray(found / 100, dtype=np.float32)


def _agreement(asked: int, kinds_of_rows: NDArray[np.int64]) -> Floats:
    """Return the Jaccard overlap of the kinds of question, given as bits."""
    both = np.bitwise_count(kinds_of_rows & asked)
    either = np.bitwise_count(kinds_of_rows | asked)
    return np.asarray(both / np.maximum(either, 1), dtype=np.float32)
