"""The telecom pack as it is shipped: what must hold whatever its wordings are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.understanding import Answer, Choices, Context, Intent, Understanding, Unknown

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = Context(date(2026, 11, 21), {"hotline": "10086"})
HELD_OUT = ROOT / "tests" / "data" / "telecom_heldout.yaml"


@pytest.fixture(scope="module")
def telecom() -> Understanding:
    return Understanding.load(ROOT / "knowledge", "telecom")


@pytest.mark.parametrize(
    "text",
    [
        "网速慢死了,再不修我换联通了",
        "我家宽带老掉线，烦死了",
        "你们乱扣费",
        "家里网又断了 都三天了没人来修",
        "你们什么破网",
        "師傅態度太差了",
    ],
)
def test_a_complaint_is_recognised_without_the_word(telecom: Understanding, text: str) -> None:
    understood = telecom.understand(text, CONTEXT)
    assert isinstance(understood, Intent)
    assert understood.name == "complaint.file"
    assert understood.soothe


@pytest.mark.parametrize("text", ["厨房水管爆了怎么办", "明天的机票帮我看看", "公积金能取多少"])
def test_other_peoples_business_is_not_answered_with_ours(telecom: Understanding, text: str) -> None:
    understood = telecom.understand(text, CONTEXT)
    assert isinstance(understood, Unknown)
    assert understood.reason == "not_ours"
    assert understood.say


@pytest.mark.parametrize("text", ["宽带掉线怎么办", "投诉电话是多少", "网速慢怎么办", "投诉多久有结果"])
def test_a_question_with_an_angry_word_is_no_complaint(telecom: Understanding, text: str) -> None:
    assert isinstance(telecom.understand(text, CONTEXT), Answer | Choices)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("五十九的套餐怎么取消", "product:tel-plan-59:取消方式"),
        ("59套餐多少錢", "product:tel-plan-59:价格"),
    ],
)
def test_a_tier_is_found_by_its_price(telecom: Understanding, text: str, item: str) -> None:
    understood = telecom.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == item


@pytest.mark.parametrize("text", ["好就这么办", "可以那就先办吧", "确认", "嗯啦", "哦了", "行，就这样定了"])
def test_a_bare_yes_is_no_question(telecom: Understanding, text: str) -> None:
    assert not isinstance(telecom.understand(text, CONTEXT), Answer | Choices)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("师傅到底几点才来啊", "urge"),
        ("我那个投诉呢", "complaint.progress"),
        ("凭啥又多扣我8块", "complaint.file"),
        ("叫小王给我打电话", "manager.talk"),
        ("客户经理两个月没有联系过我，电话也不接，请给出说明", "complaint.file"),
    ],
)
def test_a_clear_intent_stands_against_an_answer(telecom: Understanding, text: str, name: str) -> None:
    understood = telecom.understand(text, CONTEXT)
    assert isinstance(understood, Intent)
    assert understood.name == name


@pytest.mark.parametrize("text", ["投诉不投了", "我想撤回投诉", "那个投诉撤了吧"])
def test_a_complaint_taken_back_is_none(telecom: Understanding, text: str) -> None:
    understood = telecom.understand(text, CONTEXT)
    assert not (isinstance(understood, Intent) and understood.name == "complaint.file")


@pytest.mark.parametrize("text", ["菜铃怎么退订", "财铃怎么取消"])
def test_a_name_typed_by_its_sound_is_read(telecom: Understanding, text: str) -> None:
    understood = telecom.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == "product:tel-ringback:取消方式"


@pytest.mark.parametrize(
    ("text", "item"),
    [("79有多少流量", "product:tel-plan-79:流量"), ("20块那个语音包怎么退", "product:tel-voice-20:取消方式")],
)
def test_the_number_of_a_tier_is_not_overlooked(telecom: Understanding, text: str, item: str) -> None:
    understood = telecom.understand(text, CONTEXT)
    given = {understood.entry_id} if isinstance(understood, Answer) else set()
    if isinstance(understood, Choices):
        given = {option.id for option in understood.options}
    assert item in given


def test_held_out_wordings_are_mostly_right_and_seldom_wrong(telecom: Understanding) -> None:
    rows = [row for row in yaml.safe_load(HELD_OUT.read_text(encoding="utf-8")) if row["kind"] == "natural"]
    right = offered = wrong = 0
    for row in rows:
        understood, gold = telecom.understand(row["text"], CONTEXT), f"entry:{row['gold']}"
        if isinstance(understood, Answer):
            right, wrong = right + (understood.entry_id == gold), wrong + (understood.entry_id != gold)
        elif isinstance(understood, Choices):
            offered += gold in {option.id for option in understood.options}
    assert (right + offered) / len(rows) >= 0.97
    assert wrong / len(rows) <= 0.02
