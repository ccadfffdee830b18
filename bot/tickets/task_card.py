"""The card of a task: one for all who make tasks."""

from __future__ import annotations

from bot.customers.access import Seen
from bot.messages import Button, Card
from bot.moments import Say

_TEXT_LIMIT = 120


def task_card(say: Say, task_id: int, words: tuple[str, str], due: str, seen: Seen, *, can_reply: bool = True) -> Card:
    """Return the card of a task by (title, text): who, how valued, his number, by when, and the words.

    `due` is the moment as it is said; the button to reply is left out where no word can reach the customer.
    """
    title, text = words
    fields = (("customer", seen.name), ("level", seen.level), ("phone", seen.phone), ("due", due))
    reply = Button("task.reply", say("manager.task.card.button.reply"), primary=True)
    done = Button("task.done", say("manager.task.card.button.done"), primary=not can_reply)
    return Card(
        f"task-{task_id}-0",
        say("manager.task.card.title", title=title),
        text if len(text) <= _TEXT_LIMIT else f"{text[:_TEXT_LIMIT]}…",
        tuple((say(f"manager.task.card.field.{name}"), value) for name, value in fields if value),
        (reply, done) if can_reply else (done,),
    )
