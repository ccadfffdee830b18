"""The error table: every code we know has the action the protocol asks for, and words for the operator."""

from __future__ import annotations

import re

import pytest

from bot.channels.codes import OFFICIAL, WECOM, Action, Code, lookup

EXPECTED_OFFICIAL = {
    Action.RETRY_BACKOFF: [-1],
    Action.DONE: [0],
    Action.REFRESH_TOKEN: [40001, 40014, 42001],
    Action.PERMANENT_PERSON: [40003, 43004, 43019, 46004, 48002, 50002, 50005],
    Action.STOP_ALERT: [40013, 40125, 40243, 40164, 61004, 89503, 89506, 89507, 48001, 48004, 48006, 48008],
    Action.REJECT: [
        *(40004, 40005, 40006, 40007, 40029, 40163, 42003, 40037, 40053, 40200, 41001, 44004, 45001, 45002, 45008),
        *(45056, 45057, 45058, 45059, 45157, 45158, 45159, 45064, 47001, 47003, 50001, 61451, 61459, 65400, 65416),
    ],
    Action.QUOTA_ZERO: [43101],
    Action.PARK_UNTIL_TOMORROW: [45009],
    Action.WAIT_MINUTE: [45011],
    Action.FALL_BACK: [45015, 45047],
    Action.ALREADY_SENT: [45065],
    Action.IGNORE: [45072, 45080, 45081],
}
EXPECTED_WECOM = {
    Action.REFRESH_TOKEN: [40001, 40014, 42001],
    Action.PERMANENT_PERSON: [60111, 81013, 50002, 40096],
    Action.STOP_ALERT: [60011, 60020, 40013],
    Action.WAIT_MINUTE: [45009],
    Action.RETRY_BACKOFF: [-1, 45033],
    Action.FALL_BACK: [95001, 95002, 95013, 95018],
}


def rows(expected: dict[Action, list[int]]) -> list[tuple[int, Action]]:
    return [(code, action) for action, codes in expected.items() for code in codes]


@pytest.mark.parametrize(("code", "action"), rows(EXPECTED_OFFICIAL))
def test_official(code: int, action: Action) -> None:
    assert OFFICIAL[code].action is action


@pytest.mark.parametrize(("code", "action"), rows(EXPECTED_WECOM))
def test_wecom(code: int, action: Action) -> None:
    assert WECOM[code].action is action


@pytest.mark.parametrize("entry", [*OFFICIAL.values(), *WECOM.values()], ids=lambda entry: str(entry.code))
def test_every_entry_has_a_meaning_and_a_remedy(entry: Code) -> None:
    assert entry.meaning.isascii()
    assert entry.meaning
    assert entry.action is Action.DONE or re.search("[\u4e00-\u9fff]", entry.remedy)


def test_an_unknown_code_is_rejected() -> None:
    assert lookup(OFFICIAL, 12345).action is Action.REJECT
    assert lookup(OFFICIAL, 12345).code == 12345
