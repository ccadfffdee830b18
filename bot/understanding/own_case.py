"""Words about the speaker's own case that is known already: open it again, hurry, how far is it.

They are for whoever has the case; others who ask the same ask about cases of their own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.understanding.normalisation import simplified

_YES = r"(?:(?:是的?|对的?|好的?|嗯|行|可以|要)[，,。.!！\s]{0,3}+)?"
_UNSOLVED = (
    r"(?:(?:(?:根本|完全|还是|还|也|都|并|问题|事情|又){0,4}+(?:没有?|未)(?:好|(?:解决|处理|修|弄|搞|办)(?:好|完|掉)?)"
    r"|又(?:有|出)问题|又(?:坏|断|不行|犯))[了呢啊的]{0,2}+[，,。.!！\s]{0,3}+)?"
)
_ASKED = r"(?:请|麻烦|帮我|帮忙|给我|我要求?|我想|要|能不能|可不可以|可以|你们|那就|就|把){0,5}+"
_THING = (
    r"(?:(?:我的|我之前|我|这个|那个|这件|那件|刚才|上次|之前|原来|的|旧){0,4}+"
    r"(?:.{0,6}投诉(?:单|工单)?|工单|单子|问题|事情?|这事|那事|TS\s?\d{8}\s?-?\s?\d{4,8}[\s，,：:]{0,2}+))?"
)
_AGAIN = r"(?P<again>(?:重新|再次?|再给我)(?:打开|开启|处理|受理|跟进|解决)|重开|重启)"
_ON = r"(?:接着|继续)(?:给我|帮我)?(?:处理|跟进|解决)"
_REOPEN = re.compile(
    rf"{_YES}{_UNSOLVED}{_ASKED}{_THING}{_ASKED}(?:{_AGAIN}|{_ON})(?:一下|一次|一遍|下)?{_THING}"
    r"[吧啊呀了吗嘛呢]{0,3}+(?:[，,。.!！?？；;\s]++(?P<why>.*))?",
    re.DOTALL | re.IGNORECASE,
)

_SHORT = 24
"""Characters; a longer text tells more than that somebody waits."""

_MINE = r"(?:我的?|那件|这件|那个|这个|上次的?|之前的?)(?:事情?|问题)"
_CASE = rf"(?:投诉|工单|单子|报修|报障|TS\s?\d{{8}}\s?-?\s?\d{{4,8}}|{_MINE})"
_URGES = re.compile(
    rf"(?:{_ASKED})(?:再|赶紧|快点?){{0,2}}+催(?:一催|一下|催|办|促|下)"
    rf"|{_CASE}.{{0,6}}(?:进度|怎么样|怎样|咋样|如何|到哪|有结果|没结果|没动静|没人管|没下文|(?:办好|处理好|解决)了)"
    rf"|(?:查|看|问)(?:一下|下)?.{{0,4}}{_CASE}(?!电话|热线|渠道|方式|流程)"
    r"|(?:怎么|咋|为什么|为啥|到现在|这么久|几天了)[^，,。]{0,4}(?:还没|都没|没)(?:有|人){0,2}+"
    r"(?:处理|解决|修|答复|回复|联系|来人|上门|管|动静|结果|消息)",
    re.IGNORECASE,
)


class Reopening(NamedTuple):
    """A wish that a case goes on: `again` says that it is to be opened again, `more` what else was said."""

    again: bool
    more: bool


def reopening(text: str) -> Reopening | None:
    """Return what a text wishes that asks to open a case again or to go on with it; None for all others."""
    found = _REOPEN.fullmatch(simplified(text))
    return Reopening(found["again"] is not None, bool(found["why"])) if found else None


def about_own_case(text: str) -> bool:
    """Return whether a text only asks to open the speaker's case again, to hurry, or how far it is."""
    plain = simplified(text.strip())
    return reopening(text) is not None or (len(plain) <= _SHORT and _URGES.search(plain) is not None)
