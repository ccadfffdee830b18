"""Name the kind of message an outcome stands for."""

from __future__ import annotations

from bot.understanding.outcome import Intent, Understood, Unknown

_OF_INTENTS = {
    "complaint.file": "complaint",
    "urge": "urge",
    "praise": "praise",
    "greet": "chat",
    "thanks": "chat",
    "bye": "chat",
    "smalltalk": "chat",
    "question": "question",
}


def kind_of(outcome: Understood) -> str:
    """Return question, request, complaint, urge, praise, chat, abuse, or sensitive."""
    if isinstance(outcome, Intent):
        if outcome.name == "careful":
            return "abuse" if outcome.slots.get("kind") == "abuse" else "sensitive"
        return _OF_INTENTS.get(outcome.name, "request")
    return "request" if not isinstance(outcome, Unknown) and outcome.wish else "question"
