"""Weights of the scorers, fitted once on questions people asked; the same for every pack.

`fit` of the ranking weights: softmax over a question's candidates. `Sure` turns a few figures of the best candidates into a
probability: that the best one is right (answer it), and that one of the best three is right (ask which).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

ENTRY_NAMES = (
    "cosine",
    "ratio",
    "ratio_canonical",
    "ratio_sound",
    "recall",
    "precision",
    "topic_precision",
    "topic_recall",
    "answer_recall",
    "length",
    "number",
    "kind",
)
ENTRY_WEIGHTS = np.array([3.0, 6.0, 2.6, 0, 4.3, 2.1, 1.2, -6.2, 9.0, 1.2, 0, 0.6], dtype=np.float32)

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
PRODUCT_WEIGHTS = np.array(
    [2.1, 1.6, 1.2, 2.3, 3.7, 2.5, -2.1, 2.3, 0.3, -0.1, 3.8, 0.6, 4.5, 0.7], dtype=np.float32
)


@dataclass(frozen=True)
class Sure:
    """A logistic over named figures."""

    bias: float
    weights: Mapping[str, float]

    def __call__(self, figures: Mapping[str, float]) -> float:
        """Return the probability."""
        total = self.bias + sum(weight * figures[name] for name, weight in self.weights.items())
        return float(1 / (1 + np.exp(-total)))


ENTRY_ANSWER = Sure(
    -4.77,
    {
        "score": 0.15,
        "share": 5.25,
        "margin": 0.13,
        "recall": -0.38,
        "answer_recall": -0.65,
        "precision": 0.26,
        "topic_precision": 1.13,
        "ratio": 0.93,
        "cosine": -1.83,
        "unseen": -1.35,
    },
)
ENTRY_CHOICES = Sure(
    -5.21,
    {
        "score": 0.2,
        "share": 6.07,
        "margin": -0.26,
        "recall": -1.14,
        "answer_recall": 0.12,
        "precision": 1.64,
        "topic_precision": 1.58,
        "ratio": 2.57,
        "cosine": -2.39,
        "unseen": -1.66,
    },
)
PRODUCT_ANSWER = Sure(
    -8.86,
    {
        "score": 0.12,
        "share": 5.19,
        "product_share": 2.4,
        "partial": 2.11,
        "exact": 1.12,
        "cover": 1.22,
        "explained": 1.21,
        "strange": -4.23,
        "aspect": -0.08,
        "aspect_gap": -1.41,
        "whole": 1.59,
        "span": -2.26,
    },
)
PRODUCT_CHOICES = Sure(
    -5.59,
    {
        "score": 0.15,
        "share": 4.65,
        "product_share": -1.38,
        "partial": 1.67,
        "exact": 1.44,
        "cover": 1.39,
        "explained": 2.47,
        "strange": -4.83,
        "aspect": -0.4,
        "aspect_gap": -1.7,
        "whole": 5.68,
        "span": -4.46,
    },
)

ANSWER_FROM = 0.74
"""Answered from this probability on."""

CHOICES_FROM = 0.3
"""Asked back from this probability on that one of the best three is meant."""
