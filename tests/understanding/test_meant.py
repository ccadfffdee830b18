"""What is learnt and what is looked at, so that the right thing can be meant."""

from __future__ import annotations

from bot.knowledge.pack import Entry, Knowledge, Product
from bot.understanding.intents import QUESTION, QUESTIONS, _texts
from bot.understanding.mentions import Linker
from bot.understanding.products import ProductMatcher
from bot.understanding.table import amount, measured
from bot.understanding.tone import asking


def product(number: int, name: str, *aliases: str, **aspects: str) -> Product:
    return Product(f"p{number}", name, aliases, aspects or {"介绍": f"{name}的介绍"}, family=name[:2])


def test_only_the_aspects_that_some_product_has_are_learnt() -> None:
    asked = {"介绍": ["是什么", "介绍一下"], "价格": ["多少钱", "几块钱"], "油耗": ["费油吗", "油耗多少"]}
    matcher = ProductMatcher([product(0, "骑行月卡", 介绍="好用", 价格="15元")], asked, ())
    assert set(matcher.asked("多少钱")) == {"介绍", "价格"}


def test_every_entry_teaches_what_a_question_is() -> None:
    wordings = tuple(f"第{number}样怎么说" for number in range(6))
    entries = [Entry(f"e{place}", "", f"第{place}件事怎么办", wordings, "好") for place in range(QUESTIONS - 10)]
    entries.append(Entry("last", "", "最后一件事", ("莫名其妙扣了我的钱", "平常的一句话"), "好"))
    learnt = _texts(Knowledge(entries=tuple(entries)))[QUESTION]
    assert len(learnt) == QUESTIONS
    assert {"第0件事怎么办", "最后一件事", "莫名其妙扣了我的钱"} <= set(learnt)


def test_a_product_of_many_names_keeps_out_no_other() -> None:
    many = [product(0, "云崖甲", *(f"云崖甲{sign}" for sign in "子丑寅卯辰巳午未申酉戌亥"))]
    linker = Linker([*many, product(1, "云崖乙"), product(2, "云崖丙")], ())
    assert {mention.product for mention in linker.mentions("云崖多少钱")} == {0, 1, 2}


def test_a_name_is_heard_only_where_no_other_word_begins() -> None:
    linker = Linker([product(0, "金砖")], (), ("账户里的转出记录",))
    assert linker.respelled("金专怎么买") == "金砖怎么买"
    assert linker.respelled("资金转出去了") == "资金转出去了"


def test_a_name_ends_where_the_asking_begins() -> None:
    linker = Linker([product(0, "信用卡白金卡")], ())
    [mention] = linker.mentions("白金卡年费")
    assert (mention.start, mention.end) == (0, 3)


def test_a_reproach_asks_nothing() -> None:
    assert not asking("凭什么多扣我年费", angry=True)
    assert asking("凭什么证件取货", angry=True)


def test_amounts_are_read_in_their_units() -> None:
    assert amount("15万") == (150_000.0, "元")
    assert amount("520公里") == (520.0, "公里")
    assert amount("7座") == (7.0, "座")
    assert measured("半年期") == (182.0, "天")
    assert measured("3年") == (1095.0, "天")
