"""The judge of the fault injection by itself: it must see what is lost and what is doubled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from scripts.chaos.crowd import Said
from scripts.chaos.verdict import Row, _doubled, _more_than_one, _told
from scripts.simulator.judge import REPLIED, SUCCESS

DONE, PASSIVE = Row("done", late=True, parts=0), Row("done", late=False, parts=1)


def _said(number: int = 7) -> Said:
    deed: Any = SimpleNamespace(push=SimpleNamespace(fields={"MsgId": number}))
    return Said("somebody", deed)


@pytest.mark.parametrize(
    ("outcome", "row", "answered", "folded", "told"),
    [
        (REPLIED, PASSIVE, False, False, True),
        (REPLIED, None, False, False, False),  # an answer without its effect
        (SUCCESS, None, False, False, False),  # acknowledged, and nothing knows of it
        (SUCCESS, Row("accepted", late=True, parts=0), False, False, False),  # nobody has finished it
        (SUCCESS, DONE, False, False, False),  # done, and nobody was told
        (SUCCESS, PASSIVE, False, False, False),  # its reply went nowhere: the platform had got `success`
        (SUCCESS, DONE, True, False, True),
        (SUCCESS, DONE, False, True, True),
        (SUCCESS, Row("parked", late=True, parts=0), True, False, True),
    ],
)
def test_what_was_acknowledged_is_lost_without_effect_or_answer(
    outcome: str, row: Row | None, answered: bool, folded: bool, told: bool
) -> None:
    rows = {"7": row} if row is not None else {}
    assert _told(_said(), outcome, rows, {"7"} if answered else set(), folded) is told


def test_what_was_answered_at_once_and_late_is_doubled() -> None:
    said = _said()
    assert _doubled([said], {id(said): REPLIED}, {"7": DONE}, {"7"}) == 1
    assert _doubled([said], {id(said): SUCCESS}, {"7": DONE}, {"7"}) == 0
    assert _doubled([said], {id(said): REPLIED}, {"7": PASSIVE}, {"7"}) == 0  # the rest of a long reply follows it


def test_complaints_beyond_the_one_a_person_filed_are_doubled() -> None:
    assert _more_than_one(["a", "b", "a", "a"]) == 2
