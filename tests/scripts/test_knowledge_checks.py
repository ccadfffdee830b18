"""Each thing the check of the knowledge finds, on a small pack; nothing here learns a model, so it is quick."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts.checks import alike, words
from scripts.checks.files import Finding, PackFiles
from tests.conftest import KNOWLEDGE
from tests.understanding.conftest import FILES

PACK = """
name: boats
title: 游船
placeholders: {hotline: 服务热线, map_link: "", old_link: "http://example.com/old"}
banned: [绝对]
hosts: [example.com]
rules:
  - {words: [保证 准时, 最低价], unless: [不], say: 不能打包票}
"""
ENTRIES = """
- id: boat-rent
  category: 租船
  question: 游船怎么租
  variants: [租船流程, 怎么租一条船, 我想租船, 船在哪租]
  answer: 到码头出示身份证，或拨{{hotline}}。
- id: boat-price
  category: 租船
  question: 租一小时船多少钱
  variants: [游船价格, 船租多少, 一小时几块, 租船收费标准]
  answer: 一小时60元。
"""
PRODUCTS = """
- id: boat-swan
  name: 天鹅号
  aliases: [天鹅船]
  tier: {价格: 80元}
  aspects: {价格: 天鹅号每小时80元。}
"""
PRICE = "answer: 一小时60元。"
Read = Callable[..., PackFiles]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write the pack with these files and read it."""

    def files(
        entries: str = ENTRIES, products: str = PRODUCTS, pack: str = PACK, own: dict[str, str] | None = None
    ) -> PackFiles:
        common = {f"common/{name}": textwrap.dedent(FILES[f"common/{name}.yaml"]) for name in ("intents", "aspects")}
        mine = {"boats/pack": pack, "boats/entries/rent": entries, "boats/products/boats": products}
        for name, text in {**common, **mine, **(own or {})}.items():
            file = tmp_path / f"{name}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return PackFiles(tmp_path, "boats", date(2026, 11, 22))

    return files


def told(findings: Iterable[Finding], *, error: bool = True) -> list[str]:
    """Return the findings of a kind in short: file, line and sentence."""
    return [f"{Path(each.file).name}:{each.line} {each.reason}" for each in findings if each.error is error]


def test_a_good_pack_has_nothing_to_mend(read: Read, tmp_path: Path) -> None:
    files = read()
    looked = (words.contents, words.texts, words.links, alike.same, alike.near, alike.tiers)
    assert [each for look in looked for each in look(files)] == []
    assert list(alike.held_out(files, tmp_path)) == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ('answer: "  "', "rent.yaml:11 回答是空的"),
        ("answer: 拨{{hotlime}}。", "rent.yaml:11 占位符“{{hotlime}}”没有定义"),
        ("answer: 绝对便宜。", "rent.yaml:11 回答里不能出现“绝对”"),
        ("answer: 我们是最低价。", "rent.yaml:11 回答里不能出现“最低价”，请换个说法（不能打包票）"),
        ("answer: 保证每班准时。", "rent.yaml:11 回答里不能出现“保证 准时”"),
        (f"{PRICE}\n  valid: {{to: 2026-11-21}}", "rent.yaml:12 “boat-price”已于 2026-11-21 到期"),
        (f"{PRICE}\n  valid: {{from: 2027-02-01, to: 2027-01-01}}", "rent.yaml:12 “boat-price”的 to 比 from 还早"),
        (
            f"{PRICE}\n  answers: [{{answer: 七折, for: {{level: [金]}}, valid: {{to: 2026-01-01}}}}]",
            "“boat-price”的第 1 种说法已于 2026-01-01 到期",
        ),
        (f"{PRICE}\n  answers: [{{answer: 七折}}]", "rent.yaml:12 这种说法没有写给谁、哪天"),
        (f"{PRICE}\n  answers: [{{for: {{level: [金]}}, answer: 绝对七折}}]", "rent.yaml:12 回答里不能出现“绝对”"),
        (f"{PRICE}\n  card: {{title: 绝对好, url: 'https://example.com'}}", "rent.yaml:12 回答里不能出现“绝对”"),
    ],
)
def test_what_an_answer_must_not_be(read: Read, new: str, said: str) -> None:
    found = told(words.contents(read(ENTRIES.replace(PRICE, new))))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize("said", ["我们不说最低价。", "保证说清楚。准时开船。"])
def test_a_rule_knows_its_excuses_and_keeps_to_a_sentence(read: Read, said: str) -> None:
    assert list(words.contents(read(ENTRIES.replace("一小时60元。", said)))) == []


@pytest.mark.parametrize(
    ("products", "said"),
    [
        (PRODUCTS.replace("aspects: {价格:", "aspects: {颜色: 白, 价格:"), "方面“颜色”不在 common/aspects.yaml 里"),
        (f"{PRODUCTS}  variants: {{介绍: [天鹅号啥样]}}\n", "方面“介绍”只有问法没有回答"),
        (PRODUCTS.replace("boat-swan", "boat-rent"), "编号“boat-rent”在 rent.yaml 里已经用过"),
    ],
)
def test_what_is_wrong_with_a_product(read: Read, products: str, said: str) -> None:
    found = told(words.contents(read(products=products)))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("boats/texts", "greet.morning: 绝对早\n", "texts.yaml:1 boats 里不能出现“绝对”"),
        ("common/smalltalk", "- {id: a, ask: [嗨], answer: 绝对好}\n", "smalltalk.yaml:1 boats 里不能出现“绝对”"),
        ("boats/not_ours", "- words: [电费]\n  say: 绝对不归我\n", "not_ours.yaml:2 boats 里不能出现“绝对”"),
        (
            "boats/complaints",
            "categories:\n  - {id: a, title: 船, words: [漏水], ask: {what: 绝对漏了吗}, soothe: 抱歉}\n",
            "complaints.yaml:2 boats 里不能出现“绝对”",
        ),
    ],
)
def test_all_other_sentences_keep_the_rules(read: Read, name: str, text: str, said: str) -> None:
    files = read(own={name: text})
    assert files.broken == []
    found = told(words.texts(files))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.org/map", "的域名“example.org”不在 pack.yaml 的 hosts 里"),
        ("https://map", "不是 https:// 开头的完整网址"),
        ("{{old_link}}", "网址 http://example.com/old 不是 https:// 开头的完整网址"),
        ("{{none_link}}", "里的占位符“none_link”没有定义"),
    ],
)
def test_an_address_is_whole_safe_and_known(read: Read, url: str, said: str) -> None:
    entries = f'{ENTRIES}  link: {{title: 地图, url: "{url}"}}\n'
    found = told(words.links(read(entries)))
    assert len(found) == 1
    assert found[0].startswith("rent.yaml:12 ")
    assert said in found[0]


def test_addresses_in_words_and_cards_are_looked_at_and_asked(read: Read) -> None:
    asked: list[str] = []

    def reach(url: str) -> str:
        asked.append(url)
        return "打不开" if url.endswith("/b") else ""

    card = 'card: {title: 图, url: "https://www.example.com/b", picture: "{{map_link}}"}'
    entries = ENTRIES.replace(PRICE, f"answer: 看 https://example.com/a 。\n  {card}")
    assert told(words.links(read(entries), reach)) == ["rent.yaml:12 网址 https://www.example.com/b 打不开"]
    assert asked == ["https://example.com/a", "https://www.example.com/b"]


@pytest.fixture
def site() -> Iterator[str]:
    """A server that knows one page."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/here" else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Pages)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_that_is_gone_is_found_out(site: str) -> None:
    assert words.reached(f"{site}/here") == ""
    assert "返回 404" in words.reached(f"{site}/gone")
    assert "打不开（ConnectionError）" in words.reached("http://127.0.0.1:1/")


def test_one_wording_in_two_entries_and_answers_that_contradict(read: Read) -> None:
    more = """
- id: boat-cost
  category: 租船
  question: 船价怎么算
  variants: [游船价格, 船价, 怎么收费的船, 一个小时收多少]
  answer: 一小时90元。
"""
    (found,) = told(alike.same(read(ENTRIES + more)))
    assert found.startswith("rent.yaml:16 问法“游船价格”在“boat-price”里已经有了，只能留一处，而两处回答互相矛盾")


@pytest.mark.parametrize(
    ("question", "answer", "errors", "said"),
    [
        ("周末带小孩去湖上划船1个小时要多少钱", "一小时90元。", 1, "互相矛盾（“boat-price”说：一小时60元。…）"),
        ("周末带小孩去湖上划船1个小时要多少钱", "周末要先约。", 0, "请合并或写得更不同"),
        ("周末带孩子去湖上划船2个小时要多少钱", "两小时110元。", 0, "请合并或写得更不同"),
    ],
)
def test_nearly_the_same_question(read: Read, question: str, answer: str, errors: int, said: str) -> None:
    entries = ENTRIES.replace("租船收费标准", "周末带孩子去湖上划船1个小时要多少钱")
    more = f"""
- id: boat-weekend
  category: 租船
  question: {question}
  variants: [周末船, 周末划船, 星期天划船, 礼拜六划船]
  answer: {answer}
"""
    found = list(alike.near(read(entries + more)))
    assert len(found) == 1
    assert [each.error for each in found] == [bool(errors)]
    assert said in found[0].reason


def test_two_answers_for_different_customers_do_not_contradict(read: Read) -> None:
    more = ENTRIES.replace("boat-", "lake-").replace("60元", "90元").replace("游船怎么租", "湖船怎么租")
    more = "".join(f"{line}\n" for line in more.splitlines())
    found = told(alike.same(read(ENTRIES + more + "  only: {branch: [湖东]}\n")))
    assert found
    assert not any("矛盾" in each for each in found)


def test_a_name_of_two_products_is_a_hint(read: Read) -> None:
    twice = PRODUCTS + PRODUCTS.replace("boat-swan", "boat-goose").replace("天鹅号", "大雁号")
    (found,) = told(alike.same(read(products=twice)), error=False)
    assert "叫法“天鹅船”也是“boat-swan”的" in found


@pytest.mark.parametrize(("tier", "error"), [("80元", None), ("88元", True)])
def test_a_price_is_the_same_in_the_table_and_in_words(read: Read, tier: str, error: bool | None) -> None:
    found = list(alike.tiers(read(products=PRODUCTS.replace("价格: 80元", f"价格: {tier}"))))
    assert [each.error for each in found] == ([] if error is None else [error])
    assert not found or "没有 tier 写的“88元”" in found[0].reason


def test_an_entry_against_the_product_it_names(read: Read) -> None:
    files = read(ENTRIES.replace("一小时几块", "租天鹅船一小时几块"))
    named = alike.naming(files)
    assert [wording.text for wording in named] == ["租天鹅船一小时几块"]
    (found,) = told(alike.against_products(files, {named[0]: ["product:boat-swan:价格"]}))
    assert found.startswith("rent.yaml:11 “租天鹅船一小时几块”的回答和产品“天鹅号·价格”对不上")


def test_a_wording_kept_for_measuring_may_not_be_used(read: Read, tmp_path: Path) -> None:
    (tmp_path / "boats_heldout.yaml").write_text("- {text: 我想租船。, gold: boat-rent}\n", encoding="utf-8")
    (found,) = told(alike.held_out(read(), tmp_path))
    assert found.startswith("rent.yaml:5 问法“我想租船”留在 boats_heldout.yaml 里做测试")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("boats/menu", "buttons: [{name: 租, key: rent}]\n", "“key”的写法不对：rent"),
        ("boats/texts", "Greeting: 好\n", "的写法不对：Greeting"),
        ("boats/complaints", "categories: [{id: a, title: 船, words: [漏], soft: 抱歉}]\n", "不认识的键“soft”"),
        ("boats/pack", f"{PACK}\nholidays: [元旦]\n", "不认识的键“holidays”"),
    ],
)
def test_every_kind_of_file_has_a_form(read: Read, name: str, text: str, said: str) -> None:
    (found,) = told(read(own={name: text}).broken)
    assert said in found


def _shipped() -> list[Path]:
    return sorted(KNOWLEDGE.rglob("*.yaml"))


@pytest.mark.parametrize("file", _shipped(), ids=lambda file: str(file.relative_to(KNOWLEDGE)))
def test_an_editor_finds_the_form_of_every_shipped_file(file: Path) -> None:
    head = file.read_text(encoding="utf-8").partition("\n")[0]
    assert head.startswith("# yaml-language-server: $schema=")
    assert (file.parent / head.partition("=")[2]).is_file()


@pytest.mark.parametrize("schema", sorted((KNOWLEDGE / "schema").glob("*.json")), ids=lambda file: file.stem)
def test_every_key_is_described_in_chinese(schema: Path) -> None:
    bare = [path for path, node in _nodes(json.loads(schema.read_text(encoding="utf-8"))) if not _described(node)]
    assert bare == []


def _nodes(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the schema of every key and list item."""
    for name, each in (*node.get("properties", {}).items(), *node.get("$defs", {}).items()):
        yield f"{path}/{name}", each
        yield from _nodes(each, f"{path}/{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(each := node.get(key), dict):
            yield f"{path}/{key}", each
            yield from _nodes(each, f"{path}/{key}")


def _described(node: dict[str, Any]) -> bool:
    return "$ref" in node or any("一" <= sign <= "鿿" for sign in node.get("description", ""))
