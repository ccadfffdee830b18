"""The speed figures."""

from __future__ import annotations

import json

import pytest

from bot.understanding.pack import load_knowledge
from scripts import bench_understanding


def test_the_figures_have_the_agreed_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_understanding.main(["--json", "--questions", "10"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert {"p50_ms", "p99_ms", "load_s", "memory_mb"} <= set(figures)
    assert figures["questions"] == 10


def test_copies_have_names_and_ids_of_their_own() -> None:
    knowledge = load_knowledge(bench_understanding.ROOT / "knowledge", "telecom")
    grown = bench_understanding.multiplied(knowledge, 3)
    assert len(grown.entries) == 3 * len(knowledge.entries)
    assert len({entry.id for entry in grown.entries}) == len(grown.entries)
    assert len({entry.question for entry in grown.entries}) == len(grown.entries)


def test_no_question_is_a_wording_itself() -> None:
    knowledge = load_knowledge(bench_understanding.ROOT / "knowledge", "telecom")
    asked = bench_understanding.questions(knowledge, 50)
    wordings = {text for entry in knowledge.entries for text in (entry.question, *entry.variants)}
    assert not wordings & set(asked)
