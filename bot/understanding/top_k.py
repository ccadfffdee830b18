"""The best few of many scores."""

from __future__ import annotations

import numpy as np

from bot.understanding.ngrams import Floats, Places

NEAR = 0.25
"""A score below this share of the highest is seldom among the best few."""


def best(scores: Floats, count: int) -> Places:
    """Return the places of the `count` highest scores in rising order, so that what is alike keeps the files' order.

    Only those near the highest are looked at closely.
    """
    return _best(scores, _near(scores), count)


def best_of(scores: Floats, few: int, many: int) -> tuple[Places, Places]:
    """Return the places of the `few` and of the `many` highest scores, as `best` does."""
    near = _near(scores)
    return _best(scores, near, few), _best(scores, near, many)


def _near(scores: Floats) -> Places:
    near: Places = (scores > NEAR * np.maximum.reduce(scores)).nonzero()[0]
    return near


def _best(scores: Floats, near: Places, count: int) -> Places:
    if len(near) < count:
        near = np.arange(len(scores))
    if len(near) <= count:
        return near
    chosen = (-scores.take(near)).argpartition(count - 1)[:count]
    chosen.sort()
    return near.take(chosen)
