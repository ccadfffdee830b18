"""Which handler answers what: decorators, and arguments by name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from bot.dialogue.turn import Turn
from bot.messages import Kind, Reply
from bot.understanding import Understood

if TYPE_CHECKING:
    from bot.dialogue.forms import Form

Answered = Reply | str
Aside = Callable[[Turn], Reply | None]
Judge = Callable[[Turn, Understood, Callable[[], Reply | None]], Reply | None]
Handler = Callable[..., Answered]
H = TypeVar("H", bound=Handler)
F = TypeVar("F", bound="type[Form]")

PROVIDERS: dict[str, Callable[[Turn], Any]] = {
    "turn": lambda turn: turn,
    "text": lambda turn: turn.text,
    "person": lambda turn: turn.person,
    "session": lambda turn: turn.session,
    "db": lambda turn: turn.db,
    "now": lambda turn: turn.now,
    "texts": lambda turn: turn.texts,
    "say": lambda turn: turn.say,
    "media": lambda turn: turn.incoming.media,
    "event": lambda turn: turn.incoming.event,
    "event_key": lambda turn: turn.incoming.event_key,
    "task_id": lambda turn: str(turn.incoming.data.get("TaskId", "")),
    "response_code": lambda turn: str(turn.incoming.data.get("ResponseCode", "")),
}
"""What a handler may ask for by the name of its parameter, besides what its route gives (slots, choice, …)."""


class RouteError(Exception):
    """Two handlers for one thing, or a handler that asks for what nobody provides; raised while registering."""


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and the names of its parameters."""

    handler: Handler
    names: tuple[str, ...]

    def call(self, turn: Turn, **given: Any) -> Reply:
        """Call the handler with what it asks for; words become a text reply."""
        arguments = {name: given[name] if name in given else PROVIDERS[name](turn) for name in self.names}
        return Reply.of(self.handler(**arguments))


def _route(handler: Handler, given: frozenset[str]) -> Route:
    names = tuple(inspect.signature(handler).parameters)
    unknown = [name for name in names if name not in PROVIDERS and name not in given]
    if unknown:
        raise RouteError(f"{handler.__module__}.{handler.__qualname__} asks for unknown {', '.join(unknown)}")
    return Route(handler, names)


@dataclass
class Router:
    """The routes of one module or of the whole program; modules are put together with `include`."""

    intents: dict[str, Route] = field(default_factory=dict)
    events: dict[str, Route] = field(default_factory=dict)
    choices: dict[str, Route] = field(default_factory=dict)
    kinds: dict[Kind, Route] = field(default_factory=dict)
    results: dict[type, Route] = field(default_factory=dict)
    cards: dict[str, Route] = field(default_factory=dict)
    commands: list[tuple[re.Pattern[str], Route]] = field(default_factory=list)
    special: dict[str, Route] = field(default_factory=dict)
    forms: dict[str, type[Form]] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)
    judges: list[Judge] = field(default_factory=list)

    def intent(self, *names: str) -> Callable[[H], H]:
        """Answer a recognised intent (or a menu tap with key `intent:<name>`); gives `slots`."""
        return self._register(self.intents, names, "slots")

    def event(self, *names: str) -> Callable[[H], H]:
        """Answer an event by its lower-case name."""
        return self._register(self.events, names)

    def choice(self, *prefixes: str) -> Callable[[H], H]:
        """Answer a picked option whose id starts with `<prefix>:`; gives `choice`, the rest of the id."""
        return self._register(self.choices, prefixes, "choice")

    def kind(self, *kinds: Kind) -> Callable[[H], H]:
        """Answer a message that is not text, when no form takes it."""
        return self._register(self.kinds, kinds)

    media = kind

    def understood(self, *types: type) -> Callable[[H], H]:
        """Answer a result of understanding by its type; gives `understood`."""
        return self._register(self.results, types, "understood")

    def card(self, *keys: str) -> Callable[[H], H]:
        """Answer a tapped button of a manager's card by the button's key."""
        return self._register(self.cards, keys)

    def staff(self, pattern: str) -> Callable[[H], H]:
        """Answer a manager's text that fully matches `pattern`; its named groups are arguments."""
        compiled = re.compile(pattern, re.DOTALL)

        def register(handler: H) -> H:
            self.commands.append((compiled, _route(handler, frozenset(compiled.groupindex))))
            return handler

        return register

    def staff_fallback(self, handler: H) -> H:
        """Answer any other text of a manager."""
        return self._register(self.special, ("staff",))(handler)

    def empty(self, handler: H) -> H:
        """Answer a message without words."""
        return self._register(self.special, ("empty",))(handler)

    def nothing_open(self, handler: H) -> H:
        """Answer a nod, a yes or a number when nothing is open that it could be about."""
        return self._register(self.special, ("nothing_open",))(handler)

    def wish(self, handler: H) -> H:
        """Take up that something be done, beside the answer how it is done; its words stand behind the answer."""
        return self._register(self.special, ("wish",))(handler)

    def judge(self, judge: Judge) -> Judge:
        """Let `judge` see what words were understood as and what would answer them; None leaves it at that answer."""
        self.judges.append(judge)
        return judge

    def first(self, aside: Aside) -> Aside:
        """Ask `aside` before words are understood; None when they are none of its business."""
        self.asides.append(aside)
        return aside

    def stale_choice(self, handler: H) -> H:
        """Answer a tap on an option nobody answers any more."""
        return self._register(self.special, ("stale",))(handler)

    def form(self, form: F) -> F:
        """Register a form class by its name."""
        if form.name in self.forms:
            raise RouteError(f"two forms are named {form.name}")
        self.forms[form.name] = form
        return form

    def include(self, other: Router) -> None:
        """Add another module's routes."""
        for name in ("intents", "events", "choices", "kinds", "results", "cards", "special", "forms"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if twice := mine.keys() & theirs.keys():
                raise RouteError(f"two handlers for {name} {sorted(map(str, twice))}")
            mine.update(theirs)
        self.commands.extend(other.commands)
        self.asides.extend(other.asides)
        self.judges.extend(other.judges)

    def _register(self, table: dict[Any, Route], names: tuple[Any, ...], *given: str) -> Callable[[H], H]:
        def register(handler: H) -> H:
            route = _route(handler, frozenset(given))
            for name in names:
                if name in table:
                    raise RouteError(f"two handlers for {name}")
                table[name] = route
            return handler

        return register
