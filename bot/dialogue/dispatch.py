"""What answers a message: a visible list of steps, each taking the turn and saying yes (a reply) or no (None)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from bot.dialogue.forms import Forms, behind, lead
from bot.dialogue.router import Route, Router
from bot.dialogue.turn import Turn
from bot.messages import SILENT, Choices, Kind, Reply, Text
from bot.understanding import Intent, Understood, Unknown, goes_on, short_replies
from bot.understanding.option_matching import pick
from bot.understanding.pii import code_told, masked, only_masked, without_masked
from bot.understanding.safety import ALARMING

Step = Callable[[Turn], Reply | None]

_ANSWERS, _ASIDES = "ask:", "use:"
_FORM_WORDS = {"form:yes": "确认", "form:cancel": "取消"}
_ASKS = re.compile(
    r"[?？]\s*$|(?:吗|么|呢)[。.!！]?$|怎么(?!回事|处理|都|样都|办都)|多少钱|如何|哪里|哪儿"
    r"|^(?:我要)?(?:找|转|联系)(?:一下)?(?:我的)?(?:客户)?(?:经理|人工)"
)
_ASIDE_INTENTS = frozenset({"manager.talk", "complaint.progress", "urge", "care.opt_out", "care.opt_in", "help"})
_COMMANDS = frozenset({"complaint.progress"})
SHORT, SURE = 6, 0.6
"""Up to so many characters, and so surely meant, 投诉进度 is no answer to a form's question."""


class Dispatcher:
    """Routes a turn through the steps of a customer or of the staff; the first reply wins."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.forms = Forms(router.forms)
        self._customer: tuple[Step, ...] = (
            self._menu,
            self._event,
            self._careful,
            self._pick,
            self._form,
            self._tap,
            self._kind,
            self._empty,
            self._first,
            self._secret,
            self._nothing_open,
            self._understand,
        )
        self._staff: tuple[Step, ...] = (self._card, self._event, self._command, self._form, self._kind, self._fallback)

    def answer(self, turn: Turn) -> Reply:
        """Return the reply; tells first when a form ran out of time meanwhile."""
        steps = self._staff if turn.person.is_staff else self._customer
        expired = turn.session.expired_form
        self.forms.hear(turn)
        if not turn.person.is_staff and (reply := self._emergency(turn)) is not None:
            _remember_choices(turn, reply)
            return reply
        reply = next((reply for step in steps if (reply := step(turn)) is not None), SILENT)
        if turn.incoming.kind is Kind.TEXT and not turn.person.is_staff and masked(turn.text):
            reply = lead(turn.say("sensitive.code" if code_told(turn.text) else "sensitive.masked"), reply)
        _remember_choices(turn, reply)
        if expired and turn.incoming.kind is not Kind.EVENT and not turn.session.form:
            words = self.forms.ran_out(turn, expired)
            return lead(f"{words}\n" if words and reply.parts else words, reply)
        return reply

    # -- customers --------------------------------------------------------------------------------------------------

    def _voice(self, turn: Turn) -> None:
        """A voice whose words were recognised is text to all that follows."""
        media = turn.incoming.media if turn.incoming.kind is Kind.VOICE else None
        if media is not None and (spoken := media.detail.get("recognition", "").strip()):
            turn.incoming = replace(turn.incoming, kind=Kind.TEXT, text=spoken)

    def _menu(self, turn: Turn) -> Reply | None:
        """A tap on the account's menu names an intent or asks a question; a form that is open goes on after it."""
        if turn.incoming.event != "click":
            return None
        kind, _, rest = turn.incoming.event_key.partition(":")
        if kind == "ask":
            turn.incoming = replace(turn.incoming, kind=Kind.TEXT, event="", text=rest)
            return self._beside(turn, partial(self._understand, turn)) if self.forms.active(turn) else None
        route = self.router.intents.get(rest) if kind == "intent" else None
        return self._beside(turn, partial(route.call, turn, slots={})) if route else None

    def _beside(self, turn: Turn, answer: Callable[[], Reply | None]) -> Reply | None:
        """Answer something beside an open form: the form goes on, or waits when the answer began another one."""
        form = turn.session.form
        reply = answer()
        if form is None or reply is None:
            return reply
        if turn.session.form is form:
            return self.forms.ask_again(turn, reply)
        if turn.session.form is not None and turn.session.form.name == form.name:
            return reply
        turn.session.left = form
        return self.forms.put_aside(turn, form.name, reply)

    def _event(self, turn: Turn) -> Reply | None:
        if turn.incoming.kind is not Kind.EVENT:
            return None
        route = self.router.events.get(turn.incoming.event)
        return route.call(turn) if route else SILENT

    def _emergency(self, turn: Turn) -> Reply | None:
        """What alarms is answered before all else and alone; an open form waits for the next words."""
        self._voice(turn)
        found = turn.understanding.careful(turn.text) if turn.incoming.kind is Kind.TEXT else None
        route = self.router.intents.get(found.name) if found and found.slots.get("kind") in ALARMING else None
        return route.call(turn, slots=found.slots) if found and route else None

    def _careful(self, turn: Turn) -> Reply | None:
        """Other words with a fixed reply are answered wherever they are said; an open form goes on after it."""
        found = turn.understanding.careful(turn.text) if turn.incoming.kind is Kind.TEXT else None
        route = self.router.intents.get(found.name) if found else None
        return self._beside(turn, partial(route.call, turn, slots=found.slots)) if found and route else None

    def _secret(self, turn: Turn) -> Reply | None:
        """Nothing but a card's number or a password: it is told of, and asks nothing."""
        return Reply.text(turn.say("sensitive.alone")) if masked(turn.text) and only_masked(turn.text) else None

    def _pick(self, turn: Turn) -> Reply | None:
        """A number, a label or a tap that picks one of the options last offered."""
        key = _picked(turn)
        if key in _FORM_WORDS and self.forms.active(turn):
            turn.incoming = replace(turn.incoming, text=_FORM_WORDS[key])
            return None
        prefix, _, rest = key.partition(":")
        route = self.router.choices.get(prefix)
        return self._beside(turn, partial(route.call, turn, choice=rest)) if route and rest else None

    def _form(self, turn: Turn) -> Reply | None:
        if turn.person.is_staff and turn.person.manager_id is None:
            turn.session.form = None  # he has left since it was begun: the fallback says so
        if not self.forms.active(turn) or self.forms.gives_way(turn):
            return None
        return self._aside(turn) or self.forms.step(turn)

    def _aside(self, turn: Turn) -> Reply | None:
        """A clear question in the middle of a form is answered, then the form goes on where it was."""
        asks = _ASKS.search(turn.text)
        if turn.person.is_staff or turn.incoming.kind is not Kind.TEXT or not (asks or len(turn.text) <= SHORT):
            return None
        understood = turn.understanding.understand(turn.text, turn.context())
        if isinstance(understood, Intent):
            names = _ASIDE_INTENTS if asks else _COMMANDS
            wanted = understood.name in names and (asks or understood.score >= SURE)
            route = self.router.intents.get(understood.name) if wanted else None
            return self._beside(turn, partial(route.call, turn, slots=understood.slots)) if route else None
        if isinstance(understood, Unknown) or not asks:
            return None
        route = self.router.results.get(type(understood))
        return self._beside(turn, partial(route.call, turn, understood=understood)) if route else None

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

    def _first(self, turn: Turn) -> Reply | None:
        """What handlers want to see before it is understood: words about a complaint that was filed."""
        return next((reply for aside in self.router.asides if (reply := aside(turn)) is not None), None)

    def _nothing_open(self, turn: Turn) -> Reply | None:
        """A yes, a number or a nod that answers nothing is no question either."""
        return self._special("nothing_open", turn) if short_replies.word(turn.text) else None

    def _understand(self, turn: Turn) -> Reply | None:
        return understand(turn, self.router)

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
                form, turn.session.form = turn.session.form, None
                reply = route.call(turn, **match.groupdict(default=""))
                return self.forms.put_aside(turn, form.name, reply) if form else reply
        return None

    def _fallback(self, turn: Turn) -> Reply | None:
        return self._special("staff", turn)

    def _special(self, name: str, turn: Turn) -> Reply | None:
        route: Route | None = self.router.special.get(name)
        return route.call(turn) if route else None


def understand(turn: Turn, router: Router) -> Reply | None:
    """Answer words by what they are understood as, unless a judge knows better: whom they accuse, say."""
    understood = turn.understanding.understand(without_masked(turn.text), turn.context())
    answer = partial(_answer, turn, understood, router)
    judged = (judge(turn, understood, answer) for judge in router.judges)
    return next((reply for reply in judged if reply is not None), None) or answer()


def _answer(turn: Turn, understood: Understood, router: Router) -> Reply | None:
    """Answer what was understood; a question is remembered for what follows it."""
    if isinstance(understood, Intent):
        if route := router.intents.get(understood.name):
            return route.call(turn, slots=understood.slots)
    elif not goes_on(turn.text):
        turn.session.question(turn.text, turn.now)
    result = router.results.get(type(understood))
    return _mannered(turn, understood, result.call(turn, understood=understood), router) if result else None


def _mannered(turn: Turn, understood: Understood, reply: Reply, router: Router) -> Reply:
    """Soothe who asked crossly, and take up what he wants done."""
    if isinstance(understood, Intent) or not reply.parts:
        return reply
    if understood.soothe:
        reply = lead(turn.say("answer.soothe"), reply)
    wish = router.special.get("wish") if not isinstance(understood, Unknown) and understood.wish else None
    noted = wish.call(turn) if wish else Reply()
    words = "\n".join(part.content for part in noted.parts if isinstance(part, Text))
    return behind(reply, words) if words else reply


def _picked(turn: Turn) -> str:
    """Return the id of the option the message picks, or nothing."""
    incoming, session = turn.incoming, turn.session
    if incoming.choice_id:
        return incoming.choice_id
    if incoming.kind is not Kind.TEXT:
        return ""
    aside = bool(session.shown) and bool(session.offered)
    if aside and not short_replies.is_digit(turn.text):
        return next((key for key, label in session.offered if label == turn.text), "") or pick(
            turn.text, session.shown, by_name=False
        )
    by_name = bool(session.offered) and session.form is None
    return pick(turn.text, session.offered or (() if session.form else session.shown), by_name=by_name)


def _remember_choices(turn: Turn, reply: Reply) -> None:
    """What was offered can be picked by the next message; any other reply to words withdraws it.

    Answers that were offered stay in sight for a while: who looked at one of them may look at another.
    """
    session = turn.session
    for part in reply.parts:
        if isinstance(part, Choices):
            beside = all(option.id.startswith(_ASIDES) for option in part.options)
            session.offer(part.options, turn.now, beside=beside and _are_answers(session.shown or session.offered))
            return
    if turn.incoming.kind is not Kind.EVENT:
        session.withdraw(keep=_are_answers(session.shown or session.offered))


def _are_answers(options: Sequence[tuple[str, str]]) -> bool:
    return all(key.startswith(_ANSWERS) for key, _ in options)
