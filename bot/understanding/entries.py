"""Find the entries that may answer a question and score them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.knowledge.pack import Entry
from bot.understanding.entry_forms import Wordings, all_wordings
from bot.understanding.ngrams import BITS, SHORT, Floats, Ints, Keys, Places, Vocabulary, keys, keys_of, keys_once
from bot.understanding.pinyin import sounds
from bot.understanding.postings import Index, Postings
from bot.understanding.synonyms import FRAME, bits, canonical, concepts, kinds
from bot.understanding.token_bags import Holdings, Pairs, once
from bot.understanding.top_k import best
from bot.understanding.weights import ENTRY_NAMES, ENTRY_WEIGHTS, KIND_EXTRA, KIND_MISSING
from bot.understanding.word_vectors import Likeness

_GROUP = ord("&") << BITS
"""Makes a key of the sign of a group of like meaning; no normalised text has the character."""

_FRAME = np.zeros(1 << BITS, np.bool_)
_FRAME[list(map(ord, FRAME))] = True

_SMALL = np.array([1e-6, 1e-6, 1e-6, 1e-6, 1.0], np.float32)
"""Added to whole weights, so that nothing is divided by zero and a single group does not tell all."""


class EntryScores(NamedTuple):
    """The best rows for a question: their entries, features (rows x features) and scores, best first.

    `unseen` is the share of the question's topic that no wording of the pack has; `wording` the best row's text; `rows`
    the numbers of the rows.
    """

    entries: Places
    features: NDArray[np.float32]
    scores: Floats
    unseen: float
    wording: str = ""
    rows: Places = np.zeros(0, np.intp)


class Asked(NamedTuple):
    """A question prepared for comparison: its known tokens, the grams first, with their weights and whole weight.

    The weights have the columns named below; `whole` counts what is not known too.
    """

    text: str
    plain: str
    grams: Places
    known: Places
    weights: Floats
    whole: Floats
    unseen: float


_PLAIN, _TOPIC, _TRIPLE, _REPLY, _MEANT = range(5)
"""Columns of the weights: grams of up to two characters, of the topic, of three characters, of answers; groups."""


class EntryMatcher:
    """Compares a question with every wording through an index, then closely with the best few."""

    ROWS = 24

    def __init__(self, entries: Sequence[Entry], before: EntryMatcher | None = None) -> None:
        """Index the entries; what was worked out `before` of those that are still there is not worked out again."""
        self._wordings: dict[Entry, Wordings] = all_wordings(entries, before._wordings if before else {})
        every = [self._wordings[entry] for entry in entries]
        self.owners: Places = np.arange(len(every)).repeat([len(each.texts) for each in every])
        self._hidden: NDArray[np.bool_] | None = None
        self._count = len(entries)
        self._texts = [text for each in every for text in each.texts]
        self._canonical = [text for each in every for text in each.canonical]
        self._sounds = [text for each in every for text in each.sounds]
        kinds = np.array([kind for each in every for kind in each.kinds], np.int64)
        self._kinds = (kinds[:, None] >> np.arange(len(KIND_EXTRA)) & 1).astype(np.float32)
        self._lengths = np.array([len(text) for text in self._canonical], dtype=np.float32)
        self._titles = np.diff(self.owners, prepend=-1).astype(bool).astype(np.float32)
        self._index = Index(*keys_of(self._texts), len(self._texts))
        self._unseen = float(np.log((1 + len(self._texts)) / 0.5))
        self._unseen_reply = float(np.log((1 + len(entries)) / 0.5))
        self._likeness = Likeness([words for each in every for words in each.words], self.owners, len(entries))
        self._learn_tokens([signs for each in every for signs in each.groups], [each.answer for each in every])

    def _learn_tokens(self, groups: Sequence[str], answers: Sequence[str]) -> None:
        """Number the canonical grams and the groups of like meaning, weigh them by rarity, lay out rows and entries."""
        signs, signed = keys_of(groups, 1)
        found = [keys_of(self._canonical), (signs + _GROUP, signed), keys_of(answers)]
        self._vocabulary = Vocabulary(np.concatenate([each for each, _ in found]))
        size, texts = len(self._vocabulary), len(self._texts)
        del signs, signed
        # A large pack's keys take much memory: each goes as soon as it is numbered.
        replies, meant, grams = (once(self._vocabulary.known(each), of, size) for each, of in _taken(found))
        rows = once(*_joined(grams, meant), size)
        del meant
        owned = once(rows[0], self.owners[rows[1]], size)
        whole = once(*_joined((grams[0], self.owners[grams[1]]), replies), size)
        self._weights = self._weigh(_rarity(rows, size, texts), _rarity(whole, size, self._count))
        self._bags = Holdings((rows, texts), (owned, self._count), (whole, self._count), size=size)
        self._totals = Holdings((rows, texts), size=size).totals(self._weights) + _SMALL
        self._by_token = Postings(*whole, size, self._count)

    def _weigh(self, rarity: Floats, in_entries: Floats) -> Floats:
        """Return the weights of every token (tokens x columns)."""
        found = self._vocabulary.keys()
        group = found >> BITS == _GROUP >> BITS
        short, topic = (found < SHORT) & ~group, _topical(found) & ~group
        triple = ~short & ~group
        columns = [rarity * short, rarity * topic, rarity * triple, in_entries * (short & topic), rarity * group]
        return np.stack(columns, 1).astype(np.float32)

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

    def _best(self, scores: Floats) -> Places:
        """Return the places of the best rows in sight."""
        if self._hidden is None:
            return best(scores, self.ROWS)
        rows = best(np.where(self._hidden, np.float32(-1), scores), self.ROWS)
        return rows[~self._hidden[rows]]

    def score(self, text: str) -> EntryScores:
        """Return the best rows for a normalised question without spaces."""
        if not self._texts:
            nothing = np.zeros(0, np.float32)
            return EntryScores(np.zeros(0, np.intp), np.zeros((0, len(ENTRY_NAMES)), np.float32), nothing, 1.0)
        asked = self._asked(text)
        cosines = self._index.find(keys(text))
        joint = cosines + self._by_token.search(asked.grams).take(self.owners)
        rows = self._best(joint)
        features = self._features(asked, rows, cosines)
        scores = features @ ENTRY_WEIGHTS
        order = (-scores).argsort(kind="stable")
        rows = rows.take(order)
        owners = self.owners.take(rows)
        wording = self._texts[rows[0]]
        return EntryScores(owners, features.take(order, 0), scores.take(order), asked.unseen, wording, rows)

    def wording(self, row: int) -> str:
        """Return the text of a row."""
        return self._texts[row]

    def _asked(self, text: str) -> Asked:
        """Work out everything about a question that does not depend on a row."""
        plain = canonical(text)
        every = keys_once(plain)
        grams, learnt = self._vocabulary.split(every)
        groups = np.array([_GROUP + ord(sign) for sign in sorted(concepts(text))], np.int64)
        meant = self._vocabulary.known(groups)
        known = np.concatenate((grams, meant))
        weights = self._weights.take(known, 0)
        fresh = self._fresh(every[~learnt])
        fresh[_MEANT] = self._unseen * (len(groups) - len(meant))
        whole = np.add.reduce(weights, 0) + fresh + _SMALL
        return Asked(text, plain, grams, known, weights, whole, float(fresh[_TOPIC] / whole[_TOPIC]))

    def _fresh(self, found: Keys) -> Floats:
        """Return what the grams weigh that are in no wording and no answer."""
        short, topical = found < SHORT, _topical(found)
        some = np.count_nonzero(short)
        counts = (some, np.count_nonzero(topical), len(found) - some, 0, 0)
        weights = np.array(counts, np.float32) * np.float32(self._unseen)
        weights[_REPLY] = self._unseen_reply * np.count_nonzero(short & topical)
        return weights

    def _common(self, asked: Asked, rows: Places, owners: Sequence[int]) -> tuple[Floats, Floats, Floats]:
        """Return what of the question each row has, what each row's entry has in all its wordings, and with its answer.

        Each is rows x columns of weights. An entry is counted once.
        """
        different = {owner: place for place, owner in enumerate(dict.fromkeys(owners))}
        size, texts, entries = len(rows), len(self._texts), np.array(list(different))
        bags = np.concatenate((rows, entries + texts, entries + (texts + self._count)))
        common = self._bags.overlap(bags, asked.known, asked.weights)
        places = np.array([size + different[owner] for owner in owners])
        return common[:size], common.take(places, 0), common.take(places + len(entries), 0)

    def _features(self, asked: Asked, rows: Places, cosines: Floats) -> NDArray[np.float32]:
        owners = self.owners.take(rows).tolist()
        row, owned, whole = self._common(asked, rows, owners)
        recall, precision = (row / asked.whole).T, (row / self._totals.take(rows, 0)).T
        owned_recall, whole_recall = (owned / asked.whole).T, (whole / asked.whole).T
        length, lengths = np.float32(len(asked.plain)), self._lengths.take(rows)
        ratio = _ratios(asked.text, self._texts, rows)
        alike = self._likeness.score(asked.text, rows, owners)
        columns = {
            "cosine": cosines.take(rows),
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
            "title": self._titles.take(rows),
            "kind": _mismatch(kinds(asked.text), self._kinds.take(rows, 0)),
        }
        return np.concatenate([columns[name] for name in ENTRY_NAMES]).reshape(len(columns), len(rows)).T


def _rarity(held: Pairs, size: int, rows: int) -> Floats:
    """Return the inverse document frequency of every token; what no row has counts as unseen."""
    return np.log((1 + rows) / (0.5 + np.bincount(held[0], minlength=size))).astype(np.float32)


def _taken(found: list[tuple[Keys, Ints]]) -> Iterator[tuple[Keys, Ints]]:
    while found:
        yield found.pop()


def _joined(first: Pairs, second: Pairs) -> Pairs:
    return np.concatenate((first[0], second[0])), np.concatenate((first[1], second[1]))


def _topical(found: Keys) -> NDArray[np.bool_]:
    """Tell which grams have no character that only frames a question."""
    last = (1 << BITS) - 1
    framing = _FRAME.take(found & last) | _FRAME.take(found >> BITS & last) | _FRAME.take(found >> 2 * BITS)
    return np.asarray(~framing, np.bool_)


def _ratios(text: str, texts: Sequence[str], rows: Places) -> Floats:
    found = process.cdist([text], [texts[row] for row in rows.tolist()], scorer=fuzz.ratio)[0]
    return np.asarray(found / 100, dtype=np.float32)


def _mismatch(asked: int, rows: Floats) -> Floats:
    """Return how much it tells that a kind of question is asked and not in the row, or in the row and not asked."""
    missing, weights = _kind_weights(asked)
    return missing + rows @ weights


@lru_cache(maxsize=1024)
def _kind_weights(asked: int) -> tuple[np.float32, Floats]:
    there = np.zeros(len(KIND_EXTRA), np.float32)
    there[bits(asked)] = 1
    missing = KIND_MISSING * there
    return np.add.reduce(missing), KIND_EXTRA * (1 - there) - missing
