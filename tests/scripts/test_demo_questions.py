"""The demo's questions: some to answer, one to take back, two weeks to count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.learning import open_questions
from bot.store.models import EntryState, Inbound, Knower, LiveEntry, OpenQuestion
from scripts.demo import load
from scripts.demo import questions as demo

FOLDER = Path(__file__).parent.parent.parent / "scripts" / "demo"
KNOWLEDGE = FOLDER.parent.parent / "knowledge" / "telecom"


@pytest.fixture
def files() -> list[Any]:
    return [yaml.safe_load((FOLDER / name).read_text(encoding="utf-8")) for name in ("questions.yaml", "people.yaml")]


def test_loaded_once(db: Session, clock: ManualClock, files: list[Any]) -> None:
    asked, people = files
    load.load(db, people, clock.now())
    for _ in range(2):
        demo.load(db, asked, people, clock.now())
        db.flush()
    rows = db.scalars(select(OpenQuestion).order_by(OpenQuestion.id)).all()
    assert list(open_questions.times(db, rows).values()) == [len(each["asked"]) for each in asked["open"]]
    assert db.scalars(select(Knower)).one().category == "宽带"
    assert db.scalars(select(LiveEntry)).one().state is EntryState.LIVE
    assert db.scalar(select(func.count(Inbound.id))) == sum(row["last"] + row["before"] for row in asked["week"])


def test_what_was_counted_is_in_the_pack(files: list[Any]) -> None:
    known = "".join(path.read_text(encoding="utf-8") for path in sorted(KNOWLEDGE.rglob("*.yaml")))
    for row in files[0]["week"]:
        kind, _, rest = str(row["item"]).partition(":")
        if rest:
            assert f"- id: {rest.partition(':')[0]}\n" in known, kind
