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
    "length",
    "kind",
    "concept_recall",
    "concept_precision",
)
ENTRY_WEIGHTS = np.array([3.3, 5.6, 1.7, 1.0, 2.5, 1.1, 1.6, -5.7, 9.0, 1.3, 0.1, 1.9, 1.6], dtype=np.float32)

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
    -6.21,
    {
        "score": -0.12,
        "share": 3.45,
        "margin": 0.23,
        "recall": 3.67,
        "topic_recall": -1.7,
        "answer_recall": 2.6,
        "precision": 0.64,
        "topic_precision": 1.01,
        "ratio": 1.63,
        "cosine": -1.96,
        "unseen": 0.17,
        "concept_recall": 0.09,
        "concept_precision": 0.86,
        "length": 1.21,
        "kind": -0.33,
    },
)
ENTRY_CHOICES = Sure(
    -5.43,
    {
        "score": -0.1,
        "share": 2.84,
        "margin": 0.07,
        "recall": 3.77,
        "topic_recall": -2.34,
        "answer_recall": 3.33,
        "precision": 0.9,
        "topic_precision": 1.28,
        "ratio": 2.42,
        "cosine": -2.11,
        "unseen": -0.34,
        "concept_recall": -0.09,
        "concept_precision": 0.97,
        "length": 1.17,
        "kind": -0.48,
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

ANSWER_FROM = 0.64
"""Answered from this probability on."""

CHOICES_FROM = 0.12
"""Asked back from this probability on that one of the best three is meant, or from a higher one (`caution`)."""
