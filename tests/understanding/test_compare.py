"""Comparisons and conditions are answered from the table, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from bot.knowledge.pack import common_knowledge
from bot.understanding import Context, Listing, Understanding
from bot.understanding.table import value
from tests.conftest import KNOWLEDGE

ATTRIBUTES = """
- {name: 价格, words: [价格, 月租], more: [贵], less: [便宜]}
- {name: 时长, words: [时间], more: [久]}
"""
CARDS = """
- id: card-day
  name: 畅骑日卡
  aliases: [日卡]
  family: 骑行卡
  tier: {价格: 5元, 时长: 2小时}
  aspects: {介绍: 畅骑日卡当天有效。, 价格: 畅骑日卡5元。, 限制: 畅骑日卡只能当天用。}
- id: card-month
  name: 畅骑月卡
  aliases: [月卡]
  family: 骑行卡
  tier: {价格: 15元, 时长: 30小时}
  aspects: {介绍: 畅骑月卡三十天。, 价格: 畅骑月卡15元。}
- id: card-year
  name: 畅骑年卡
  aliases: [年卡]
  family: 骑行卡
  tier: {价格: 128元, 时长: 400小时}
  aspects: {介绍: 畅骑年卡一整年。, 价格: 畅骑年卡128元。}
- id: card-old
  name: 畅骑季卡
  family: 骑行卡
  tier: {价格: 40元, 时长: 90小时}
  aspects: {介绍: 畅骑季卡停售了。}
  valid: {from: 2020-01-01, to: 2020-12-31}
- id: helmet
  name: 安全头盔
  family: 头盔
  tier: {价格: 免费}
  aspects: {介绍: 头盔免费借。}
"""


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    """A few cards to compare, with the shipped sentences."""
    from tests.understanding.conftest import FILES

    root = tmp_path_factory.mktemp("cards")
    files = {**FILES, "bikes/products/cards.yaml": CARDS, "common/compare.yaml": ATTRIBUTES}
    files["common/texts.yaml"] = (KNOWLEDGE / "common" / "texts.yaml").read_text(encoding="utf-8")
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(line.removeprefix("        ") for line in text.splitlines()), encoding="utf-8")
    return Understanding.load(root, "bikes")


@pytest.fixture(scope="module")
def ask(cards: Understanding) -> Callable[..., object]:
    """Ask with what was spoken of last."""
    return lambda text, last=None, asked=None: cards.understand(text, Context(date(2026, 4, 1), {}, last, asked))


def ids(outcome: object) -> list[str]:
    assert isinstance(outcome, Listing), outcome
    return [option.id.split(":")[1] for option in outcome.options]


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("59元", 59, "元"),
        ("免费", 0, "元"),
        ("20GB", 20, "g"),
        ("1TB", 1024, "g"),
        ("半年", 182, "天"),
        ("15天", 15, "天"),
    ],
)
def test_tiers_are_read_once(text: str, number: float, unit: str) -> None:
    assert value(text)[1:] == (number, unit)


def test_a_tier_that_is_a_word_has_no_number() -> None:
    assert value("腾讯视频").number is None


@pytest.mark.parametrize(
    "text", ["月卡和年卡有什么区别", "15和128差哪", "十五的跟一百二十八的比一比", "月卡还是年卡划算"]
)
def test_two_are_put_beside_each_other(ask: Callable[..., object], text: str) -> None:
    found = ask(text)
    assert ids(found) == ["card-month", "card-year"]
    assert isinstance(found, Listing)
    assert "15元 / 128元" in found.question
    assert "30小时 / 400小时" in found.question


def test_what_is_cheaper_by_the_piece_is_worked_out(ask: Callable[..., object]) -> None:
    found = ask("月卡和年卡哪个划算")
    assert isinstance(found, Listing)
    assert "畅骑年卡最划算（约0.01元" in found.question


def test_an_aspect_that_one_does_not_tell_is_told_so(ask: Callable[..., object]) -> None:
    found = ask("日卡和月卡的限制有什么区别")
    assert isinstance(found, Listing)
    assert "畅骑日卡：只能当天用。" in found.question
    assert "畅骑月卡：没有写明" in found.question


def test_a_number_that_no_tier_has_is_told_so(ask: Callable[..., object]) -> None:
    found = ask("15和130哪个好")
    assert ids(found) == ["card-month", "card-year"]
    assert isinstance(found, Listing)
    assert "没有130这一档" in found.question


def test_numbers_far_from_every_tier_are_none_of_ours(ask: Callable[..., object]) -> None:
    assert not isinstance(ask("700和900哪个好"), Listing)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20元以下的骑行卡有哪些", ["card-day", "card-month"]),
        ("不超过20块的骑行卡", ["card-day", "card-month"]),
        ("十块以上的骑行卡", ["card-month", "card-year"]),
        ("10到20元的骑行卡", ["card-month"]),
        ("15块左右的骑行卡有吗", ["card-month"]),
        ("最便宜的骑行卡是哪个", ["card-day", "card-month", "card-year"]),
        ("最贵的骑行卡", ["card-year", "card-month", "card-day"]),
        ("时间最久的骑行卡", ["card-year", "card-month", "card-day"]),
        ("便宜点的骑行卡", ["card-day", "card-month", "card-year"]),
        ("比15便宜的骑行卡", ["card-day"]),
        ("500元以上的骑行卡", ["card-year", "card-month", "card-day"]),
    ],
)
def test_conditions_pick_the_rows(ask: Callable[..., object], text: str, expected: list[str]) -> None:
    assert ids(ask(text)) == expected


def test_nothing_that_fits_is_told_so(ask: Callable[..., object]) -> None:
    found = ask("500元以上的骑行卡")
    assert isinstance(found, Listing)
    assert found.question.startswith("没有500元以上的骑行卡")


def test_more_of_it_is_measured_against_the_last(ask: Callable[..., object]) -> None:
    assert ids(ask("有没有便宜点的", "product:card-month:价格")) == ["card-day"]
    already = ask("再便宜点的有吗", "product:card-day:价格")
    assert isinstance(already, Listing)
    assert not already.options
    assert "已经是同类里最低" in already.question


def test_which_sort_is_asked_and_heard(ask: Callable[..., object]) -> None:
    which = ask("有没有便宜点的")
    assert isinstance(which, Listing)
    assert "您想看哪一类的" in which.question
    assert ids(ask("骑行卡", which.about, "有没有便宜点的")) == ["card-day", "card-month", "card-year"]


@pytest.mark.parametrize(
    "text",
    [
        "押金20元以上什么时候退",
        "骑完在哪还车",
        "怎么扫码开锁",
        "月卡多少钱",
        "充20元以上送什么",
        "为什么比昨天贵了",
        "车和锁有什么关系",
        "我要投诉",
    ],
)
def test_other_questions_are_left_alone(ask: Callable[..., object], text: str) -> None:
    assert not isinstance(ask(text), Listing)


def test_a_pack_without_tiers_has_no_table() -> None:
    engine = Understanding(common_knowledge(KNOWLEDGE))
    assert not isinstance(engine.understand("59和79有什么区别", Context(date(2026, 4, 1))), Listing)
