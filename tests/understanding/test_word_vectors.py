"""Words of like meaning are found alike though they share no character, and a text without words is like nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bot.understanding.word_vectors import Alike, Likeness, everyday
from scripts.make_word_vectors import WIDTH, counted, narrowed, with_ours

TEXTS = ("怎么提高额度", "如何关闭账户", "香烟多少钱", "12345")


def made(texts: Sequence[str], owners: Sequence[int]) -> Likeness:
    rows = [list(dict.fromkeys(everyday().read(text))) for text in texts]
    return Likeness(rows, np.array(owners, np.intp), max(owners) + 1)


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    return made(TEXTS, range(len(TEXTS)))


def score(likeness: Likeness, asked: str, rows: Sequence[int], owners: Sequence[int]) -> Alike:
    return likeness.score(asked, np.array(rows, np.intp), owners)


@pytest.mark.parametrize(("asked", "row"), [("额度怎样提升", 0), ("怎么注销户头", 1), ("烟草价格", 2)])
def test_the_nearest_meaning_is_found(likeness: Likeness, asked: str, row: int) -> None:
    rows = range(len(TEXTS))
    alike = score(likeness, asked, rows, rows)
    assert int(alike.recall.argmax()) == row
    assert int(alike.precision.argmax()) == row
    assert np.allclose(alike.recall, alike.entry_recall)


def test_the_same_words_are_wholly_alike(likeness: Likeness) -> None:
    alike = score(likeness, TEXTS[0], (0,), (0,))
    assert alike.recall[0] == pytest.approx(1, abs=1e-3)
    assert alike.precision[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("asked", ["12345", ""])
def test_without_words_nothing_is_alike(likeness: Likeness, asked: str) -> None:
    assert not np.any(score(likeness, asked, (0, 3), (0, 3)))


def test_a_row_without_words_is_like_nothing(likeness: Likeness) -> None:
    alike = score(likeness, "怎么提高额度", (3,), (3,))
    assert (alike.recall[0], alike.precision[0], alike.entry_recall[0]) == (0, 0, 0)


def test_an_entry_is_covered_by_all_its_wordings() -> None:
    both = made(("怎么取消套餐", "怎么查话费"), (0, 0))
    alike = score(both, "取消话费", (0, 1), (0, 0))
    assert alike.entry_recall[0] == pytest.approx(1, abs=1e-3)
    assert alike.recall.max() < 1


def test_rare_words_say_more_than_common_ones() -> None:
    words = everyday()
    common, rare = words.read("有"), words.read("光猫")
    assert words.weights[common[0]] < words.weights[rare[0]]


def test_the_dictionary_is_read_without_names_and_rare_words() -> None:
    lines: Sequence[str] = (
        "银行 900 n",
        "张三 900 nr",
        "北京 900 ns",
        "罕词 3 n",
        "卡 31 n",
        "a 900 eng",
        "五个字的词 900 n",
    )
    assert counted(lines) == {"银行": 900, "卡": 31}


def test_our_own_words_are_added_and_particles_left_out() -> None:
    found = with_ours({"银行": 10**6, "的": 10**6})
    assert next(iter(found)) == "银行"
    assert "怎么" in found
    assert "的" not in found


def test_vectors_are_narrowed_to_bytes() -> None:
    made = np.random.default_rng(0).normal(size=(200, 128)).astype(np.float32)
    found = narrowed(made)
    assert found.shape == (200, WIDTH)
    assert int(np.abs(found.astype(int)).max()) == 127
