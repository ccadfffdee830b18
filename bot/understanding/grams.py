"""The best few of many scores."""

from __future__ import annotations

import numpy as np

from .keys import Floats, Places

NEAR = 0.25
"""A score below this share of the highest is seldom among the best few."""


def best(scores: Floats, count: int) -> Places:
    """Return the places of the `count` highest scores in rising order, so that what is alike keeps the files' order.

    Only those near the highest are looked at closely.
    """
    near: Places = (scores > NEAR * np.maximum.reduce(scores)).nonzero()[0]
    if len(near) < count:
        near = np.arange(len(scores))
    if len(near) <= count:
        return near
    chosen = (-scores.take(near)).argpartition(count - 1)[:count]
    chosen.sort()
    return near.take(chosen)
