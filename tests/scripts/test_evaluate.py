"""Measuring a folder of questions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts import evaluate

ROWS: dict[str, list[dict[str, Any]]] = {
    "faq": [
        {"id": "a", "question": "怎么扫码开锁", "answer": "打开小程序扫码。"},
        {"id": "b", "question": "押金什么时候退", "answer": "三个工作日。"},
        {"id": "c", "question": "畅骑月卡多少钱", "entity": "畅骑月卡", "property": "价格说明"},
        {"id": "d", "question": "怎么取消畅骑月卡", "entity": "畅骑月卡", "property": "退订办法"},
    ],
    "similar": [{"id": "a", "question": "车锁打不开怎么弄"}],
    "aliases": [{"entity": "畅骑月卡", "aliases": ["月卡"]}],
    "queries": [
        {"query": "如何扫码开锁", "gold_id": "a", "kind": "natural", "query_trad": "如何掃碼開鎖"},
        {"query": "月卡怎么退订", "gold_id": "d", "kind": "template"},
        {"query": "月卡怎么收费", "gold_id": "c", "kind": "template"},
        {"query": "押金几天退", "gold_id": "a", "lenient_ids": ["b"], "kind": "natural"},
    ],
    "oos": [{"query": "红烧肉怎么做好吃", "gold_id": None, "kind": "oos_far"}],
    "multi": [{"query": "月卡多少钱，怎么取消", "gold_ids": ["c", "d"]}],
    "complaint": [
        {"text": "车天天坏，气死人了，再不修我要投诉你们", "label": "complaint"},
        {"text": "在吗", "label": "other"},
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp_path = tmp_path_factory.mktemp("folder")
    for name, rows in ROWS.items():
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines + "\n", encoding="utf-8")
    return tmp_path


def figures(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert evaluate.main([str(folder), "--json", *more]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Any]:
    return evaluate.Evaluation(evaluate.Folder(folder)).report()


def test_the_figures_have_the_agreed_keys(found: dict[str, Any]) -> None:
    assert {"entries", "queries", "top1", "top3", "right", "choices", "wrong", "unknown"} <= set(found)
    assert set(found["natural"]) == {"top1", "top3", "right", "choices", "wrong", "unknown"}
    assert found["oos"] == {"far": 0.0}
    assert set(found["complaint"]) == {"precision", "recall"}
    assert set(found["latency_ms"]) == {"p50", "p99"}
    assert {"load_s", "memory_mb"} <= set(found)


def test_shares_are_of_the_questions_in_scope(found: dict[str, Any]) -> None:
    assert (found["entries"], found["queries"]) == (4, 4)
    assert found["top1"] == 1.0
    assert found["right"] + found["choices"] + found["wrong"] + found["unknown"] == pytest.approx(1.0)
    assert found["multi_both_right"] == 1.0
    assert found["complaint"] == {"precision": 1.0, "recall": 1.0}


def test_traditional_characters_make_no_difference(
    folder: Path, found: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert figures(folder, capsys, "--traditional")["top1"] == found["top1"]


def test_aspects_keep_the_folders_names(folder: Path) -> None:
    knowledge = evaluate.Folder(folder).knowledge()
    assert {"价格说明", "退订办法"} <= set(knowledge.aspects)
    assert len(knowledge.aspects["价格说明"]) > 1


def test_missing_files_are_left_out(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("faq", "queries"):
        shutil.copy(folder / f"{name}.jsonl", tmp_path)
    assert not {"oos", "multi_both_right", "complaint"} & set(figures(tmp_path, capsys))


def test_it_can_be_read_by_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main([str(folder)]) == 0
    assert "top1" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main([str(tmp_path / "none")]) == 2
    assert "not a folder" in capsys.readouterr().err
