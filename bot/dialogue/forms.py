"""Many-turn forms: a small class a form, enum steps, checks per field, a summary to confirm.

The state is in the person's session, so a form survives a restart; its time limit is its own, and running out of it
is told with the next message.
"""

from __future__ import annotations

import abc
import enum
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from bot.channels.types import Choices, Kind, Option, Reply, Text
from bot.dialogue.sessions import FormState
from bot.dialogue.turn import Turn

CONFIRM = "confirm"
"""The step at which the summary is shown."""

_CANCEL = re.compile(r"(取消|退出|算了|不填了|不投诉了|不办了)(吧|了)?")
_BACK = re.compile(r"(返回)?上一步|返回|后退")
_YES = re.compile(
    r"(确认|确定|是|是的|对|对的|没错|没问题|好|好的|行|可以|嗯+|嗯嗯|(确认)?提交|正确|ok|okay|yes|y|1)[。.!！~～吧呀啊的了]*",
    re.IGNORECASE,
)
_NO = re.compile(r"(不对|不是|错了|有误|不正确|修改|改一下|no|n)[。.!！~～]*", re.IGNORECASE)


class Invalid(Exception):
    """The answer does not fit the field; `key` is the text that says what to write instead."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class Form(abc.ABC):
    """Base of all forms; subclasses say what is wanted, how to ask, how to check, what to do at the end."""

    name: ClassVar[str]
    Step: ClassVar[type[enum.StrEnum]]
    minutes: ClassVar[int] = 30

    def wanted(self, turn: Turn, values: Mapping[str, Any]) -> enum.StrEnum | None:
        """Return the next thing still missing, None when the summary can be shown."""
        return next((step for step in self.Step if step.value not in values), None)

    @abc.abstractmethod
    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str | Reply:
        """Return the question for `step`."""

    def check(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> Any:
        """Return the value the message gives for `step`; raise `Invalid` to ask again."""
        return turn.text

    def summary(self, turn: Turn, values: Mapping[str, Any]) -> str:
        """Return what is about to be done, to be confirmed; empty: no confirmation, finish at once."""
        return ""

    def amend(self, turn: Turn, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values after free words at the summary; unchanged means the words were not understood."""
        return dict(values)

    @abc.abstractmethod
    def finish(self, turn: Turn, values: Mapping[str, Any]) -> str | Reply:
        """Do it, in the turn's transaction."""

    def accept_media(self, turn: Turn, values: dict[str, Any]) -> str | None:
        """Keep a picture, voice, place or link in `values` and return an acknowledgement; None: not wanted here."""
        return None


class Forms:
    """Runs the registered forms on a turn's session."""

    def __init__(self, forms: Mapping[str, type[Form]]) -> None:
        self._forms = {name: form() for name, form in forms.items()}

    def start(self, turn: Turn, form: type[Form], values: dict[str, Any], lead: str = "") -> Reply:
        """Begin `form`, replacing any other."""
        state = FormState(form.name, "", dict(values), [], turn.now)
        return _lead(lead, self._advance(turn, self._forms[form.name], state))

    def active(self, turn: Turn) -> bool:
        """Return whether the person is in a form this program knows."""
        return turn.session.form is not None and turn.session.form.name in self._forms

    def step(self, turn: Turn) -> Reply:
        """Take the person's message as the answer to the form's question."""
        state = turn.session.form
        assert state is not None
        form = self._forms[state.name]
        if turn.incoming.kind is not Kind.TEXT:
            return self._media(turn, form, state)
        if _CANCEL.fullmatch(turn.text):
            turn.session.form = None
            own = f"{form.name}.cancelled"
            return Reply.text(turn.say(own if own in turn.texts else "form.cancel"))
        if _BACK.fullmatch(turn.text):
            return self._back(turn, form, state)
        return self._confirm(turn, form, state) if state.step == CONFIRM else self._answer(turn, form, state)

    def ask_again(self, turn: Turn, before: Reply) -> Reply:
        """Return `before` followed by the form's open question: something was answered on the side."""
        state = turn.session.form
        if state is None or (before.parts and not isinstance(before.parts[0], Text)):
            return before
        said = before.parts[0].content + "\n\n" if before.parts and isinstance(before.parts[0], Text) else ""
        return _lead(f"{said}{turn.say('form.answered_aside')}", self._advance(turn, self._forms[state.name], state))

    def _answer(self, turn: Turn, form: Form, state: FormState) -> Reply:
        step = form.Step(state.step)
        try:
            state.values[step.value] = form.check(turn, step, state.values)
        except Invalid as error:
            self._extend(turn, form, state)
            return _lead(turn.say(error.key, **error.values), _reply(form.ask(turn, step, state.values)))
        state.trail.append(step.value)
        return self._advance(turn, form, state)

    def _confirm(self, turn: Turn, form: Form, state: FormState) -> Reply:
        if _YES.fullmatch(turn.text):
            turn.session.form = None
            return _reply(form.finish(turn, state.values))
        if _NO.fullmatch(turn.text):
            self._extend(turn, form, state)
            return Reply.text(turn.say("form.change"))
        changed = form.amend(turn, state.values)
        if changed == state.values:
            return _lead(turn.say("form.invalid.confirm"), self._advance(turn, form, state))
        state.values = changed
        return self._advance(turn, form, state)

    def _back(self, turn: Turn, form: Form, state: FormState) -> Reply:
        if not state.trail:
            self._extend(turn, form, state)
            return _lead(turn.say("form.back.first"), self._advance(turn, form, state))
        state.values.pop(state.trail.pop(), None)
        return _lead(turn.say("form.back"), self._advance(turn, form, state))

    def _media(self, turn: Turn, form: Form, state: FormState) -> Reply:
        note = form.accept_media(turn, state.values)
        self._extend(turn, form, state)
        if note is None:
            note = turn.say("form.words_please")
        return _lead(note, self._advance(turn, form, state))

    def _advance(self, turn: Turn, form: Form, state: FormState) -> Reply:
        """Ask the next missing thing, show the summary, or finish."""
        step = form.wanted(turn, state.values)
        if step is not None:
            state.step = step.value
            self._extend(turn, form, state)
            return _reply(form.ask(turn, step, state.values))
        summary = form.summary(turn, state.values)
        if not summary:
            turn.session.form = None
            return _reply(form.finish(turn, state.values))
        state.step = CONFIRM
        self._extend(turn, form, state)
        options = (Option("form:yes", turn.say("form.yes")), Option("form:cancel", turn.say("form.no")))
        return Reply.choices(summary, *options, tail=turn.say("form.confirm_tail"))

    def _extend(self, turn: Turn, form: Form, state: FormState) -> None:
        state.expires_at = turn.now + timedelta(minutes=form.minutes)
        turn.session.form = state


def _reply(answer: str | Reply) -> Reply:
    return Reply.text(answer) if isinstance(answer, str) else answer


def _lead(lead: str, reply: Reply) -> Reply:
    """Return `reply` with `lead` said before its first words."""
    if not lead or not reply.parts:
        return reply if reply.parts else Reply.text(lead)
    first = reply.parts[0]
    match first:
        case Text(content):
            first = Text(f"{lead}\n{content}")
        case Choices(head, options, tail):
            first = Choices(f"{lead}\n{head}", options, tail)
        case _:
            return Reply((Text(lead), *reply.parts))
    return Reply((first, *reply.parts[1:]))


def _has(turn: Turn, key: str) -> bool:
    return key in turn.texts
