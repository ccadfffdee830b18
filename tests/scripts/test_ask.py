"""Explaining how one message was understood."""

from __future__ import annotations

import pytest

from scripts import ask


@pytest.mark.parametrize(
    ("text", "band", "shown"),
    [
        ("五十九的套餐怎麼取消", "answer", "product:tel-plan-59:取消方式"),
        ("网速慢死了，再不修我换联通了", "intent", "complaint.file"),
        ("😭", "unknown", "empty"),
    ],
)
def test_it_shows_the_band_and_what_led_to_it(
    capsys: pytest.CaptureFixture[str], text: str, band: str, shown: str
) -> None:
    assert ask.main([text]) == 0
    out = capsys.readouterr().out
    assert f"band        {band}" in out
    assert shown in out


def test_choices_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask.main(["套餐"]) == 0
    assert "choices     " in capsys.readouterr().out


def test_a_pack_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask.main(["你好", "--pack", "boats"]) == 1
    assert "没有找到行业包" in capsys.readouterr().err
