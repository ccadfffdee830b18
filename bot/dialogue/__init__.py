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
from bot.dialogue.acknowledge import Acknowledger
from bot.dialogue.forms import Form, Invalid
from bot.dialogue.pipeline import Pack, Pipeline, Work
from bot.dialogue.router import Router
from bot.dialogue.turn import Person, Turn

__all__ = [
    "SILENT",
    "Acknowledger",
    "Article",
    "Button",
    "Card",
    "Choices",
    "Form",
    "Incoming",
    "Invalid",
    "Kind",
    "Media",
    "Option",
    "Pack",
    "Person",
    "Picture",
    "Pipeline",
    "Reply",
    "Router",
    "Text",
    "Turn",
    "Work",
]
