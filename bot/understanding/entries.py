"""Find the entries that may answer a question and score them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from .bags import Bags
from .grams import Floats, Index, Ints, Vocabulary, grams
from .normal import LONGEST, normalise
from .pack import Entry
from .pinyin import sounds
from .synonyms import FRAME, canonical, concepts, kinds
from .weights import ENTRY_NAMES, ENTRY_WEIGHTS

ANSWER_LONGEST = 4 * LONGEST


@dataclass(frozen=True, slots=True)
class EntryScores:
    """The best rows for a question: their entries, features (rows x features) and scores, best first.

    `unseen` is the share of the question's weight that no wording of the pack has; `covered` the share of the question that
    the entry has, one a row.
    """

    entries: Ints
    features: NDArray[np.float32]
    scores: Floats
    unseen: float


class EntryMatcher:
    """Compares a question with every wording through an index, then closely with the best few."""

    ROWS = 28

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts = [(i, normalise(t).replace(" ", "")) for i, e in enumerate(entries) for t in (e.question, *e.variants)]
        self.owners: Ints = np.array([owner for owner, _ in texts], dtype=np.int32)
        self._texts = [text for _, text in texts]
        self._canonical = [canonical(text) for text in self._texts]
        self._sounds = [sounds(text) for text in self._texts]
        self._kinds = np.array([kinds(text) for text in self._texts], dtype=np.int64)
        self._lengths = np.array([len(text) for text in self._canonical], dtype=np.float32)
        self._learn_concepts(texts, len(entries))
        self._index = Index([grams(text, 3) for text in self._texts])
        self._learn_tokens([_long(entry.answer) for entry in entries])

    def _learn_concepts(self, texts: Sequence[tuple[int, str]], count: int) -> None:
        self._concepts = Vocabulary()
        rows = [self._concepts.learn(sorted(concepts(text))) for _, text in texts]
        owned: list[dict[int, None]] = [{} for _ in range(count)]
        for (owner, _), row in zip(texts, rows, strict=True):
            owned[owner].update(dict.fromkeys(row))
        counts = np.bincount(np.array([n for row in rows for n in row], dtype=np.int64), minlength=len(self._concepts))
        self._concept_weight = np.log((1 + len(rows)) / (0.5 + counts)).astype(np.float32)
        self._row_concepts, self._owned_concepts = Bags(rows), Bags([list(each) for each in owned])
        self._concept_totals = self._row_concepts.totals(self._concept_weight)

    def _learn_tokens(self, answers: Sequence[str]) -> None:
        """Number the canonical grams, weigh them by rarity among wordings, and lay out rows, entries and answers."""
        self._vocabulary = Vocabulary()
        rows = [self._vocabulary.learn(dict.fromkeys(grams(text, 3))) for text in self._canonical]
        counts = np.bincount([n for row in rows for n in row], minlength=len(self._vocabulary)) if rows else np.zeros(0)
        owned: list[dict[int, None]] = [{} for _ in answers]
        for owner, row in zip(self.owners, rows, strict=True):
            owned[owner].update(dict.fromkeys(row))
        replies = [self._vocabulary.learn(dict.fromkeys(grams(canonical(text), 3))) for text in answers]
        whole = [list(dict.fromkeys([*own, *reply])) for own, reply in zip(owned, replies, strict=True)]
        counts = np.concatenate([counts, np.zeros(len(self._vocabulary) - len(counts))])
        self._unseen = float(np.log((1 + len(rows)) / 0.5))
        rarity = np.log((1 + len(rows)) / (0.5 + counts)).astype(np.float32)
        short, topic = self._vocabulary.masks(lambda gram: len(gram) < 3), self._vocabulary.masks(_is_topic)
        self._plain_weight, self._topic_weight = rarity * short, rarity * topic
        self._rows, self._owned, self._whole = Bags(rows), Bags([list(own) for own in owned]), Bags(whole)
        self._row_plain = self._rows.totals(self._plain_weight) + 1e-6
        self._row_topic = self._rows.totals(self._topic_weight) + 1e-6
        self._by_token = Index([[str(number) for number in row] for row in whole])

    def score(self, text: str) -> EntryScores:
        """Return the best rows for a normalised question without spaces."""
        if not self._texts:
            nothing = np.zeros(0, np.float32)
            return EntryScores(np.zeros(0, np.int32), np.zeros((0, len(ENTRY_NAMES)), np.float32), nothing, 1.0)
        plain = canonical(text)
        tokens = dict.fromkeys(grams(plain, 3))
        numbers = [self._vocabulary.get(token) for token in tokens]
        known = [number for number in numbers if number >= 0]
        cosines = self._index.search(grams(text, 3))
        whole = self._by_token.search([str(number) for number in known])
        joint = cosines + whole[self.owners]
        count = min(self.ROWS, len(joint))
        rows = np.argpartition(-joint, count - 1)[:count].astype(np.int32)
        features, unseen = self._features(text, plain, tokens, known, rows, cosines)
        scores = features @ ENTRY_WEIGHTS
        order = np.argsort(-scores, kind="stable")
        return EntryScores(self.owners[rows][order], features[order], scores[order], unseen)

    def _features(
        self, text: str, plain: str, tokens: Sequence[str] | dict[str, None], known: list[int], rows: Ints, cosines: Floats
    ) -> tuple[NDArray[np.float32], float]:
        owners = self.owners[rows]
        fresh = [token for token in tokens if self._vocabulary.get(token) < 0]
        fresh_plain = self._unseen * sum(len(token) < 3 for token in fresh)
        fresh_topic = self._unseen * sum(map(_is_topic, fresh))
        plain_marks = _marks(self._plain_weight, known)
        topic_marks = _marks(self._topic_weight, known)
        all_plain = float(plain_marks.sum()) + fresh_plain + 1e-6
        all_topic = float(topic_marks.sum()) + fresh_topic + 1e-6
        meant = sorted(concepts(text))
        concept_marks = _marks(self._concept_weight, self._concepts.known(meant))
        all_concepts = float(concept_marks.sum()) + self._unseen * (len(meant) - len(self._concepts.known(meant))) + 1.0
        asked = kinds(text)
        lengths = self._lengths[rows]
        ratio = _ratios(text, self._texts, rows)
        owned_plain, owned_topic = self._owned.overlap(owners, plain_marks, topic_marks)
        row_plain, row_topic = self._rows.overlap(rows, plain_marks, topic_marks)
        (whole,) = self._whole.overlap(owners, topic_marks)
        (owned_concepts,) = self._owned_concepts.overlap(owners, concept_marks)
        (row_concepts,) = self._row_concepts.overlap(rows, concept_marks)
        columns = {
            "cosine": cosines[rows],
            "ratio": ratio,
            "ratio_canonical": _ratios(plain, self._canonical, rows),
            "sound_gain": np.maximum(_ratios(sounds(text), self._sounds, rows) - ratio, 0.0),
            "recall": owned_plain / all_plain,
            "precision": row_plain / self._row_plain[rows],
            "topic_precision": row_topic / self._row_topic[rows],
            "topic_recall": owned_topic / all_topic,
            "answer_recall": whole / all_topic,
            "concept_recall": owned_concepts / all_concepts,
            "concept_precision": row_concepts / (self._concept_totals[rows] + 1.0),
            "length": np.minimum(len(plain), lengths) / np.maximum(len(plain), lengths),
            "kind": _agreement(asked, self._kinds[rows]),
        }
        matrix = np.stack([np.asarray(columns[name], dtype=np.float32) for name in ENTRY_NAMES], axis=1)
        return matrix, fresh_topic / all_topic


def _long(text: str) -> str:
    """Normalise an answer in pieces, as `normalise` looks at the beginning only."""
    pieces = range(0, min(len(text), ANSWER_LONGEST), LONGEST)
    return "".join(normalise(text[i : i + LONGEST]) for i in pieces).replace(" ", "")


def _is_topic(gram: str) -> bool:
    return FRAME.isdisjoint(gram)


def _marks(weights: Floats, known: list[int]) -> Floats:
    marks = np.zeros_like(weights)
    marks[known] = weights[known]
    return marks


def _ratios(text: str, texts: Sequence[str], rows: Ints) -> Floats:
    return process.cdist([text], [texts[row] for row in rows], scorer=fuzz.ratio)[0] / np.float32(100)


def _agreement(asked: int, kinds_of_rows: NDArray[np.int64]) -> Floats:
    """Return the Jaccard overlap of the kinds of question, given as bits."""
    both = np.bitwise_count(kinds_of_rows & asked)
    either = np.bitwise_count(kinds_of_rows | asked)
    return (both / np.maximum(either, 1)).astype(np.float32)
