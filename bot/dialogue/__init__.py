"""The conversation: what comes in, who answers it, what is remembered."""

from bot.channels.types import (
    SILENT,
    Article,
    Button,
    Card,
    Choices,
    Incoming,
    Kind,
    Media,
    Option,
    Picture,
    Reply,
    Text,
)
from bot.dialogue.acknowledge import Acknowledger, NotKept
from bot.dialogue.claims import Claims
from bot.dialogue.forms import Form, Invalid
from bot.dialogue.pipeline import Pack, Pipeline
from bot.dialogue.plain import PlainTurns
from bot.dialogue.resume import Resumption
from bot.dialogue.router import Router
from bot.dialogue.turn import Person, Turn
from bot.dialogue.work import Work

__all__ = [
    "SILENT",
    "Acknowledger",
    "Article",
    "Button",
    "Card",
    "Choices",
    "Claims",
    "Form",
    "Incoming",
    "Invalid",
    "Kind",
    "Media",
    "NotKept",
    "Option",
    "Pack",
    "Person",
    "Picture",
    "Pipeline",
    "PlainTurns",
    "Reply",
    "Resumption",
    "Router",
    "Text",
    "Turn",
    "Work",
]
