"""Which step answers a message: menu, event, pick, form, tap, kind, nothing at all, understanding; and the staff's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import Router
from bot.dialogue.dispatch import Dispatcher
from bot.dialogue.sessions import Session
from bot.messages import SILENT, Choices, Kind, Option, Reply, Text
from bot.understanding import Unknown
from tests.auxil.turns import NOW, STAFF, incoming, picture, turn, words

OPTIONS = (Option("card:one", "畅享套餐"), Option("card:two", "尊享套餐"), Option("none:x", "都不是"))


@pytest.fixture
def router() -> Router:
    """Handlers that say which of them was asked."""
    router = Router()
    router.understood(Unknown)(lambda text: f"没听懂：{text}")
    router.intent("help")(lambda slots: "帮助")
    router.choice("card")(lambda choice: f"选了：{choice}")
    router.event("subscribe")(lambda event_key: f"欢迎{event_key}")
    router.kind(Kind.PICTURE)(lambda media: f"图片{media.media_id}")
    router.kind(Kind.UNKNOWN)(lambda turn: "看不懂")
    router.empty(lambda turn: "空的")
    router.stale_choice(lambda turn: "过时了")
    router.card("take")(lambda task_id: f"接单{task_id}")
    router.staff(r"回复\s*(?P<number>\S+)\s*(?P<said>.*)")(lambda number, said: f"{number}：{said}")
    router.staff(r"回复.*")(lambda turn: "第二条")
    router.staff_fallback(lambda text: f"员工：{text}")
    return router


@pytest.fixture
def ask(router: Router) -> Callable[..., str]:
    """Dispatch one message and return the words of the reply."""
    dispatcher = Dispatcher(router)

    def answer(message: Any, **given: Any) -> str:
        return words(dispatcher.answer(turn(message, forms=dispatcher.forms, **given)))

    return answer


def offered(**changes: Any) -> Session:
    session = Session(**changes)
    session.offer(OPTIONS, NOW)
    return session


class TestCustomers:
    def test_words_that_nothing_else_takes_are_understood(self, ask: Callable[..., str]) -> None:
        assert ask("在吗") == "没听懂：在吗"

    @pytest.mark.parametrize("text", ["", " ", "\n\t　"])
    def test_nothing_said(self, ask: Callable[..., str], text: str) -> None:
        assert ask(text) == "空的"

    def test_kinds(self, ask: Callable[..., str]) -> None:
        assert ask(picture("M1")) == "图片M1"
        assert ask(incoming(kind=Kind.VOICE)) == "看不懂"

    def test_events(self, ask: Callable[..., str]) -> None:
        assert ask(incoming(kind=Kind.EVENT, event="subscribe", event_key="qrscene_7")) == "欢迎qrscene_7"

    def test_events_nobody_answers_are_silent(self, router: Router) -> None:
        for event in ("location", "view", "some_event_of_next_year"):
            assert Dispatcher(router).answer(turn(incoming(kind=Kind.EVENT, event=event))) == SILENT

    def test_menu_taps(self, ask: Callable[..., str]) -> None:
        assert ask(incoming(kind=Kind.EVENT, event="click", event_key="intent:help")) == "帮助"
        assert ask(incoming(kind=Kind.EVENT, event="click", event_key="ask:流量怎么查")) == "没听懂：流量怎么查"

    def test_a_tap_that_leads_nowhere_any_more(self, ask: Callable[..., str]) -> None:
        assert ask(incoming("左边", choice_id="gone:1")) == "过时了"
        assert ask(incoming("左边", choice_id="nonsense")) == "过时了"


class TestPicking:
    @pytest.mark.parametrize(
        "text", ["2", "２", "二", "第2个", "选2", "选择 二", "第二项。", "2号!", "尊享套餐", " 尊享套餐 "]
    )
    def test_by_number_or_label(self, ask: Callable[..., str], text: str) -> None:
        assert ask(text, session=offered()) == "选了：two"

    def test_by_tap_also_without_an_offer(self, ask: Callable[..., str]) -> None:
        assert ask(incoming("随便什么字", choice_id="card:two")) == "选了：two"

    @pytest.mark.parametrize("text", ["4", "9", "0", "22", "-1", "1.5", "2元", "第2个套餐多少钱"])
    def test_what_is_no_pick(self, ask: Callable[..., str], text: str) -> None:
        assert not ask(text, session=offered()).startswith("选了")

    def test_without_an_offer_a_number_picks_nothing(self, ask: Callable[..., str]) -> None:
        assert not ask("2").startswith("选了")

    def test_words_withdraw_the_offer_events_do_not(self, router: Router) -> None:
        dispatcher, session = Dispatcher(router), offered()
        dispatcher.answer(turn(incoming(kind=Kind.EVENT, event="location"), session=session))
        assert session.offered
        dispatcher.answer(turn("在吗", session=session))
        assert session.offered == []

    def test_an_offer_in_the_reply_is_remembered_for_ten_minutes(self, router: Router) -> None:
        question = Reply((Text("请看"), Choices("哪个？", OPTIONS)))
        router.intent("ask")(lambda slots: question)
        session = Session()
        tap = incoming(kind=Kind.EVENT, event="click", event_key="intent:ask")
        assert Dispatcher(router).answer(turn(tap, session=session)) == question
        assert [key for key, _ in session.offered] == ["card:one", "card:two", "none:x"]
        stored = session.dump()
        assert Session.parse(stored, NOW + timedelta(minutes=9)).offered
        assert Session.parse(stored, NOW + timedelta(minutes=11)).offered == []

    @given(st.text(max_size=12), st.text(max_size=12))
    def test_no_words_and_no_id_break_it(self, text: str, choice: str) -> None:
        router = Router()
        router.understood(Unknown)(lambda turn: "?")
        router.choice("card")(lambda choice: choice)
        reply = Dispatcher(router).answer(turn(incoming(text, choice_id=choice), session=offered()))
        assert isinstance(reply, Reply)


class TestStaff:
    def test_the_first_command_that_fits_whole(self, ask: Callable[..., str]) -> None:
        assert ask("回复 0007 已经修好\n请看看", person=STAFF) == "0007：已经修好\n请看看"
        assert ask("回复", person=STAFF) == "第二条"
        assert ask("请回复 0007", person=STAFF) == "员工：请回复 0007"

    def test_buttons_of_cards(self, ask: Callable[..., str]) -> None:
        tap = {"kind": Kind.EVENT, "event": "template_card_event", "data": {"TaskId": "t:7"}}
        assert ask(incoming(event_key="take", **tap), person=STAFF) == "接单t:7"
        assert ask(incoming(event_key="unknown", **tap), person=STAFF) == ""

    def test_their_words_never_go_to_understanding(self, ask: Callable[..., str]) -> None:
        assert ask("在吗", person=STAFF) == "员工：在吗"

    def test_customers_give_no_commands(self, ask: Callable[..., str]) -> None:
        assert ask("回复 0007 你好") == "没听懂：回复 0007 你好"
        assert ask(incoming(kind=Kind.EVENT, event="template_card_event", event_key="take")) == ""


def test_a_program_without_handlers_is_silent() -> None:
    dispatcher = Dispatcher(Router())
    for message in (incoming("你好"), incoming(""), picture(), incoming("x", choice_id="a:b")):
        assert dispatcher.answer(turn(message)) == SILENT
        assert dispatcher.answer(turn(message, person=STAFF)) == SILENT
