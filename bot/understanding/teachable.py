"""Whether words are a question that others may ask too, or are meant for one person or about one case only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.understanding.called import clauses_as_written
from bot.understanding.own_case import about_own_case

_LEAD = r"(?:我们?|您?你?们?|帮我|麻烦|想|要|可以|能不能|还是|先)*"
_REACH = r"(?:找|联系|转给?|转接|呼叫|叫|让|喊)(?:一下|下)?"
_OFFICE = r"(?:你们?的?|您们?的?|[一-鿿]{1,2})?(?:主管|领导|经理|主任|店长|负责人|老板)"
_THEN = r"(?:.{0,4}(?:回|打|接|给).{0,4}(?:电话|消息|话)|.{0,4}(?:联系|找|来|过来).{0,3})?"
_END = r"(?:[吧啊呀呢了的吗]|\W)*"


def only_for_one(text: str, staff: Iterable[str]) -> bool:
    """Return whether the words only ask for somebody of the staff, or only go on about the speaker's own case."""
    return wants_person(text, staff) or about_own_case(text)


def wants_person(text: str, staff: Iterable[str]) -> bool:
    """Return whether the words only ask for somebody of the staff: 找你们主管, 我要找林浩, 让何主任给我回电话."""
    names = "|".join(map(re.escape, filter(None, staff)))
    who = rf"(?:{_OFFICE}|(?:{names})(?:经理|主管|主任)?)" if names else _OFFICE
    return re.fullmatch(rf"{_LEAD}{_REACH}{who}{_THEN}{_END}", text.strip()[:40]) is not None


def has_wish_for_person(text: str) -> bool:
    """Return whether one of the clauses only asks for somebody by his office: 周敏骗了我，找你们主管."""
    return any(wants_person(clause, ()) for clause in clauses_as_written(text))
