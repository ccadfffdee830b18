"""Issue 8, D5: `inbound.outcome` said refused where `unanswered.outcome` said refused_choice."""

from __future__ import annotations

import ast
from pathlib import Path

from sqlalchemy import select, text

from bot.store.models import Inbound, Outcome, Unanswered
from tests.handlers.conftest import clock, pack, people, phone, pipeline

__all__ = ["clock", "pack", "people", "phone", "pipeline"]

ROOT = Path(__file__).parents[2]


def test_a_refused_choice_has_the_same_name_in_both_tables(db, phone):
    phone.says("宽带")
    phone.says("都不是")
    assert db.scalars(select(Unanswered.outcome)).all() == [Outcome.REFUSED]
    assert Outcome.REFUSED in db.scalars(select(Inbound.outcome)).all()


def test_no_other_word_is_kept(db):
    """Rows of a version before are moved over."""
    assert db.scalar(text("SELECT count(*) FROM unanswered WHERE outcome = 'refused_choice'")) == 0
    assert {one.value for one in Outcome} >= {"answered", "offered", "chosen", "refused", "unknown", "useless"}


def test_the_code_writes_outcomes_by_their_enum():
    """A turn's outcome is never set to a bare word."""
    bare = [
        f"{path.name}:{node.lineno}"
        for folder in ("bot", "handlers")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and _sets_outcome(node) and _has_bare_word(node.value)
    ]
    assert bare == []


def _sets_outcome(node: ast.Assign) -> bool:
    return any(
        isinstance(each, ast.Attribute) and each.attr == "outcome" for goal in node.targets for each in ast.walk(goal)
    )


def _has_bare_word(value: ast.expr) -> bool:
    first = value.elts[0] if isinstance(value, ast.Tuple) else value
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value for each in ast.walk(first)
    )
