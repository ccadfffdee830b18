"""A small softmax regression on character n-grams, trained in moments when a pack is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.understanding.ngrams import Floats, Ints

Featurise = Callable[[str], list[str]]

COPIES = 20
"""How many times a feature marked `HEAVY` counts beside one gram."""

HEAVY = "!"
"""Begins the name of a feature that counts `COPIES` times."""


class Classifier:
    """Labels for short texts; training has a fixed order, so all processes learn the same weights."""

    EPOCHS = 24
    BATCH = 32
    RATE = 0.5
    DECAY = 2e-4

    def __init__(self, texts: Sequence[str], labels: Sequence[str], featurise: Featurise) -> None:
        self.labels: tuple[str, ...] = tuple(dict.fromkeys(labels))
        self._featurise = featurise
        self._numbers: dict[str, int] = {}
        number = self._numbers.setdefault
        rows = [[number(each, len(self._numbers)) for each in dict.fromkeys(featurise(text))] for text in texts]
        self._times = [COPIES if each.startswith(HEAVY) else 1 for each in self._numbers]
        times = np.array(self._times, np.float32)
        self._bias: Floats = np.zeros(len(self.labels), np.float32)
        self._weights: Floats = np.zeros((len(self._numbers), len(self.labels)), np.float32)
        if rows:
            position = {label: i for i, label in enumerate(self.labels)}
            gold = np.array([position[label] for label in labels])
            _Training([np.array(row, np.int32) for row in rows], times, gold).run(self._weights, self._bias)
        self._weights *= times[:, None]

    def knows(self, feature: str) -> bool:
        """Tell whether a feature was learnt."""
        return feature in self._numbers

    def scores(self, text: str) -> Floats:
        """Return the probability of each label, in the order of `labels`."""
        if not self.labels:
            return np.zeros(0, np.float32)
        known, times = self._numbers.get, self._times
        numbers = list(dict.fromkeys([number for each in self._featurise(text) if (number := known(each)) is not None]))
        if not numbers:
            return _softmax(self._bias)
        values: Floats = np.add.reduce(self._weights.take(numbers, 0), 0)
        values /= np.float32(sum([times[number] for number in numbers]) ** 0.5)
        values += self._bias
        values -= np.maximum.reduce(values)
        np.exp(values, values)
        values /= np.add.reduce(values)
        return values


class _Training:
    """The texts as numbered features, laid out flat, and Adagrad over shuffled batches of them.

    A class weighs by the root of its size, lest big ones drown small ones.
    """

    def __init__(self, rows: Sequence[Ints], times: Floats, gold: NDArray[np.int64]) -> None:
        self._rows = rows
        self._sizes = np.array([len(row) for row in rows])
        self._times = times
        self._gold = gold
        self._length = np.array([np.sqrt(times[row].sum()) for row in self._rows], np.float32)
        count = np.bincount(gold)
        self._balance = np.sqrt(count.mean() / np.maximum(count, 1)).astype(np.float32)[gold]
        self._place: Ints = np.zeros(len(times), np.int32)

    def run(self, weights: Floats, bias: Floats) -> None:
        """Learn weights and bias in place."""
        past, past_bias = np.full_like(weights, 1e-2), np.full_like(bias, 1e-2)
        shuffle = np.random.default_rng(20260101)
        for _ in range(Classifier.EPOCHS):
            order = shuffle.permutation(len(self._rows))
            for start in range(0, len(order), Classifier.BATCH):
                self._step(order[start : start + Classifier.BATCH], weights, bias, past, past_bias)

    def _step(self, pick: NDArray[np.int64], weights: Floats, bias: Floats, past: Floats, past_bias: Floats) -> None:
        columns, spread = self._spread(pick)
        here, times = weights.take(columns, 0), self._times.take(columns)
        error = _softmax(np.asarray((spread * times) @ here + bias, np.float32))
        error[np.arange(len(pick)), self._gold[pick]] -= 1
        error *= self._balance[pick][:, None]
        slope = spread.T @ error
        slope += Classifier.DECAY * len(pick) * here
        before = past.take(columns, 0)
        before += slope**2
        past[columns] = before
        slope *= Classifier.RATE
        slope /= np.sqrt(before)
        weights[columns] = here - slope
        past_bias += error.sum(0) ** 2
        bias -= Classifier.RATE * error.sum(0) / np.sqrt(past_bias)

    def _spread(self, pick: NDArray[np.int64]) -> tuple[Ints, Floats]:
        """Return the features of a batch, and the batch as a matrix rows x features of one by the root of the size."""
        flat = np.concatenate([self._rows[row] for row in pick.tolist()])
        self._place[flat] = serial = np.arange(len(flat), dtype=np.int32)
        columns = flat[self._place.take(flat) == serial]
        self._place[columns] = np.arange(len(columns), dtype=np.int32)
        spread = np.zeros((len(pick), len(columns)), np.float32)
        owners = np.arange(len(pick)).repeat(self._sizes[pick])
        spread[owners, self._place.take(flat)] = (1 / self._length[pick]).take(owners)
        return columns, spread


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - np.maximum.reduce(values, -1, keepdims=True))
    return np.asarray(powers / np.add.reduce(powers, -1, keepdims=True), dtype=np.float32)
