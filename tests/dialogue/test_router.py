"""Handlers are found by what they answer and get what they ask for by name; mistakes show while registering."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.dialogue.forms import Form
from bot.dialogue.router import PROVIDERS, RouteError, Router
from bot.dialogue.turn import Person, Turn
from bot.messages import Kind, Media, Reply
from bot.understanding import Answer, Unknown
from tests.auxil import turns


class Blank(Form):
    """The smallest form."""

    name = "blank"

    class Step(enum.StrEnum):
        WHAT = "what"

    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str:
        return "什么？"

    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str:
        return "好"


@pytest.fixture
def router() -> Router:
    return Router()


# -- arguments by name ------------------------------------------------------------------------------------------------


def test_words_become_a_text_reply(router: Router) -> None:
    @router.intent("greeting")
    def greet() -> str:
        return "您好"

    assert router.intents["greeting"].call(turns.turn("你好")) == Reply.text("您好")


def test_a_reply_stays_as_it_is(router: Router) -> None:
    said = Reply.text("您好").then(Reply.text("再见").parts[0])

    @router.intent("greeting")
    def greet() -> Reply:
        return said

    assert router.intents["greeting"].call(turns.turn("你好")) is said


def test_arguments_come_by_name_in_any_order(router: Router) -> None:
    @router.intent("ask")
    def answer(text: str, person: Person, slots: dict[str, str], turn: Turn) -> str:
        return f"{text}|{person.name}|{slots['topic']}|{turn.trace}"

    reply = router.intents["ask"].call(turns.turn("  多少钱 "), slots={"topic": "price"})
    assert reply == Reply.text("多少钱|王磊|price|0123456789ab")


@pytest.mark.parametrize("name", PROVIDERS)
def test_everything_that_is_offered_can_be_had(name: str) -> None:
    here = turns.turn(turns.picture())
    PROVIDERS[name](here)
    assert PROVIDERS["turn"](here) is here


def test_events_media_and_cards_bring_their_own_facts(router: Router) -> None:
    seen: list[object] = []

    @router.event("template_card_event")
    def tapped(event: str, event_key: str, task_id: str, response_code: str, media: Media | None) -> str:
        seen.extend([event, event_key, task_id, response_code, media])
        return ""

    data = {"TaskId": "c-7", "ResponseCode": "R1"}
    message = turns.incoming(kind=Kind.EVENT, event="template_card_event", event_key="take", data=data)
    router.events["template_card_event"].call(turns.turn(message))
    assert seen == ["template_card_event", "take", "c-7", "R1", None]


def test_named_groups_of_a_command_are_arguments(router: Router) -> None:
    @router.staff(r"回复\s*(?P<number>TS\S+)\s+(?P<words>.+)")
    def answer(number: str, words: str, person: Person) -> str:
        return f"{person.name} {number} {words}"

    pattern, route = router.commands[0]
    match = pattern.fullmatch("回复 TS20261121-0007 已经\n修好了")
    assert match is not None
    reply = route.call(turns.turn("", person=turns.STAFF), **match.groupdict())
    assert reply == Reply.text("周敏 TS20261121-0007 已经\n修好了")


# -- mistakes ---------------------------------------------------------------------------------------------------------


def asks_for_weather(weather: str) -> str:
    return weather


REGISTRATIONS: dict[str, Callable[[Router], Callable[..., Any]]] = {
    "intent": lambda router: router.intent("a"),
    "event": lambda router: router.event("a"),
    "choice": lambda router: router.choice("a"),
    "kind": lambda router: router.kind(Kind.VOICE),
    "understood": lambda router: router.understood(Answer),
    "card": lambda router: router.card("a"),
    "staff": lambda router: router.staff("a"),
    "staff_fallback": lambda router: router.staff_fallback,
    "empty": lambda router: router.empty,
    "stale_choice": lambda router: router.stale_choice,
}


@pytest.mark.parametrize("register", REGISTRATIONS.values(), ids=REGISTRATIONS)
def test_an_argument_nobody_gives_is_refused(router: Router, register: Callable[[Router], Any]) -> None:
    with pytest.raises(RouteError, match=r"asks_for_weather asks for unknown weather"):
        register(router)(asks_for_weather)


@pytest.mark.parametrize(
    "register",
    [register for name, register in REGISTRATIONS.items() if name != "staff"],
    ids=[name for name in REGISTRATIONS if name != "staff"],
)
def test_two_handlers_for_one_thing_are_refused(router: Router, register: Callable[[Router], Any]) -> None:
    register(router)(lambda: "first")
    with pytest.raises(RouteError, match="two handlers for"):
        register(router)(lambda: "second")


@pytest.mark.parametrize(("name", "given"), [("slots", "intent"), ("choice", "choice"), ("understood", "understood")])
def test_what_one_kind_of_route_gives_the_others_do_not(router: Router, name: str, given: str) -> None:
    handler = {"slots": lambda slots: slots, "choice": lambda choice: choice, "understood": lambda understood: ""}[name]
    REGISTRATIONS[given](router)(handler)
    with pytest.raises(RouteError, match=f"asks for unknown {name}"):
        router.event("other")(handler)


def test_two_forms_of_one_name_are_refused(router: Router) -> None:
    assert router.form(Blank) is Blank
    with pytest.raises(RouteError, match="two forms are named blank"):
        router.form(Blank)


def test_a_decorated_handler_can_still_be_called(router: Router) -> None:
    def handler(text: str) -> str:
        return text

    assert router.intent("a", "b")(handler) is handler
    assert router.intents["a"] is router.intents["b"]


# -- putting modules together -----------------------------------------------------------------------------------------


def full(suffix: str) -> Router:
    module = Router()
    module.intent(f"intent{suffix}")(lambda: "")
    module.event(f"event{suffix}")(lambda: "")
    module.choice(f"choice{suffix}")(lambda: "")
    module.card(f"card{suffix}")(lambda: "")
    module.staff(f"command{suffix}")(lambda: "")
    return module


def test_modules_are_put_together(router: Router) -> None:
    module = full("1")
    module.kind(Kind.VOICE)(lambda: "")
    module.understood(Unknown)(lambda: "")
    module.empty(lambda: "")
    module.form(Blank)
    router.include(module)
    router.include(full("2"))
    assert set(router.intents) == {"intent1", "intent2"}
    assert set(router.events) == {"event1", "event2"}
    assert set(router.choices) == {"choice1", "choice2"}
    assert set(router.cards) == {"card1", "card2"}
    assert [pattern.pattern for pattern, _ in router.commands] == ["command1", "command2"]
    assert (set(router.kinds), set(router.results), set(router.special)) == ({Kind.VOICE}, {Unknown}, {"empty"})
    assert router.forms == {"blank": Blank}


@pytest.mark.parametrize("name", [name for name in REGISTRATIONS if name != "staff"])
def test_a_thing_two_modules_answer_is_refused(router: Router, name: str) -> None:
    first, second = Router(), Router()
    for module in (first, second):
        REGISTRATIONS[name](module)(lambda: "")
    router.include(first)
    with pytest.raises(RouteError, match="two handlers for"):
        router.include(second)
