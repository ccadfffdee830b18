"""The speed figures."""

from __future__ import annotations

import json

import pytest

from bot.knowledge.pack import load_knowledge
from bot.understanding import Knowledge
from scripts import bench_understanding


@pytest.fixture(scope="module")
def telecom() -> Knowledge:
    return load_knowledge(bench_understanding.ROOT / "knowledge", "telecom")


def test_the_figures_have_the_agreed_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_understanding.main(["--json", "--entries", "200", "--products", "20", "--questions", "10"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert {"p50_ms", "p99_ms", "load_s", "memory_mb", "peers"} <= set(figures)
    assert (figures["entries"], figures["products"], figures["questions"]) == (200, 20, 10)
    assert set(figures["peers"]) == {"rapidfuzz", "bm25s", "tfidf"}
    assert all({"p50_ms", "p99_ms", "load_s"} <= set(peer) for peer in figures["peers"].values())


def test_what_is_grown_is_as_large_as_wanted_and_all_different(telecom: Knowledge) -> None:
    sizes = 5 * len(telecom.entries), 45 * len(telecom.products)
    grown = bench_understanding.grown(telecom, *sizes)
    assert (len(grown.entries), len(grown.products)) == sizes
    assert len({entry.id for entry in grown.entries}) == sizes[0]
    assert len({entry.question for entry in grown.entries}) == sizes[0]
    assert len({product.name for product in grown.products}) == sizes[1]


def test_no_question_is_a_wording_itself(telecom: Knowledge) -> None:
    asked = bench_understanding.questions(telecom, 50)
    wordings = {text for entry in telecom.entries for text in (entry.question, *entry.variants)}
    assert not wordings & set(asked)
