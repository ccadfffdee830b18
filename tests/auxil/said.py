"""Find in the source which texts the code says and what it fills them with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def said_in(folder: Path) -> Iterator[tuple[str, frozenset[str], str]]:
    """Yield (key, argument names, place) of every call `….say("key", name=…)` whose arguments can be read."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_say(node) and (key := _literal(node)):
                names = frozenset(keyword.arg or "**" for keyword in node.keywords)
                yield key, names, f"{path.name}:{node.lineno}"


def _is_say(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "say"


def _literal(call: ast.Call) -> str | None:
    if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
        return call.args[0].value
    return None
