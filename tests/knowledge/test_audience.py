"""Answers by branch, level and day, and what is shown beside the words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.pack import Knowledge, Reader
from bot.understanding import Answer, Card, Context, KnowledgeError, Link
from bot.understanding.answers import Answers
from tests.conftest import KNOWLEDGE

DAY = date(2026, 11, 22)
ENTRIES = """
- id: bike-gift
  category: 会员
  question: 会员日送什么
  variants: [会员日礼物, 会员日有啥, 会员节送啥, 今天送什么]
  answer: 会员日送骑行券，{{until}}前有效（{{source}}）。
  valid: {from: 2026-01-01, to: 2026-12-31}
  source: 会员规则
  answers:
    - for: {level: [钻石]}
      valid: {to: 2026-11-30}
      answer: 会员日为您留了头盔。
      link: {title: 领头盔, url: "https://example.com/helmet"}
    - for: {branch: [城东站], level: [钻石, 金]}
      answer: 会员日到城东站领水壶。
- id: bike-map
  category: 用车
  question: 还车点在哪
  variants: [还车点地图, 在哪还车, 还车的地方, 哪里能还]
  answer: 地图上蓝框里都能还。
  link: {title: 打开地图, url: "{{map_link}}", app_id: "{{map_app}}", path: pages/map}
  card: {title: "{{branch}}还车点", text: 点开看地图, url: "{{map_link}}", picture: "https://example.com/{{map_name}}.png"}
  picture: "{{map_picture}}"
- id: bike-east
  category: 用车
  question: 城东站几点关门
  variants: [城东站关门时间, 城东站开到几点, 城东几点下班, 城东站营业时间]
  answer: 晚上八点。
  only: {branch: [城东站]}
"""


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    """The three entries, as they are read from a file."""
    file = tmp_path / "bikes" / "entries" / "all.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(ENTRIES, encoding="utf-8")
    entries = tuple(Reader(tmp_path).entries(tmp_path / "bikes"))
    return Answers(Knowledge(entries=entries, placeholders={"map_link": "", "map_app": "", "map_picture": ""}))


Ask = Callable[..., Answer | None]


@pytest.fixture
def ask(answers: Answers) -> Ask:
    """Ask for an item as somebody, somewhere, on some day."""

    def answer(item: str, day: date = DAY, level: str = "", branch: str = "", **placeholders: str) -> Answer | None:
        return answers.get(item, Context(day, placeholders, branch=branch, level=level))

    return answer


@pytest.mark.parametrize(
    ("level", "branch", "day", "said"),
    [
        ("", "", DAY, "会员日送骑行券，2026年12月31日前有效（会员规则）。"),
        ("普通", "城东站", DAY, "会员日送骑行券"),
        ("钻石", "", DAY, "留了头盔"),
        ("钻石", "城西站", date(2026, 12, 1), "送骑行券"),
        ("钻石", "城东站", date(2026, 12, 1), "城东站领水壶"),
        ("金", "城东站", DAY, "城东站领水壶"),
    ],
)
def test_the_first_wording_that_fits_is_told(ask: Ask, level: str, branch: str, day: date, said: str) -> None:
    found = ask("entry:bike-gift", day, level, branch)
    assert found is not None
    assert said in found.text
    assert (found.source, found.until) == ("会员规则", date(2026, 12, 31))


def test_a_wording_has_its_own_link(ask: Ask) -> None:
    found = ask("entry:bike-gift", level="钻石")
    assert found is not None
    assert found.link == Link("领头盔", "https://example.com/helmet")


def test_an_offer_stops_by_itself(answers: Answers, ask: Ask) -> None:
    late = date(2027, 1, 1)
    assert ask("entry:bike-gift", late, "钻石") is None
    assert not answers.live("entry:bike-gift", Context(late))
    assert answers.live("entry:bike-gift", Context(DAY))


def test_what_is_for_one_branch_is_not_told_elsewhere(answers: Answers, ask: Ask) -> None:
    assert ask("entry:bike-east") is None
    assert ask("entry:bike-east", branch="城西站") is None
    assert not answers.live("entry:bike-east", Context(DAY, branch="城西站"))
    assert ask("entry:bike-east", branch="城东站") is not None


def test_what_a_branch_has_not_filled_in_is_left_out(ask: Ask) -> None:
    found = ask("entry:bike-map", map_name="east")
    assert found is not None
    assert (found.link, found.card, found.picture) == (None, None, "")


def test_link_card_and_picture_are_the_branchs(ask: Ask) -> None:
    own = {"map_link": "https://example.com/m", "map_app": "wx0123456789abcdef", "map_picture": "MEDIA"}
    found = ask("entry:bike-map", branch="", **own)
    assert found is not None
    assert found.link == Link("打开地图", "https://example.com/m", "wx0123456789abcdef", "pages/map")
    assert found.card == Card("{{branch}}还车点", "点开看地图", "https://example.com/m", "")
    assert found.picture == "MEDIA"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("level: [钻石]", "level: [砖石]", "只能是：普通、银、金、钻石"),
        ("only: {branch: [城东站]}", "only: {}", "“only”太少"),
        ('"https://example.com/helmet"', '"http://example.com/helmet"', "“url”的写法不对"),
        ("      answer: 会员日到城东站领水壶。\n", "", "缺少“answer”"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "bikes" / "entries" / "all.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(ENTRIES.replace(old, new), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=said):
        list(Reader(tmp_path).entries(tmp_path / "bikes"))


def test_the_shipped_packs_tell_valued_customers_otherwise() -> None:
    for pack, item in (("telecom", "entry:tel-vip-benefits"), ("bank", "entry:bank-vip-rights")):
        entries = tuple(Reader(KNOWLEDGE).entries(KNOWLEDGE / pack))
        answers = Answers(Knowledge(entries=entries))
        told = {level: answers.get(item, Context(DAY, level=level)) for level in ("", "普通", "钻石")}
        assert len({answer.text for answer in told.values() if answer}) == 3
