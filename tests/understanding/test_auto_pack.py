"""The auto pack as it is shipped: ten sentences that must be understood whatever its wordings are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.understanding import Answer, Choices, Context, Intent, Listing, Understanding, Unknown

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = Context(date(2026, 11, 21), {})


@pytest.fixture(scope="module")
def auto() -> Understanding:
    return Understanding.load(ROOT / "knowledge", "auto")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("变速箱修了三次还是顿挫，你们太糊弄人了", "quality"),
        ("定金拖了一个月不退给我，太过分了", "deposit"),
    ],
)
def test_a_complaint_is_recognised_without_the_word(auto: Understanding, text: str, category: str) -> None:
    understood = auto.understand(text, CONTEXT)
    assert isinstance(understood, Intent)
    assert understood.name == "complaint.file"
    assert understood.slots["category"] == category


@pytest.mark.parametrize("text", ["闯红灯要罚多少钱", "驾校报名找谁"])
def test_other_peoples_business_is_not_answered_with_ours(auto: Understanding, text: str) -> None:
    understood = auto.understand(text, CONTEXT)
    assert isinstance(understood, Unknown)
    assert understood.say


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("朗禾650充满要多久", "product:auto-langhe-650:充电时间"),
        ("望川七座油耗高不高", "product:auto-wangchuan-7:油耗"),
        ("延保怎么收费", "product:auto-extwarranty:价格"),
    ],
)
def test_an_aspect_of_a_model_or_service_is_answered(auto: Understanding, text: str, item: str) -> None:
    understood = auto.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == item


def test_a_tier_is_picked_by_what_sets_it_apart(auto: Understanding) -> None:
    understood = auto.understand("150公里的那个叠山多少钱", CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == "product:auto-dieshan-150:价格"


def test_a_family_without_a_tier_is_asked_back(auto: Understanding) -> None:
    understood = auto.understand("云崖续航多少公里", CONTEXT)
    assert isinstance(understood, Choices)
    assert {option.id for option in understood.options} >= {
        "product:auto-yunya-560:续航",
        "product:auto-yunya-700:续航",
    }


def test_a_question_about_safety_is_answered_without_a_promise(auto: Understanding) -> None:
    understood = auto.understand("车涉水熄火了还能打火吗", CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == "entry:auto-rescue-water"


def test_a_bare_family_is_asked_back_with_its_tiers(auto: Understanding) -> None:
    understood = auto.understand("朗禾", CONTEXT)
    assert isinstance(understood, Choices)
    assert [option.id.split(":")[1] for option in understood.options] == [
        "auto-langhe-520",
        "auto-langhe-650",
        "auto-langhe-perf",
    ]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("15万以下的车有哪些", {"auto-chengdou-220", "auto-qingyu-15t"}),
        ("七座的有哪些", {"auto-wangchuan-7", "auto-dieshan-7", "auto-kuocheng-phev"}),
        ("续航600公里以上的有吗", {"auto-langhe-650", "auto-yunya-700"}),
        ("朗禾520和650有什么区别", {"auto-langhe-520", "auto-langhe-650"}),
    ],
)
def test_models_are_listed_by_price_seats_and_range(auto: Understanding, text: str, some: set[str]) -> None:
    understood = auto.understand(text, CONTEXT)
    assert isinstance(understood, Listing)
    assert {option.id.split(":")[1] for option in understood.options} >= some


def test_a_price_in_a_question_names_no_model(auto: Understanding) -> None:
    understood = auto.understand("十八万的车购置税交多少", CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == "entry:auto-tax-purchase"


@pytest.mark.parametrize("text", ["车有毛病想去店里修修", "刚修好又犯了"])
def test_a_trouble_an_entry_is_worded_like_is_a_question(auto: Understanding, text: str) -> None:
    assert isinstance(auto.understand(text, CONTEXT), Answer)


@pytest.mark.parametrize("text", ["修了快一个月还没修好，到底会不会修", "答应送我的膜到现在都没给"])
def test_a_complaint_of_the_workshop_is_one(auto: Understanding, text: str) -> None:
    understood = auto.understand(text, CONTEXT)
    assert isinstance(understood, Intent)
    assert understood.name in ("complaint.file", "urge")
