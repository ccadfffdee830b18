"""The bank pack as it is shipped: complaints, what is not ours, the words on risk, and aspects of products."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.understanding import Answer, Choices, Context, Intent, Listing, Understanding, Unknown

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = Context(date(2026, 11, 21), {"hotline": "95000"})
HELD_OUT = ROOT / "tests" / "data" / "bank_heldout.yaml"
INVESTMENTS = ("bank-p-wm-", "bank-p-fund-", "bank-p-gold-acc", "bank-p-structured")
UNCERTAIN = ("不保本", "不保证本金", "亏", "不等于存款", "收益不确定")
"""One of these must be said of every investment when its risk is asked."""


@pytest.fixture(scope="module")
def bank() -> Understanding:
    return Understanding.load(ROOT / "knowledge", "bank")


def given(understood: object) -> set[str]:
    """Return the ids a customer is given or offered."""
    if isinstance(understood, Answer):
        return {understood.entry_id, *(more.entry_id for more in understood.more)}
    return {option.id for option in understood.options} if isinstance(understood, Choices) else set()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("你们柜员什么态度", "attitude"),
        ("手机银行又崩了气死人", "ebank"),
        ("贷款拖了俩月还不放款 烦死了", "loan"),
        ("當初說保本現在虧了兩萬，你們騙人", "wealth"),
    ],
)
def test_a_complaint_is_recognised_without_the_word(bank: Understanding, text: str, category: str) -> None:
    understood = bank.understand(text, CONTEXT)
    assert isinstance(understood, Intent)
    assert (understood.name, understood.slots.get("category")) == ("complaint.file", category)


@pytest.mark.parametrize("text", ["厨房水管爆了怎么办", "公积金怎么提取", "比特币在哪里买", "花呗还不上怎么办"])
def test_other_peoples_business_is_not_answered_with_ours(bank: Understanding, text: str) -> None:
    understood = bank.understand(text, CONTEXT)
    assert isinstance(understood, Unknown)
    assert understood.reason == "not_ours"
    assert understood.say


@pytest.mark.parametrize("text", ["理财保本吗", "买理财会不会亏", "天天添利会亏吗"])
def test_nothing_is_promised_of_an_investment(bank: Understanding, text: str) -> None:
    understood = bank.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert "不保本" in understood.text


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("七天通知存款多少起存", "product:bank-p-notice-7:起购金额"),
        ("快享消费贷能贷多少", "product:bank-p-loan-consumer:额度"),
        ("大額存單三年的利率", "product:bank-p-cd-3y:利率"),
        ("房贷等额本息还是等额本金", "product:bank-p-loan-home:还款方式"),
        ("卡丢了", "entry:bank-card-lost"),
        ("行動銀行登不進去", "entry:bank-app-fail"),
    ],
)
def test_what_is_asked_is_answered(bank: Understanding, text: str, item: str) -> None:
    assert item in given(bank.understand(text, CONTEXT))


@pytest.mark.parametrize("text", ["我被骗子骗了", "刚才被骗了十万", "被骗转账了怎么办", "上当受骗了"])
def test_who_was_cheated_is_told_at_once_whom_to_call(bank: Understanding, text: str) -> None:
    understood = bank.understand(text, CONTEXT)
    if isinstance(understood, Intent):
        assert (understood.name, understood.slots.get("category")) == ("complaint.file", "fraud")
    else:
        assert given(understood) == {"entry:bank-fraud-transfer"}
    described = yaml.safe_load((ROOT / "knowledge" / "bank" / "complaints.yaml").read_text(encoding="utf-8"))
    fraud = next(each for each in described["categories"] if each["id"] == "fraud")
    assert "110" in fraud["soothe"]


def test_the_risk_of_every_investment_is_said_as_it_is() -> None:
    said = []
    for file in sorted((ROOT / "knowledge" / "bank" / "products").glob("*.yaml")):
        for row in yaml.safe_load(file.read_text(encoding="utf-8")):
            if row["id"].startswith(INVESTMENTS):
                said.append(row["aspects"]["风险等级"])
    assert len(said) >= 12
    assert all(any(word in text for word in UNCERTAIN) for text in said)


def test_held_out_wordings_are_mostly_right_and_seldom_wrong(bank: Understanding) -> None:
    rows = [row for row in yaml.safe_load(HELD_OUT.read_text(encoding="utf-8")) if row["kind"] == "natural"]
    asked = [(bank.understand(row["text"], CONTEXT), f"entry:{row['gold']}") for row in rows]
    right = sum(gold in given(understood) for understood, gold in asked)
    wrong = sum(isinstance(understood, Answer) and gold not in given(understood) for understood, gold in asked)
    assert right / len(rows) >= 0.97
    assert wrong / len(rows) <= 0.02


@pytest.mark.parametrize("text", ["被骗了", "卡里的钱莫名其妙少了", "贷款还没下来", "还不上贷款了"])
def test_a_trouble_an_entry_is_worded_like_is_a_question(bank: Understanding, text: str) -> None:
    assert isinstance(bank.understand(text, CONTEXT), Answer)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("凭什么多扣我年费", "complaint.file"),
        ("等了一个钟头都没叫到我号", "complaint.file"),
        ("我那个投诉呢", "complaint.progress"),
        ("叫我顾问给我回个电话", "manager.talk"),
        ("让理财经理跟我联系一下", "manager.talk"),
        ("不想收到节日祝福可以吗", "care.opt_out"),
    ],
)
def test_what_is_wanted_is_heard(bank: Understanding, text: str, name: str) -> None:
    understood = bank.understand(text, CONTEXT)
    assert isinstance(understood, Intent)
    assert understood.name == name


@pytest.mark.parametrize("text", ["卖银行卡犯法吗", "出租银行卡", "说我涉嫌洗钱", "反洗钱核查"])
def test_an_unlawful_matter_that_an_entry_speaks_of_is_answered(bank: Understanding, text: str) -> None:
    assert isinstance(bank.understand(text, CONTEXT), Answer)
    assert bank.careful(text) is None


def test_an_unlawful_wish_is_still_met_with_care(bank: Understanding) -> None:
    understood = bank.careful("哪里能赌球")
    assert understood is not None
    assert understood.slots["kind"] == "illegal"


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("信用卡白金卡年费多少", "product:bank-p-cc-platinum:年费"),
        ("年金险退保能拿回多少", "product:bank-p-ins-annuity:提前支取"),
    ],
)
def test_a_product_called_by_its_name_goes_before_a_general_entry(bank: Understanding, text: str, item: str) -> None:
    understood = bank.understand(text, CONTEXT)
    assert isinstance(understood, Answer)
    assert understood.entry_id == item


@pytest.mark.parametrize(("text", "count"), [("半年期的理财有哪些", 1), ("一年以内的理财", 4), ("安享理财", 4)])
def test_products_are_listed_by_a_span_of_time_or_a_family(bank: Understanding, text: str, count: int) -> None:
    understood = bank.understand(text, CONTEXT)
    assert isinstance(understood, Listing)
    assert len(understood.options) == count
