"""How each complaint category is soothed and asked about: `knowledge/<pack>/complaints.yaml`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.dialogue import Turn
from handlers.office import fill

_NEEDS = ("what", "since", "where", "wish", "call")
_NAMES = {"place": "where", "number": "where", "may_call": "call"}
"""Other names of the same questions."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One category: which questions it needs, its own way to ask them, and the first kind sentence."""

    needs: tuple[str, ...] = _NEEDS
    ask: tuple[tuple[str, str], ...] = ()
    soothe: str = ""


def wording(turn: Turn, category: str) -> Wording:
    """Return the wording of `category`; one that is not described needs everything."""
    file = _file(turn.settings.tiexin_knowledge, turn.person.pack)
    return _read(file, os.stat(file).st_mtime_ns).get(category, Wording())


def soothe(turn: Turn, category: str, escalated: bool) -> str:
    """Return the first kind sentence, by name where it is known.

    It is the supervisor's for a serious matter, else the category's, else the common one.
    """
    own = wording(turn, category).soothe
    words = turn.say("complaint.soothe_escalated" if escalated else "complaint.soothe")
    if own and not escalated:
        words = fill(turn, own)
    return f"{turn.person.address}，{words}" if turn.person.name else words


def question(turn: Turn, category: str, step: str) -> str:
    """Return how to ask for `step`, as the category asks it or as all do."""
    own = dict(wording(turn, category).ask).get(step)
    return fill(turn, own) if own else turn.say(f"complaint.ask.{step}")


def default_wish(turn: Turn, category: str) -> str:
    """Return what a customer wants who was not asked."""
    own = f"complaint.wish.{category}"
    return turn.say(own if own in turn.texts else "complaint.wish.default")


@lru_cache(maxsize=16)
def _file(knowledge: Path, pack: str) -> str:
    """Return the file's name as the system wants it; a form asks for it several times a message."""
    return str(knowledge / pack / "complaints.yaml")


@lru_cache(maxsize=16)
def _read(file: str, _changed: int) -> dict[str, Wording]:
    document = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    return {
        str(each["id"]): Wording(
            needs=tuple(_NAMES.get(need, need) for need in each.get("needs", _NEEDS)),
            ask=tuple((str(step), str(words)) for step, words in (each.get("ask") or {}).items()),
            soothe=str(each.get("soothe", "")),
        )
        for each in document["categories"]
    }
