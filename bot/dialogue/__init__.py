"""The conversation: who answers a message, the forms it may open, and what is remembered."""

from bot.dialogue.forms import Form, Invalid
from bot.dialogue.router import Router
from bot.dialogue.turn import Person, Turn

__all__ = ["Form", "Invalid", "Person", "Router", "Turn"]
