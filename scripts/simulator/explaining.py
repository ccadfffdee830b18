"""Why the assistant understood a message as it did, for the page: the talk is read again, up to that message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.clock import local_date
from bot.understanding import Context, Understanding, kind_of
from scripts.ask import ROOT, explained, outcome_lines

from .clock import ZONE

BEFORE = timedelta(minutes=10)
"""What was said longer ago is no context."""


class NothingSaid(LookupError):
    """There is no such message in words."""


@lru_cache(maxsize=2)
def _engine(pack: str) -> Understanding:
    return Understanding.load(ROOT / "knowledge", pack)


def explain(messages: Sequence[Mapping[str, Any]], seq: int, pack: str) -> dict[str, Any]:
    """Explain the person's own message `seq` among `messages`, oldest first.

    Raises:
        NothingSaid: there is no such message, or it is not in words.
    """
    own = [each for each in messages if each["side"] == "me" and each["type"] == "text" and each["seq"] <= seq]
    if not own or own[-1]["seq"] != seq:
        raise NothingSaid(str(seq))
    at = datetime.fromisoformat(own[-1]["at"])
    texts = [each["content"] for each in own if at - datetime.fromisoformat(each["at"]) <= BEFORE]
    explanation, context = explained(_engine(pack), texts, Context(local_date(at, ZONE), {}))
    return {
        "text": explanation.text,
        "normalised": explanation.normalised,
        "kind": kind_of(explanation.outcome),
        "band": explanation.band,
        "intents": dict(explanation.intents),
        "sure": dict(explanation.sure),
        "candidates": [
            {"id": each.id, "title": each.title, "score": each.score, "features": dict(each.features)}
            for each in explanation.candidates
        ],
        "outcome": list(outcome_lines(explanation.outcome)),
        "context": {"last": context.last, "asked": context.asked},
    }
