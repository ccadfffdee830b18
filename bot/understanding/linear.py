"""A small softmax regression on character n-grams, trained in moments when a pack is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .grams import Floats, Ints, Vocabulary

Featurise = Callable[[str], list[str]]


class Classifier:
    """Labels for short texts; training has a fixed order, so all processes learn the same weights."""

    EPOCHS = 24
    BATCH = 32
    RATE = 0.5
    DECAY = 2e-4

    def __init__(self, texts: Sequence[str], labels: Sequence[str], featurise: Featurise) -> None:
        self.labels: tuple[str, ...] = tuple(dict.fromkeys(labels))
        self._featurise = featurise
        self._vocabulary = Vocabulary()
        rows = [self._vocabulary.learn(dict.fromkeys(featurise(text))) for text in texts]
        position = {label: i for i, label in enumerate(self.labels)}
        self._bias: Floats = np.zeros(len(self.labels), np.float32)
        self._weights: Floats = np.zeros((len(self._vocabulary) + 1, len(self.labels)), np.float32)
        if rows:
            self._train(_padded(rows, len(self._vocabulary)), np.array([position[label] for label in labels]))

    def _train(self, rows: Ints, gold: Ints) -> None:
        """Run Adagrad over shuffled batches; a class weighs by the root of its size, lest big ones drown small ones."""
        count = np.bincount(gold, minlength=len(self.labels))
        balance = (np.sqrt(count.mean() / np.maximum(count, 1))).astype(np.float32)[gold]
        length = np.sqrt((rows < len(self._vocabulary)).sum(1)).astype(np.float32)
        past = np.full_like(self._weights, 1e-2)
        past_bias = np.full_like(self._bias, 1e-2)
        shuffle = np.random.default_rng(20260101)
        for _ in range(self.EPOCHS):
            order = shuffle.permutation(len(rows))
            for start in range(0, len(rows), self.BATCH):
                pick = order[start : start + self.BATCH]
                self._step(rows[pick], gold[pick], balance[pick], length[pick], past, past_bias)

    def _step(self, rows: Ints, gold: Ints, balance: Floats, length: Floats, past: Floats, past_bias: Floats) -> None:
        error = _softmax(self._weights[rows].sum(1) / length[:, None] + self._bias)
        error[np.arange(len(rows)), gold] -= 1
        error *= balance[:, None]
        columns, place = np.unique(rows, return_inverse=True)
        spread = np.zeros((len(rows), len(columns)), np.float32)
        spread[np.arange(len(rows))[:, None], place.reshape(rows.shape)] = (1 / length)[:, None]
        slope = spread.T @ error + self.DECAY * len(rows) * self._weights[columns]
        slope[columns == len(self._vocabulary)] = 0
        past[columns] += slope**2
        self._weights[columns] -= self.RATE * slope / np.sqrt(past[columns])
        past_bias += error.sum(0) ** 2
        self._bias -= self.RATE * error.sum(0) / np.sqrt(past_bias)

    def knows(self, feature: str) -> bool:
        """Tell whether a feature was learnt."""
        return self._vocabulary.get(feature) >= 0

    def scores(self, text: str) -> Floats:
        """Return the probability of each label, in the order of `labels`."""
        numbers = list(self._vocabulary.different(self._featurise(text)))
        if not self.labels:
            return np.zeros(0, np.float32)
        if not numbers:
            return _softmax(self._bias)
        return _softmax(np.add.reduce(self._weights.take(numbers, 0), 0) / len(numbers) ** 0.5 + self._bias)


def _padded(rows: Sequence[Sequence[int]], filler: int) -> Ints:
    """Lay rows of unlike length into one matrix, filled up with a column that has no weight."""
    matrix = np.full((len(rows), max(map(len, rows))), filler, np.int32)
    for row, numbers in zip(matrix, rows, strict=True):
        row[: len(numbers)] = numbers
    return matrix


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - np.maximum.reduce(values, -1, keepdims=True))
    return np.asarray(powers / np.add.reduce(powers, -1, keepdims=True), dtype=np.float32)
