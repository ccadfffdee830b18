"""C1: every pattern, and all that reads a customer's words, takes no longer than what grows with the text's length.

Each is run on texts that repeat a character, a word or two of them up to 10,000 characters and then end otherwise:
that is where a pattern tries all ways of reading what it has read. 50 ms of processor time are allowed, on any text.
"""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.customers.masking import without_personal
from bot.customers.names import scrub_wholly
from bot.understanding import Context, Understanding, accusation, normalise, option_matching, short_replies
from bot.understanding.accusation import Colleague
from bot.understanding.pii import mask, without_masked
from bot.understanding.resolution_reply import verdict
from tests.auxil.patterns import COMMON, compiled, slowest, tokens, written_inline
from tests.conftest import KNOWLEDGE

REPEATED = [
    *COMMON,
    *"哎额嗯谢亲/[(<*%+9零一万比能到吧不",
    "哈啊",
    "谢谢",
    "好了",
    "1 ",
    "1-",
    "1,",
    "比1",
    "100元",
    "密码",
    "密码1",
    "投诉",
    "我要",
    "/:a",
    "[微笑]",
    "路1号",
    "1月2号",
    "一百",
    "你是",
    "aB",
    "\u200b1",
    "a@",
    "http://",
]
STAFF = [
    Colleague(number, name, name[0], own=number == 0, above=number == 2)
    for number, name in enumerate(("周敏", "许静", "何建华", "李总监", "王芳", "林浩"))
]
OF_STAFF = [
    *"周敏她骂收",
    "周敏",
    "周民",
    "小周",
    "zm",
    "周经理",
    "我经理",
    "，周敏",
    "周敏投诉",
    "对周敏",
    "不要周敏",
    "把我",
]
"""Names over and over, as they are written, sound and are complained of."""


@pytest.fixture(scope="module")
def telecom() -> Understanding:
    return Understanding.load(KNOWLEDGE, "telecom")


def test_every_pattern_reads_any_text_in_time_that_grows_with_its_length(telecom: Understanding) -> None:
    found = {key: pattern for key, pattern in (compiled(telecom) | written_inline()).items() if isinstance(key[0], str)}
    assert len(found) > 350
    slow = []
    for (text, _), pattern in found.items():
        if not re.search(r"[*+{]", text):
            continue  # what repeats nothing reads each place once
        for how in ("search", "match", "fullmatch"):
            if told := slowest(getattr(pattern, how), tokens(text)):
                slow.append(f"{how} {text[:60]} on {told}")
    assert slow == []


def test_bytes_are_no_slower() -> None:
    for pattern in compiled().values():
        if isinstance(pattern.pattern, bytes):
            assert slowest(lambda text, search=pattern.search: search(text.encode()), REPEATED) == ""


@pytest.mark.parametrize(
    "read",
    [
        normalise,
        mask,
        without_masked,
        without_personal,
        lambda text: scrub_wholly(text, ("周敏",), "〔姓名〕"),
        short_replies.word,
        verdict,
        lambda text: option_matching.pick(text, [("a", "5G套餐"), ("b", "宽带")]),
    ],
    ids=["normalise", "mask", "without_masked", "without_personal", "scrub_wholly", "short_replies", "verdict", "pick"],
)
def test_reading_words_takes_no_time(read) -> None:
    assert slowest(read, REPEATED) == ""


def test_understanding_takes_no_time(telecom: Understanding) -> None:
    context = Context(date(2026, 11, 20), {"branch": "江北"}, "entry:billing", None)
    telecom.understand("怎么查话费", context)
    for read in (
        lambda text: telecom.understand(text, context),
        telecom.careful,
        lambda text: telecom.complaint_slots(text, context.today),
    ):
        assert slowest(read, REPEATED, (24, 100, 400, 10_000)) == ""


@pytest.mark.parametrize(
    "read",
    [
        lambda text: accusation.accused(text, STAFF),
        lambda text: accusation.accused(text, STAFF, personal=True, filed=True),
        lambda text: accusation.refused(text, STAFF),
        lambda text: accusation.named(text, STAFF),
        accusation.ill,
    ],
    ids=["accused", "filed", "refused", "named", "ill"],
)
def test_reading_an_accusation_takes_no_time(read) -> None:
    assert slowest(read, [*REPEATED, *OF_STAFF], (24, 400, 10_000)) == ""


def test_anger_with_a_long_cry_is_answered_as_anger(telecom: Understanding) -> None:
    context = Context(date(2026, 11, 20), {}, None, None)
    short = telecom.understand("烦死了你们到底管不管", context)
    for run in (1, 3, 24, 300):
        assert telecom.understand("烦死了" + "啊" * run + "你们到底管不管", context).name == short.name
