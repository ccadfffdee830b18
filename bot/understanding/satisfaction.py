"""How satisfied people say they are (满意度), typed in place of a tap: 满意, 一般, 不满意 or the number, and why."""

from __future__ import annotations

import re
from typing import NamedTuple

_TAIL = r"[吧了的啊呀]*(?:\W++(?P<why>\w.*))?\W*"
_TYPED = {
    "good": re.compile(
        r"^(?:[1１]\W*|(?:我|都|很|挺|非常|十分|比较|比較)*[满滿]意[了的啊呀]*(?:\W++(?P<why>(?:谢谢|謝謝|辛苦).{0,6}))?\W*)"
    ),
    "fair": re.compile(rf"[2２]\W*|(?:一般般?|[还還](?:行|可以|好)|凑合|湊合){_TAIL}", re.DOTALL),
    "bad": re.compile(
        rf"^(?:[3３]\W*|(?:我|很|非常|十分|都|一[点點][都也]?)*不(?:太|怎么|怎麼|是很)?[满滿]意{_TAIL})", re.DOTALL
    ),
}


class Rating(NamedTuple):
    """One of `good`, `fair` and `bad`, and the reason that was given, which may be empty."""

    answer: str
    why: str


def rating(text: str) -> Rating | None:
    """Return what a text rates; None when it is no rating."""
    for answer, pattern in _TYPED.items():
        if found := pattern.fullmatch(text):
            return Rating(answer, (found["why"] or "").strip())
    return None
