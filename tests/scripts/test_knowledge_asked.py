"""What asking every wording shows: wordings that lead elsewhere, and entries nobody reaches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest

from bot.understanding import Answer, Context, Intent, KnowledgeError, Understanding, Understood, Unknown
from scripts.checks.asked import asked
from tests.scripts.test_knowledge_checks import ENTRIES, PRODUCTS, Read, read, told

__all__ = ["read"]

Lead = Callable[..., list[Context]]


@pytest.fixture
def lead(monkeypatch: pytest.MonkeyPatch) -> Lead:
    """Let the engine lead some words elsewhere, all others to their own entry; return the contexts it is asked in."""

    def stub(elsewhere: dict[str, Understood], entries: str = ENTRIES, near: tuple[str, ...] = ()) -> list[Context]:
        contexts: list[Context] = []

        def understand(text: str, context: Context) -> Understood:
            contexts.append(context)
            owner = "boat-rent" if entries.find(text) < entries.find("boat-price") else "boat-price"
            return elsewhere.get(text, Answer("…", f"entry:{owner}", "…", 1.0))

        candidates = [SimpleNamespace(id=item) for item in near]
        engine = SimpleNamespace(
            understand=understand, explain=lambda text, context: SimpleNamespace(candidates=candidates)
        )
        monkeypatch.setattr(Understanding, "load", lambda root, pack: engine)
        return contexts

    return stub


def test_all_is_well(read: Read, lead: Lead) -> None:
    lead({})
    assert list(asked(read())) == []


def test_a_wording_that_another_entry_answers(read: Read, lead: Lead) -> None:
    lead({"船租多少": Answer("…", "entry:boat-rent", "游船怎么租", 1.0)})
    assert told(asked(read())) == ["rent.yaml:10 问“船租多少”时答的是“游船怎么租”，请换个说法或移到那一条"]


def test_a_wording_taken_for_an_intent_is_a_hint(read: Read, lead: Lead) -> None:
    lead({"我想租船": Intent("urge", {}, 0.9)})
    assert told(asked(read()), error=False) == ["rent.yaml:5 “我想租船”会被当作意图 urge，不会用到这条回答"]


def test_an_entry_that_nothing_reaches(read: Read, lead: Lead) -> None:
    lead(
        dict.fromkeys(
            ("租一小时船多少钱", "游船价格", "船租多少", "一小时几块", "租船收费标准"), Unknown("far", (), None)
        )
    )
    (found,) = told(asked(read()))
    assert found == "rent.yaml:7 “boat-price”没有一种问法能问到它，请补充或改写问法"


def test_an_entry_is_asked_as_one_it_is_for_on_a_day_it_holds(read: Read, lead: Lead) -> None:
    contexts = lead({})
    limits = "  only: {branch: [湖东], level: [金, 钻石]}\n  valid: {from: 2026-12-01}\n"
    assert list(asked(read(ENTRIES + limits))) == []
    assert contexts[0] == Context(date(2026, 11, 22))
    assert contexts[-1] == Context(date(2026, 12, 1), branch="湖东", level="金")


def test_an_entry_that_says_another_price_than_the_product(read: Read, lead: Lead) -> None:
    entries = ENTRIES.replace("一小时几块", "租天鹅船一小时几块")
    lead({}, entries, near=("entry:boat-price", "product:boat-swan:价格"))
    (found,) = told(asked(read(entries, PRODUCTS)))
    assert "和产品“天鹅号·价格”对不上" in found


def test_a_pack_that_cannot_be_learnt_is_told(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(root: object, pack: str) -> Understanding:
        raise KnowledgeError("boats/pack.yaml", 3, "写错了")

    monkeypatch.setattr(Understanding, "load", refuse)
    assert told(asked(read())) == ["pack.yaml:3 写错了"]
