"""Redis keys of messages and conversations, built in one place; all start with `tiexin:`."""

from __future__ import annotations

from bot.messages import Incoming

REPLY_SECONDS = 900
"""How long a finished message's reply is replayed from Redis; PostgreSQL keeps it longer."""


def message(incoming: Incoming) -> str:
    """Return the key of a message's claim and stored reply."""
    return f"tiexin:msg:{incoming.channel}:{incoming.account}:{incoming.key}"


def signature(value: str) -> str:
    """Return the key of a signature already seen."""
    return f"tiexin:sig:{value}"


def session(channel: str, account: str, person: str) -> str:
    """Return the key of a person's conversation."""
    return f"tiexin:session:{channel}:{account}:{person}"


def kept(channel: str, account: str, person: str) -> str:
    """Return the key of the last message of a person that was kept and is not done."""
    return f"tiexin:kept:{channel}:{account}:{person}"


def staged(session_key: str) -> str:
    """Return the key of what a conversation becomes when the message being worked on commits."""
    return f"{session_key}:next"


def order(session_key: str) -> str:
    """Return the key of the number of the turn that wrote a conversation last."""
    return f"{session_key}:turn"
