"""Characters that turn the direction of writing or have no width are gone from words and names; emoji stay whole."""

from __future__ import annotations

import pytest

from bot.markup import inert
from bot.messages import Kind, Media
from bot.store.models import Customer
from tests.auxil.turns import incoming

HIDDEN = [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2060\ufeff\u200e\u200f\u061c"]
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize("mark", HIDDEN)
def test_they_are_dropped_where_words_and_names_come_in(mark: str) -> None:
    words = f"已{mark}付款{mark}"
    assert inert(words) == "已付款"
    assert incoming(words).text == "已付款"
    assert Media(Kind.LOCATION, "", {"label": words}).detail["label"] == "已付款"
    assert Customer(name=words).name == "已付款"


def test_emoji_and_other_words_stay() -> None:
    assert inert(f"谢谢{FAMILY}😊\n<b>") == f"谢谢{FAMILY}😊\n＜b＞"
