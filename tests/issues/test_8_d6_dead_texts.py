"""Issue 8, D6: 42 texts were said by nobody; both ways are guarded (`tests/knowledge/test_texts.py`: missing ones)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SPOKEN_BY_THE_UNDERSTANDING = ("choices.", "table.", "answer.two")
"""Prefixes of what `bot.understanding` says itself; its pack reads them from the same file."""

BUILT = ("complaint.wish.", "contract.expiry.")
"""Prefixes whose keys are built from data: a category's id, the days that are left."""

NEUTRAL = "neutral."
"""Filled in for a placeholder of that name, wherever a text has it."""

PASSED = ".passed"
"""Said instead of the key before it."""


def _strings() -> Iterator[ast.AST]:
    for folder in ("bot", "handlers", "scripts"):
        for path in (ROOT / folder).rglob("*.py"):
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _spoken() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the words of the code, and its f-strings as patterns of what they may become."""
    words, patterns = set(), []
    for node in _strings():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            pieces = [re.escape(str(each.value)) if isinstance(each, ast.Constant) else "(.+)" for each in node.values]
            patterns.append(re.compile("".join(pieces)))
    return words, patterns


def _said(key: str, words: set[str], patterns: list[re.Pattern[str]], depth: int = 2) -> bool:
    """Tell whether the code can make the key: as it stands, or from an f-string whose parts it can make too."""
    if key in words:
        return True
    if depth == 0:
        return False
    found = (pattern.fullmatch(key) for pattern in patterns)
    return any(hit and all(_said(part, words, patterns, depth - 1) for part in hit.groups()) for hit in found)


def test_every_text_is_said_by_somebody():
    words, patterns = _spoken()
    dead = []
    for path in sorted((ROOT / "knowledge").glob("*/texts.yaml")):
        for key, sentence in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if key.startswith((*SPOKEN_BY_THE_UNDERSTANDING, *BUILT, NEUTRAL)):
                continue
            assert isinstance(sentence, str)
            if not any(_said(each, words, patterns) for each in {key, key.removesuffix(PASSED)}):
                dead.append(f"{path.parent.name}: {key}")
    assert dead == []


def test_every_neutral_word_stands_for_a_placeholder():
    texts = {}
    for path in (ROOT / "knowledge").glob("*/texts.yaml"):
        texts |= yaml.safe_load(path.read_text(encoding="utf-8"))
    used = set(re.findall(r"\{\{\s*([a-z_]+)\s*\}\}", "\n".join(texts.values()))) | set(_spoken()[0])
    assert sorted(key for key in texts if key.startswith(NEUTRAL) and key.removeprefix(NEUTRAL) not in used) == []
