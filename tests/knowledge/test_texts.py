"""The sentences: filled, overridden by the pack, never with `{{` for a person."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.texts import TextBook, Texts, TextsError
from tests.auxil.said import said_in

ROOT = Path(__file__).parents[2]
KNOWLEDGE = ROOT / "knowledge"
_BOOK = TextBook(KNOWLEDGE)


@pytest.fixture(scope="module")
def telecom() -> Texts:
    return Texts.load(KNOWLEDGE, "telecom")


def _knowledge(folder: Path, common: str, own: str = "", pack: str = "placeholders: {hotline: 热线}") -> Path:
    for name, content in {"common/texts.yaml": common, "shop/texts.yaml": own, "shop/pack.yaml": pack}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if content:
            path.write_text(content, encoding="utf-8")
    return folder


def test_arguments_fill_the_sentence(telecom):
    words = telecom.say("complaint.added", number="TS20261121-0007", manager="王芳")
    assert words == "好的，已补充到TS20261121-0007，王芳会看到。"


def test_pack_overrides_common_and_branch_overrides_pack(tmp_path):
    texts = Texts.load(_knowledge(tmp_path, "a: 一{{hotline}}\nb: 二", "a: 三{{hotline}}"), "shop")
    assert texts.say("a") == "三热线"
    assert texts.placed({"hotline": "10000"}).say("a") == "三10000"
    assert texts.placed({"hotline": ""}).say("a") == "三热线"
    assert texts.placed({"hotline": "10000"}).say("a", hotline="12345") == "三12345"
    assert texts.say("b") == "二"


def test_unfilled_placeholder_becomes_a_neutral_word(tmp_path):
    texts = Texts.load(_knowledge(tmp_path, "a: '{{customer}}好{{number}}'\nneutral.customer: 您"), "shop")
    assert texts.say("a") == "您好"
    assert texts.say("a", customer="", number=None) == "您好"


def test_missing_key_is_an_error(telecom):
    with pytest.raises(TextsError, match=r"no\.such\.key"):
        telecom.say("no.such.key")


def test_check_names_everything_that_is_wrong(tmp_path):
    texts = Texts.load(_knowledge(tmp_path, "a: '{{name}}{{hotline}}'\nb: '{{number}}'"), "shop")
    texts.check({"a": ["name"], "b": ["number"]})
    with pytest.raises(TextsError) as caught:
        texts.check({"a": [], "b": ["number"], "c": []})
    assert str(caught.value) == "a: nothing fills {{name}}\nc: missing"


@pytest.mark.parametrize(
    "content", ["a: '{{Name}}'", "a: '{{name}'", "a: '{{name}} }}'", "a: ''", "a: [1]", "1: x", "- a", "a: 'x"]
)
def test_malformed_file_is_refused(tmp_path, content):
    with pytest.raises(TextsError):
        Texts.load(_knowledge(tmp_path, content), "shop")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(TextsError, match=r"common/texts\.yaml"):
        Texts.load(tmp_path, "shop")


def test_book_reads_a_pack_once(tmp_path):
    book = TextBook(_knowledge(tmp_path, "a: '{{hotline}}'"))
    assert book.of("shop").say("a") == "热线"
    (tmp_path / "shop" / "pack.yaml").unlink()
    assert book.of("shop", {"hotline": "10000"}).say("a") == "10000"


def test_every_text_the_code_says_exists_and_is_filled(telecom):
    problems = []
    for folder in (ROOT / "bot", ROOT / "handlers"):
        for key, names, place in said_in(folder):
            if key not in telecom:
                problems.append(f"{place}: no text {key}")
            elif "**" not in names and (left := telecom.placeholders_of(key) - names - _FILLED_BY_TURN):
                problems.append(f"{place}: {key} is said without {sorted(left)}")
    assert problems == []


_FILLED_BY_TURN = {"customer", "manager", "manager_phone"}
"""What a turn, which knows who speaks, adds to every sentence."""


@given(st.dictionaries(st.sampled_from(["customer", "manager", "number", "due", "text"]), st.text(max_size=8)))
def test_nobody_ever_reads_braces(values):
    texts = _BOOK.of("telecom")
    clean = {name: re.sub("[{}]", "", value) for name, value in values.items()}
    for key in ("complaint.receipt", "birthday.gold", "task.unanswered", "apology"):
        assert "{{" not in texts.say(key, **clean)
