"""The wholesale-retail pack as it is shipped: what must hold whatever its wordings are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.understanding import Answer, Choices, Context, Intent, Understanding, Unknown

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = Context(date(2026, 11, 21), {"hotline": "客服热线"})
HELD_OUT = ROOT / "tests" / "data" / "retail_heldout.yaml"


@pytest.fixture(scope="module")
def retail() -> Understanding:
    return Understanding.load(ROOT / "knowledge", "retail")


@pytest.mark.parametrize(
    "text",
    ["三天两头缺货还让不让人做生意", "送来的菜全烂了你们也好意思", "说好的返利拖了半年不给", "收银员冲我翻白眼"],
)
def test_a_complaint_is_recognised_without_the_word(retail: Understanding, text: str) -> None:
    understood = retail.understand(text, CONTEXT)
    assert isinstance(understood, Intent)
    assert understood.name == "complaint.file"


@pytest.mark.parametrize("text", ["店里电费怎么交", "健康证去哪里办", "淘宝买的衣服怎么退", "烟草证怎么办"])
def test_other_peoples_business_is_not_answered_with_ours(retail: Understanding, text: str) -> None:
    understood = retail.understand(text, CONTEXT)
    assert isinstance(understood, Unknown)
    assert understood.say


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("起订量是多少啊", "entry:ret-order-min"),
        ("下完单想改数量咋改", "entry:ret-order-change"),
        ("冰淇淋送来都化了怎么办", "entry:ret-del-cold"),
        ("怎麼開專票", "entry:ret-inv-vat"),
        ("少送了一箱怎么办", "entry:ret-del-short"),
        ("返利啥时候到账", "entry:ret-rebate-when"),
    ],
)
def test_what_members_ask_every_week(retail: Understanding, text: str, item: str) -> None:
    understood = retail.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == item


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("三十天账期怎么申请", "product:ret-credit-30:开通方式"),
        ("储值5000送多少", "product:ret-stored-5000:赠送"),
        ("冷链配送怎么收费", "product:ret-delivery-cold:价格"),
    ],
)
def test_a_tier_is_found_by_its_name_and_number(retail: Understanding, text: str, item: str) -> None:
    understood = retail.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == item


@pytest.mark.parametrize("text", ["货破损了怎么办", "怎么投诉", "退货申请没通过怎么办"])
def test_a_question_about_trouble_is_no_complaint(retail: Understanding, text: str) -> None:
    assert isinstance(retail.understand(text, CONTEXT), Answer | Choices)


@pytest.mark.parametrize(
    ("text", "category"),
    [("酸奶过期了还卖给我", "food"), ("司机超时两小时还少送一箱", "delivery"), ("先涨价再打折返利也不给", "price")],
)
def test_a_complaint_finds_its_category(retail: Understanding, text: str, category: str) -> None:
    assert retail.complaint_slots(text, CONTEXT.today).category == category


def test_held_out_wordings_are_mostly_right_and_seldom_wrong(retail: Understanding) -> None:
    rows = [row for row in yaml.safe_load(HELD_OUT.read_text(encoding="utf-8")) if row["kind"] == "natural"]
    right = wrong = 0
    for row in rows:
        gold = {row["gold"]} if isinstance(row["gold"], str) else set(row["gold"])
        understood = retail.understand(row["text"], CONTEXT)
        if isinstance(understood, Answer):
            hit = understood.entry_id.removeprefix("entry:") in gold
            right, wrong = right + hit, wrong + (not hit)
        elif isinstance(understood, Choices):
            right += bool(gold & {option.id.removeprefix("entry:") for option in understood.options})
    assert right / len(rows) >= 0.95
    assert wrong / len(rows) <= 0.02
