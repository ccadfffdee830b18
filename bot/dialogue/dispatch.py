"""What answers a message: a visible list of steps, each taking the turn and saying yes (a reply) or no (None)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.channels.types import SILENT, Choices, Kind, Reply, Text
from bot.dialogue.forms import Forms
from bot.dialogue.router import Route, Router
from bot.dialogue.turn import Turn
from bot.understanding import Answer, Intent

Step = Callable[[Turn], Reply | None]

_NUMBER = re.compile(r"(?:第|选|选择)?\s*([1-9１-９一二三四五])\s*(?:个|项|条|号)?[。.!！]?")
_DIGITS = {
    digit: index for index, digits in enumerate(("1１一", "2２二", "3３三", "4４四", "5５五")) for digit in digits
}
_FORM_WORDS = {"form:yes": "确认", "form:cancel": "取消"}
_ASKS = re.compile(r"[?？]\s*$|吗[。.!！]?$|怎么(?!回事)|多少钱|如何|哪里|^(找|转|联系)(我的)?(客户)?(经理|人工)")
_ASIDE_INTENTS = frozenset({"manager.talk", "complaint.progress", "care.opt_out", "help"})


class Dispatcher:
    """Routes a turn through the steps of a customer or of the staff; the first reply wins."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.forms = Forms(router.forms)
        self._customer: tuple[Step, ...] = (
            self._menu,
            self._event,
            self._pick,
            self._form,
            self._tap,
            self._kind,
            self._empty,
            self._understand,
        )
        self._staff: tuple[Step, ...] = (self._card, self._event, self._command, self._form, self._kind, self._fallback)

    def answer(self, turn: Turn) -> Reply:
        """Return the reply; tells first when a form ran out of time meanwhile."""
        steps = self._staff if turn.person.is_staff else self._customer
        expired = turn.session.expired_form
        reply = next((reply for step in steps if (reply := step(turn)) is not None), SILENT)
        _remember_choices(turn, reply)
        if expired and turn.incoming.kind is not Kind.EVENT and not turn.session.form:
            return _before(turn.say("form.timeout"), reply)
        return reply

    # -- customers --------------------------------------------------------------------------------------------------

    def _menu(self, turn: Turn) -> Reply | None:
        """A tap on the account's menu names an intent or asks a question, and leaves a form that was open."""
        if turn.incoming.event != "click":
            return None
        kind, _, rest = turn.incoming.event_key.partition(":")
        if kind == "ask":
            turn.session.form = None
            turn.incoming = replace(turn.incoming, kind=Kind.TEXT, event="", text=rest)
            return None
        route = self.router.intents.get(rest) if kind == "intent" else None
        if route is None:
            return None
        turn.session.form = None
        return route.call(turn, slots={})

    def _event(self, turn: Turn) -> Reply | None:
        if turn.incoming.kind is not Kind.EVENT:
            return None
        route = self.router.events.get(turn.incoming.event)
        return route.call(turn) if route else SILENT

    def _pick(self, turn: Turn) -> Reply | None:
        """A number, a label or a tap that picks one of the options last offered."""
        key = _picked(turn)
        if key in _FORM_WORDS and self.forms.active(turn):
            turn.incoming = replace(turn.incoming, text=_FORM_WORDS[key])
            return None
        prefix, _, rest = key.partition(":")
        route = self.router.choices.get(prefix)
        return route.call(turn, choice=rest) if route and rest else None

    def _form(self, turn: Turn) -> Reply | None:
        if not self.forms.active(turn):
            return None
        return self._aside(turn) or self.forms.step(turn)

    def _aside(self, turn: Turn) -> Reply | None:
        """A clear question in the middle of a form is answered, then the form goes on where it was."""
        if turn.person.is_staff or turn.incoming.kind is not Kind.TEXT or not _ASKS.search(turn.text):
            return None
        understood = turn.understanding.understand(turn.text, turn.context())
        route = self.router.results.get(Answer) if isinstance(understood, Answer) else None
        if isinstance(understood, Intent) and understood.name in _ASIDE_INTENTS:
            route = self.router.intents.get(understood.name)
            understood_as: dict[str, object] = {"slots": understood.slots}
        else:
            understood_as = {"understood": understood}
        return self.forms.ask_again(turn, route.call(turn, **understood_as)) if route else None

    def _tap(self, turn: Turn) -> Reply | None:
        """A tap on an option of long ago."""
        stale = self.router.special.get("stale")
        return stale.call(turn) if turn.incoming.choice_id and stale else None

    def _kind(self, turn: Turn) -> Reply | None:
        if turn.incoming.kind is Kind.TEXT:
            return None
        route = self.router.kinds.get(turn.incoming.kind) or self.router.kinds.get(Kind.UNKNOWN)
        return route.call(turn) if route else None

    def _empty(self, turn: Turn) -> Reply | None:
        return self._special("empty", turn) if not turn.text else None

    def _understand(self, turn: Turn) -> Reply | None:
        understood = turn.understanding.understand(turn.text, turn.context())
        if isinstance(understood, Intent):
            route = self.router.intents.get(understood.name)
            if route:
                return route.call(turn, slots=understood.slots)
        result = self.router.results.get(type(understood))
        return result.call(turn, understood=understood) if result else None

    # -- staff ------------------------------------------------------------------------------------------------------

    def _card(self, turn: Turn) -> Reply | None:
        if turn.incoming.event != "template_card_event":
            return None
        route = self.router.cards.get(turn.incoming.event_key)
        return route.call(turn) if route else SILENT

    def _command(self, turn: Turn) -> Reply | None:
        if turn.incoming.kind is not Kind.TEXT:
            return None
        for pattern, route in self.router.commands:
            if match := pattern.fullmatch(turn.text):
                turn.session.form = None
                return route.call(turn, **match.groupdict(default=""))
        return None

    def _fallback(self, turn: Turn) -> Reply | None:
        return self._special("staff", turn)

    def _special(self, name: str, turn: Turn) -> Reply | None:
        route: Route | None = self.router.special.get(name)
        return route.call(turn) if route else None


def _picked(turn: Turn) -> str:
    """Return the id of the option the message picks, or nothing."""
    incoming, offered = turn.incoming, turn.session.offered
    if incoming.choice_id:
        return incoming.choice_id
    if incoming.kind is not Kind.TEXT or not offered:
        return ""
    for key, label in offered:
        if turn.text == label:
            return key
    if match := _NUMBER.fullmatch(turn.text):
        index = _DIGITS.get(match.group(1), -1)
        if 0 <= index < len(offered):
            return offered[index][0]
    return ""


def _remember_choices(turn: Turn, reply: Reply) -> None:
    """What was offered can be picked by the next message; any other reply to words withdraws it."""
    for part in reply.parts:
        if isinstance(part, Choices):
            turn.session.offer(part.options, turn.now)
            return
    if turn.incoming.kind is not Kind.EVENT:
        turn.session.offered, turn.session.offered_until = [], None


def _before(words: str, reply: Reply) -> Reply:
    if reply.parts and isinstance(reply.parts[0], Text):
        return Reply((Text(f"{words}\n\n{reply.parts[0].content}"), *reply.parts[1:]))
    if reply.parts and isinstance(reply.parts[0], Choices):
        first = reply.parts[0]
        return Reply((replace(first, head=f"{words}\n\n{first.head}"), *reply.parts[1:]))
    return Reply((Text(words), *reply.parts))
