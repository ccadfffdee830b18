"""Weights of the scorers, fitted once on questions people asked; the same for every pack.

The ranking weights come from a softmax over each question's candidates. `Sure` turns a few figures of the best
candidates into a probability: that the best one is right (answer it), and that one of the best three is (ask which).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

import numpy as np

ENTRY_NAMES = (
    "cosine",
    "ratio",
    "ratio_canonical",
    "sound_gain",
    "recall",
    "precision",
    "topic_precision",
    "topic_recall",
    "answer_recall",
    "answer_gain",
    "triple_recall",
    "triple_precision",
    "concept_recall",
    "concept_precision",
    "alike_recall",
    "alike_precision",
    "alike_entry",
    "length",
    "title",
    "kind",
)
ENTRY_WEIGHTS = np.array(
    [0.4, 3.5, 2.1, 0.8, 2.5, 0.2, 1.5, 1.1, 1.7, 7.9, -1.3, -0.7, 1.9, 1.2, 3.2, 4.7, 2.8, 1.5, 1.4, 1.0],
    dtype=np.float32,
)

KIND_MISSING = np.array(
    [0.6, -0.9, 0.8, 0.9, 0.3, -0.6, -0.8, 0.6, 1.8, -0.3, -0.3, -0.3, 0.3, -0.0, 0.3, -0.6, -0.3], dtype=np.float32
)
"""What it tells that a kind of question (a line of `words/kinds.txt`) is asked and a wording does not ask it."""

KIND_EXTRA = np.array(
    [0.2, -0.1, -0.1, -0.5, 0.8, -0.2, -0.4, -0.2, 0.6, -1.5, 0.0, 0.2, -0.8, -1.7, -0.5, -0.8, -0.6], dtype=np.float32
)
"""The same for a kind that a wording asks and the question does not."""


PRODUCT_NAMES = (
    "partial",
    "exact",
    "span",
    "cover",
    "owned",
    "explained",
    "strange",
    "sound",
    "number",
    "number_off",
    "whole",
    "aspect",
    "aspect_gap",
    "bare",
)
PRODUCT_WEIGHTS = np.array([2.1, 1.6, 1.2, 2.3, 3.7, 2.5, -2.1, 2.3, 1.0, -0.5, 3.8, 0.6, 4.5, 0.7], dtype=np.float32)


@dataclass(frozen=True)
class Sure:
    """A logistic over named figures."""

    bias: float
    weights: Mapping[str, float]

    def __call__(self, figures: Mapping[str, float]) -> float:
        """Return the probability."""
        total = self.bias + sum([weight * figures[name] for name, weight in self.weights.items()])
        return 1 / (1 + exp(-total))


ENTRY_ANSWER = Sure(
    -9.90,
    {
        "score": 0.33,
        "share": 3.08,
        "margin": 0.17,
        "recall": -1.28,
        "topic_recall": 0.62,
        "answer_recall": -0.46,
        "precision": -1.03,
        "topic_precision": 0.29,
        "ratio": 0.33,
        "cosine": -0.85,
        "unseen": -0.24,
        "concept_recall": -0.01,
        "concept_precision": 0.67,
        "length": 0.47,
        "kind": -0.17,
        "alike_recall": -1.04,
        "alike_precision": 3.82,
        "alike_entry": 0.65,
        "answer_gain": -0.42,
    },
)
ENTRY_CHOICES = Sure(
    -10.09,
    {
        "score": 0.38,
        "share": 3.11,
        "margin": -0.07,
        "recall": -1.49,
        "topic_recall": 1.25,
        "answer_recall": -1.07,
        "precision": -0.77,
        "topic_precision": 0.58,
        "ratio": 0.21,
        "cosine": -0.02,
        "unseen": -0.42,
        "concept_recall": -0.09,
        "concept_precision": 1.11,
        "length": 0.11,
        "kind": -0.26,
        "alike_recall": -0.76,
        "alike_precision": 4.34,
        "alike_entry": 0.42,
        "answer_gain": 0.93,
    },
)
PRODUCT_ANSWER = Sure(
    -9.17,
    {
        "score": 0.11,
        "share": 4.76,
        "product_share": 2.26,
        "partial": 2.01,
        "exact": 1.14,
        "cover": 1.3,
        "explained": 1.36,
        "strange": -3.75,
        "aspect": 0.07,
        "aspect_gap": -1.73,
        "whole": 1.64,
        "span": -2.08,
    },
)
PRODUCT_CHOICES = Sure(
    -6.57,
    {
        "score": 0.14,
        "share": 3.85,
        "product_share": -0.54,
        "partial": 1.86,
        "exact": 1.27,
        "cover": 1.46,
        "explained": 2.36,
        "strange": -4.35,
        "aspect": -0.15,
        "aspect_gap": -1.93,
        "whole": 5.34,
        "span": -4.08,
    },
)

ANSWER_FROM = 0.72
"""Answered from this probability on."""

CHOICES_FROM = 0.08
"""Asked back from this probability on that one of the best three is meant, or from a higher one (`caution`)."""
