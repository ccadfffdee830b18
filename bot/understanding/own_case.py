"""Words about the speaker's own case that is known already.

More of it, open it again, take it back, hurry, how far is it.
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

_WITHDRAW = re.compile(
    r"^(?:(?:我要?|我想|帮我|请|麻烦|把)*(?:撤销|撤回|撤掉|撤了|取消)(?:一下|掉)?(?:我的?|这个|那个|刚才的?|上次的?|之前的?)*(?:投诉|TS[\d-]+)(?:吧|了)?[。.!！]?"
    r"|(?:把)?(?:我的?|这个|那个|刚才的?|上次的?|之前的?)*(?:投诉|TS[\d-]+)(?:给我)?(?:撤销|撤回|撤掉|撤|取消)(?:一下|掉)?(?:吧|了)?[。.!！]?"
    r"|(?:我要?|我想|那)?(?:不投诉了|不想投诉了|撤诉)(?:吧|了)?[。.!！]?)",
    re.IGNORECASE,
)
_ADD = re.compile(
    r"^(?:我要?|我想|再|还要?|麻烦|请|帮我)*补充(?:(?:一下|一句|一点|说明|投诉)+[:：,，。\s]*|[:：,，。\s]+|$)(?P<words>.*)",
    re.DOTALL,
)
_ASKED_SOLVED = re.compile(
    r"^(?:我的?|那个|这个|投诉|问题|事情|你们|到底)*(?:解决|处理|修|弄|办)(?:好|完)?了?(?:吗|嗎|没有?|沒有?|么)(?:你们|啊|呀)*[?？]*"
)
_ASKED_WHEN = re.compile(
    r"(?:什么时候|什麼時候|啥时候|几时|多久|几点|哪天|何时).{0,5}(?:处理|解决|修|弄|搞|恢复|联系|回复|答复|上门|来人|有结果|能好|给我)"
    r"|(?:投诉|这事|那事|事情|问题).{0,4}(?:谁|哪位).{0,3}(?:负责|处理|在办|管)"
)
_SHORT_ASKED = 16
"""Characters; so short a "什么时候能修好" asks about what is open."""

_QUERY_WORDS = re.compile(
    r"进度|查询?|怎么样了?|如何了?|到哪了?|我的?|投诉|编号|处理|的|了|吗|呢|什么|情况|[\s?？。，,:：!！]"
)
_SHORTEST = 4
"""Characters; fewer beside a case's number tell nothing."""

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


def withdraws(text: str) -> bool:
    """Return whether a text only takes a complaint back: 撤销投诉, 不投诉了."""
    return _WITHDRAW.fullmatch(text) is not None


def addition(text: str) -> str | None:
    """Return what a text adds to a complaint, which may be nothing yet; None where it adds nothing."""
    found = _ADD.fullmatch(text)
    return found["words"].strip() if found else None


def asks_how_far(text: str) -> bool:
    """Return whether a text asks, of a case that is open, if it is solved, when it will be, or who has it."""
    return bool(_ASKED_SOLVED.fullmatch(text)) or (len(text) <= _SHORT_ASKED and bool(_ASKED_WHEN.search(text)))


def tells_more(words: str) -> bool:
    """Return whether the words beside a case's number do more than ask for it."""
    return len(_QUERY_WORDS.sub("", words)) >= _SHORTEST
