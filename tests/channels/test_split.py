"""Cutting words: nothing is lost, nothing that belongs together is torn."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.split import clean, cut_bytes, cut_chars, split_text, width

WORDS = st.text(st.sampled_from("您好，。！\n a1😀👨‍👩‍👧🇨🇳❤️[微笑]é\u0301\x07\ud800"), max_size=400)


def bare(text: str) -> str:
    return re.sub(r"\s", "", clean(text))


@given(st.one_of(st.text(max_size=300), WORDS), st.integers(4, 200))
def test_pieces_fit_and_nothing_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(0 < len(piece.encode()) <= limit and piece.strip() for piece in pieces)
    assert bare("".join(pieces)) == bare(text)


@pytest.mark.parametrize(
    "whole",
    ["😀", "👨‍👩‍👧‍👦", "🇨🇳", "❤️", "👍🏽", "1️⃣", "e\u0301", "[微笑]", '<a href="https://a.cn/?x=1&y=2">点这里查看</a>'],
)
@pytest.mark.parametrize("before", range(0, 60, 7))
def test_what_belongs_together_stays_together(whole: str, before: int) -> None:
    text = "字" * before + whole + "尾" * 30
    assert sum(piece.count(whole) for piece in split_text(text, 80)) == 1


def test_two_flags_in_a_row_are_two_units() -> None:
    assert split_text("🇨🇳🇭🇰🇲🇴", 16) == ["🇨🇳🇭🇰", "🇲🇴"]


def test_a_unit_longer_than_the_limit_is_given_up_rather_than_lost() -> None:
    link = f'<a href="https://a.cn/{"x" * 80}">看</a>'
    pieces = split_text(link, 40)
    assert "".join(pieces) == link
    assert max(len(piece.encode()) for piece in pieces) <= 40
    assert "".join(split_text("e" + "\u0301" * 50, 10)) == "e" + "\u0301" * 50


def test_borders_are_preferred_in_order() -> None:
    assert split_text("一二三四五六。七八\n九十一二三四", 40) == ["一二三四五六。七八\n", "九十一二三四"]
    assert split_text("一二三四五六。七，八九十一二三四", 40) == ["一二三四五六。", "七，八九十一二三四"]
    assert split_text("一二三四五六，七八九十一二三四", 40) == ["一二三四五六，", "七八九十一二三四"]
    assert split_text("一二三四五六七八九十一二三四五", 40) == ["一二三四五六七八九十一二三", "四五"]


def test_short_and_blank_texts() -> None:
    assert split_text("您好") == ["您好"]
    assert split_text("") == split_text(" \n ") == []
    assert split_text("x" * 2048) == ["x" * 2048]
    assert [len(piece) for piece in split_text("x" * 2049)] == [2048, 1]


def test_clean_strips_what_xml_cannot_carry() -> None:
    assert clean("a\x00b\x08\x0b\x1f\ud83d\ufffe\uffff\x85c\td\r\ne\rf") == "abc\td\ne\nf"


@given(st.text(max_size=200), st.integers(8, 60))
def test_cuts_fit(text: str, limit: int) -> None:
    assert len(cut_bytes(text, limit).encode()) <= limit
    assert width(cut_chars(text, limit)) <= limit


def test_cuts_end_with_an_ellipsis_on_a_border() -> None:
    assert cut_bytes("贴心服务中心", 12) == "贴心服…"
    assert cut_bytes("贴心服务", 12) == "贴心服务"
    assert cut_chars("第一行\n第二行", 20) == "第一行 第二行"
    assert cut_chars("一家👨‍👩‍👧人", 6) == "一家…"
