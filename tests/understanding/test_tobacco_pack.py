"""The tobacco pack as it is shipped: what must hold whatever its wordings are; above all, nothing is promoted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.understanding import Answer, Choices, Context, Intent, Understanding, Unknown

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "knowledge" / "tobacco"
CONTEXT = Context(date(2026, 11, 21), {"hotline": "客服热线"})
HELD_OUT = ROOT / "tests" / "data" / "tobacco_heldout.yaml"
PROMOTION = frozenset(
    [
        "好抽",
        "好卖",
        "畅销",
        "热销",
        "促销",
        "优惠",
        "打折",
        "特价",
        "买一送一",
        "推荐您",
        "推荐这",
        "口感",
        "低焦",
        "减害",
        "新品上市",
    ]
)


@pytest.fixture(scope="module")
def tobacco() -> Understanding:
    return Understanding.load(ROOT / "knowledge", "tobacco")


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _own() -> Iterator[str]:
    """Every sentence of the pack: answers, the aspects of services, texts, soothing words, the way elsewhere."""
    for file in (*PACK.glob("entries/*.yaml"), *PACK.glob("products/*.yaml")):
        for row in _read(file):
            yield from [row["answer"]] if "answer" in row else row["aspects"].values()
    yield from _read(PACK / "texts.yaml").values()
    for category in _read(PACK / "complaints.yaml")["categories"]:
        yield from [category["soothe"], *category.get("ask", {}).values()]
    yield from (group["say"] for group in _read(PACK / "not_ours.yaml"))


def test_no_sentence_of_the_pack_has_a_banned_word() -> None:
    banned = _read(PACK / "pack.yaml")["banned"]
    assert set(banned) >= PROMOTION
    assert [(word, text) for text in _own() for word in banned if word in text] == []


def test_no_text_shown_to_a_shopkeeper_invites_him_to_offers() -> None:
    shown = {**_read(ROOT / "knowledge" / "common" / "texts.yaml"), **_read(PACK / "texts.yaml")}
    assert [(key, word) for key, text in shown.items() for word in PROMOTION if word in text] == []


@pytest.mark.parametrize("text", ["推荐个卖得好的烟", "哪个牌子的烟好抽啊", "烟最近有没有促销"])
def test_asked_for_a_recommendation_it_says_why_there_is_none(tobacco: Understanding, text: str) -> None:
    understood = tobacco.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == "entry:tob-no-promotion"
    assert "不对烟草制品做推荐" in understood.text


@pytest.mark.parametrize(
    "text",
    [
        "送货的把烟往地上一扔就走什么态度",
        "凭什么又给我降档气死人了",
        "订个货天天卡死你们管不管",
        "又少送我一条烟说了三回没人管",
        "多扣的货款拖了半个月不退",
    ],
)
def test_a_complaint_is_recognised_without_the_word(tobacco: Understanding, text: str) -> None:
    understood = tobacco.understand(text, CONTEXT)
    assert isinstance(understood, Intent)
    assert understood.name == "complaint.file"


@pytest.mark.parametrize("text", ["店里电费去哪交", "食品经营许可证在哪办", "个体户怎么交税啊", "啤酒找谁进货"])
def test_other_peoples_business_is_not_answered_with_ours(tobacco: Understanding, text: str) -> None:
    understood = tobacco.understand(text, CONTEXT)
    assert isinstance(understood, Unknown)
    assert understood.say


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("几点截止订货", "entry:tob-order-deadline"),
        ("订多了想改单", "entry:tob-order-change"),
        ("許可證丟了怎麼補辦", "entry:tob-lic-lost"),
        ("小孩来买烟卖不卖给他", "entry:tob-law-minor"),
        ("送来的货少了一条咋办", "entry:tob-deliver-short"),
        ("电话订货怎么办理", "product:tob-order-phone-line:开通方式"),
    ],
)
def test_what_shopkeepers_ask_every_week(tobacco: Understanding, text: str, item: str) -> None:
    understood = tobacco.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == item


@pytest.mark.parametrize(
    ("text", "category"),
    [("送货员扔下货就走少了一条", "delivery"), ("有人收好处吃拿卡要", "integrity"), ("无缘无故给我降档", "grading")],
)
def test_a_complaint_finds_its_category(tobacco: Understanding, text: str, category: str) -> None:
    assert tobacco.complaint_slots(text, CONTEXT.today).category == category


def test_held_out_wordings_are_mostly_right_and_seldom_wrong(tobacco: Understanding) -> None:
    rows = [row for row in _read(HELD_OUT) if row["kind"] == "natural"]
    right = wrong = 0
    for row in rows:
        understood, gold = tobacco.understand(row["text"], CONTEXT), f"entry:{row['gold']}"
        if isinstance(understood, Answer):
            right, wrong = right + (understood.entry_id == gold), wrong + (understood.entry_id != gold)
        elif isinstance(understood, Choices):
            right += gold in {option.id for option in understood.options}
    assert right / len(rows) >= 0.95
    assert wrong / len(rows) <= 0.02
