"""What clears a member of the staff: misconduct that is denied, praise, defence, and what somebody else did.

Everything is read clause by clause, with `MEANT` where he is spoken of (`bot.understanding.called`). It only takes away
what would accuse him; whoever is accused in a clause of its own stays accused, whatever else is said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from bot.understanding.called import MEANT
from bot.understanding.conduct import any_of, pattern

_WHO = f"(?:{MEANT}|{any_of('they')})"
_NEVER = pattern("never")
_DENIED = re.compile(rf"(?:{any_of('never')})(?:跟我|对我|被|有|过|曾|敢)?(?:{any_of('deed')})")
_GIFT, _UNLIKE, _CHEATED, _GENERAL = pattern("gift"), pattern("unlike"), pattern("cheated"), pattern("general")
_TELLS, _THEY, _PRAISED = pattern("tells"), pattern("they"), pattern("praised")
_OUTSIDER = re.compile(rf"^(?:(?!{any_of('aside')}).){{0,8}}?(?:{any_of('outsider')})")
_SPARED = re.compile(any_of("spared").replace("M", _WHO))
_POSED = re.compile(any_of("posed").replace("M", MEANT))
_CLAIMED = re.compile(any_of("claimed").replace("M", MEANT))
_SPARING, _POSING = pattern("sparing"), pattern("posing")
_CHEAT, _CHEATS = pattern("cheat"), pattern("cheats")


class Signs(NamedTuple):
    """What a whole text has any sign of, before it is looked for clause by clause."""

    denies: bool
    spares: bool
    poses: bool
    general: bool

    @classmethod
    def of(cls, whole: str) -> Signs:
        """Look for them."""
        return cls(*(sign.search(whole) is not None for sign in (_NEVER, _SPARING, _POSING, _GENERAL)))


def undenied(clause: str) -> str:
    """Return a clause without the misconduct that it denies: 从来不骗我, 红包死活不收, 不像别的经理那样忽悠人."""
    for denied in (_UNLIKE, _GIFT, _DENIED) if _NEVER.search(clause) else ():
        clause = denied.sub("〇", clause)
    return clause


def own_doing(clause: str) -> str:
    """Return what of a clause may be the doing of the staff: nothing when its subject is an outsider."""
    clause = _CHEATED.sub("〇", clause)
    if MEANT in clause or _THEY.search(clause):
        return clause
    return "" if _OUTSIDER.match(clause) and not _TELLS.search(clause) else clause


def without_cheats(clause: str) -> str:
    """Return a clause without what cheats did, who are none of the staff."""
    clause = _CHEATED.sub("〇", clause)
    return clause if MEANT in clause or _CHEATS.search(clause) is None else ""


def praises(clause: str) -> bool:
    """Tell whether a clause that speaks of him speaks well of him, or denies misconduct."""
    return _PRAISED.search(clause) is not None or undenied(clause) != clause


def spares(clause: str) -> bool:
    """Tell whether a clause that speaks of him says that he is not to blame, or not to be punished."""
    return _SPARED.search(clause) is not None


def poses(clauses: Sequence[str]) -> frozenset[int]:
    """Return the clauses in which somebody else only passes himself off as him."""
    found = {at for at, clause in enumerate(clauses) if _POSED.search(clause)}
    claimed = {at for at, clause in enumerate(clauses) if _CLAIMED.search(clause)}
    return frozenset(found | (claimed if claimed and any(map(_CHEAT.search, clauses)) else set()))


def of_all(marked: Sequence[str], named: Collection[int]) -> frozenset[int]:
    """Return the clauses that speak of managers in general, where another praises him for being none of those."""
    general = frozenset(at for at in named if _GENERAL.search(marked[at]) and undenied(marked[at]) == marked[at])
    rest = [marked[at] for at in named if at not in general]
    return general if general and rest and all(map(praises, rest)) else frozenset()
