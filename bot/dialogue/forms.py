"""Many-turn forms: a small class a form, enum steps, checks per field, a summary to confirm.

The state is in the person's session, so a form survives a restart; its time limit is its own, and running out of it
is told with the next message.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from bot.dialogue.sessions import FormState
from bot.dialogue.turn import Turn
from bot.messages import Choices, Kind, Option, Reply, Text
from bot.understanding import short_replies

CONFIRM = "confirm"
"""The step at which the summary is shown."""


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
    told: ClassVar[bool] = True
    """Whether the person hears that the form ran out of time; a question he need not answer just closes."""

    def wanted(self, turn: Turn, values: Mapping[str, Any]) -> enum.StrEnum | None:
        """Return the next thing still missing, None when the summary can be shown."""
        return next((step for step in self.Step if step.value not in values), None)

    @abc.abstractmethod
    def ask(self, turn: Turn, step: enum.StrEnum, values: Mapping[str, Any]) -> str | Reply:
        """Return the question for `step`."""

    def check(self, turn: Turn, step: enum.StrEnum, values: dict[str, Any]) -> Any:
        """Return the value the message gives for `step`; raise `Invalid` to ask again.

        What it says about other steps may be put into `values`.
        """
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

    def hears(self, turn: Turn, values: dict[str, Any]) -> None:
        """Take notice of a message that comes while the form is open, whatever becomes of it."""
        return

    def accept_media(self, turn: Turn, values: dict[str, Any]) -> str | None:
        """Keep a picture, voice, place or link in `values` and return an acknowledgement; None: not wanted here."""
        return None

    def leaves(self, turn: Turn) -> bool:
        """Return whether the words are about something else, so that an optional question gives way to them."""
        return False


class Forms:
    """Runs the registered forms on a turn's session."""

    def __init__(self, forms: Mapping[str, type[Form]]) -> None:
        self._forms = {name: form() for name, form in forms.items()}

    def start(self, turn: Turn, form: type[Form], values: dict[str, Any], words: str = "") -> Reply:
        """Begin `form`, replacing any other; `words` are said before its question."""
        state = FormState(form.name, "", dict(values), [], turn.now)
        return lead(words, self._advance(turn, self._forms[form.name], state))

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
        if short_replies.is_cancel(turn.text):
            turn.session.form = turn.session.left = None
            return Reply.text(_own(turn, form.name, "cancelled", "form.cancel"))
        if short_replies.is_back(turn.text):
            return self._back(turn, form, state)
        return self._confirm(turn, form, state) if state.step == CONFIRM else self._answer(turn, form, state)

    def hear(self, turn: Turn) -> None:
        """Let an open form take notice of the message before anything else."""
        state = turn.session.form
        if state is not None and state.name in self._forms:
            self._forms[state.name].hears(turn, state.values)

    def gives_way(self, turn: Turn) -> bool:
        """Leave an optional question when the words are about something else; return whether it was left."""
        state = turn.session.form
        if state is None or not self._forms[state.name].leaves(turn):
            return False
        turn.session.form = None
        return True

    def ask_again(self, turn: Turn, before: Reply) -> Reply:
        """Return `before` followed by the form's open question: something was answered on the side."""
        state = turn.session.form
        if state is None or len(before.parts) > 1 or (before.parts and not isinstance(before.parts[0], Text)):
            return before
        said = before.parts[0].content + "\n\n" if before.parts and isinstance(before.parts[0], Text) else ""
        return lead(f"{said}{turn.say('form.answered_aside')}", self._advance(turn, self._forms[state.name], state))

    def ran_out(self, turn: Turn, name: str) -> str:
        """Return what is said about a form that ran out of time, nothing when that is not worth a word."""
        form = self._forms.get(name)
        return _own(turn, name, "timeout", "form.timeout") if form is None or form.told else ""

    def put_aside(self, turn: Turn, name: str, reply: Reply) -> Reply:
        """Return `reply` after the word that the open form waits to be gone on with."""
        form = self._forms.get(name)
        return lead(_own(turn, name, "aside", "form.aside"), reply) if form is not None and form.told else reply

    def _answer(self, turn: Turn, form: Form, state: FormState) -> Reply:
        step = form.Step(state.step)
        try:
            state.values[step.value] = form.check(turn, step, state.values)
        except Invalid as error:
            self._extend(turn, form, state)
            return lead(turn.say(error.key, **error.values), Reply.of(form.ask(turn, step, state.values)))
        state.trail.append(step.value)
        return self._advance(turn, form, state)

    def _confirm(self, turn: Turn, form: Form, state: FormState) -> Reply:
        if short_replies.is_yes(turn.text):
            turn.session.form = turn.session.left = None
            return Reply.of(form.finish(turn, state.values))
        if short_replies.is_no(turn.text):
            self._extend(turn, form, state)
            return Reply.text(turn.say("form.change"))
        changed = form.amend(turn, state.values)
        if changed == state.values:
            return lead(turn.say("form.invalid.confirm"), self._advance(turn, form, state))
        state.values = changed
        return self._advance(turn, form, state)

    def _back(self, turn: Turn, form: Form, state: FormState) -> Reply:
        if not state.trail:
            self._extend(turn, form, state)
            if state.step == CONFIRM:
                return Reply.text(turn.say("form.change"))
            return lead(turn.say("form.back.first"), self._advance(turn, form, state))
        state.values.pop(state.trail.pop(), None)
        return lead(turn.say("form.back"), self._advance(turn, form, state))

    def _media(self, turn: Turn, form: Form, state: FormState) -> Reply:
        note = form.accept_media(turn, state.values)
        self._extend(turn, form, state)
        if note is None:
            note = turn.say("form.words_please")
        return lead(note, self._advance(turn, form, state))

    def _advance(self, turn: Turn, form: Form, state: FormState) -> Reply:
        """Ask the next missing thing, show the summary, or finish."""
        step = form.wanted(turn, state.values)
        if step is not None:
            state.step = step.value
            self._extend(turn, form, state)
            return Reply.of(form.ask(turn, step, state.values))
        summary = form.summary(turn, state.values)
        if not summary:
            turn.session.form = None
            return Reply.of(form.finish(turn, state.values))
        state.step = CONFIRM
        self._extend(turn, form, state)
        options = (Option("form:yes", turn.say("form.yes")), Option("form:cancel", turn.say("form.no")))
        return Reply.choices(summary, *options, tail=turn.say("form.confirm_tail"))

    def _extend(self, turn: Turn, form: Form, state: FormState) -> None:
        state.expires_at = turn.now + timedelta(minutes=form.minutes)
        turn.session.form = state


def lead(words: str, reply: Reply) -> Reply:
    """Return `reply` with `words` said before its first words."""
    if not words or not reply.parts:
        return reply if reply.parts else Reply.text(words)
    first = reply.parts[0]
    match first:
        case Text(content):
            first = Text(f"{words}\n{content}")
        case Choices(head, options, tail):
            first = Choices(f"{words}\n{head}", options, tail)
        case _:
            return Reply((Text(words), *reply.parts))
    return Reply((first, *reply.parts[1:]))


def behind(reply: Reply, words: str) -> Reply:
    """Return `reply` with `words` said after its last words."""
    if not words or not reply.parts:
        return reply if reply.parts else Reply.text(words)
    last = reply.parts[-1]
    match last:
        case Text(content):
            last = Text(f"{content}\n{words}")
        case Choices(head, options, tail):
            last = Choices(head, options, "\n".join(filter(None, (tail, words))))
        case _:
            return Reply((*reply.parts, Text(words)))
    return Reply((*reply.parts[:-1], last))


def _own(turn: Turn, form: str, what: str, common: str) -> str:
    """Return the form's own sentence for an occasion, else the common one."""
    own = f"{form}.{what}"
    return turn.say(own if own in turn.texts else common)
