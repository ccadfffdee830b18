"""Bringing candidates into order."""

from __future__ import annotations

import numpy as np
import pytest

from bot.understanding.candidates import RATIO, by_entry
from bot.understanding.entries import EntryScores
from bot.understanding.weights import ENTRY_NAMES


@pytest.mark.parametrize(("ratio", "first"), [(1.0, 1), (0.99, 0)])
def test_a_wording_said_word_for_word_goes_before_many_near_ones(ratio: float, first: int) -> None:
    features = np.zeros((3, len(ENTRY_NAMES)), np.float32)
    features[0, RATIO] = ratio
    found = EntryScores(np.array([1, 0, 0]), features, np.array([5.0, 4.9, 4.9], np.float32), 0.0)
    owners, _, scores = by_entry(found)
    assert owners[0] == first
    assert scores[0] > scores[1]
