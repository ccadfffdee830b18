"""Words that open a complaint again: 重新打开, 还没解决，接着处理; which one is asked where it is not clear."""

from __future__ import annotations

import json
import re

from bot.dialogue import Router, Turn
from bot.messages import Option, Reply
from bot.store.models import OPEN_STATES, ComplaintState
from bot.tickets import queries
from bot.tickets.complaints import locked
from bot.tickets.numbering import read_number
from bot.tickets.queries import Standing
from bot.understanding import simplified
from handlers.common import office, whose
from handlers.customer.complaint_followup import SHOWN, not_solved, urge

router = Router()
_OVER = frozenset({ComplaintState.ANSWERED, ComplaintState.CLOSED})
_YES = r"(?:(?:是的?|对的?|好的?|嗯|行|可以|要)[，,。.!！\s]{0,3}+)?"
_UNSOLVED = (
    r"(?:(?:(?:根本|完全|还是|还|也|都|并|问题|事情|又){0,4}+(?:没有?|未)(?:解决|处理|修|弄|搞|办)(?:好|完|掉)?"
    r"|又(?:有|出)问题|又(?:坏|断|不行|犯))[了呢啊的]{0,2}+[，,。.!！\s]{0,3}+)?"
)
_ASKED = r"(?:请|麻烦|帮我|帮忙|给我|我要求?|我想|要|能不能|可不可以|可以|你们|那就|就|把){0,5}+"
_THING = (
    r"(?:(?:我的|我之前|我|这个|那个|这件|那件|刚才|上次|之前|原来|的|旧){0,4}+"
    r"(?:.{0,6}投诉(?:单|工单)?|工单|单子|问题|事情?|这事|那事|TS\s?\d{8}\s?-?\s?\d{4,8}))?"
)
_AGAIN = r"(?P<again>(?:重新|再次?|再给我)(?:打开|开启|处理|受理|跟进|解决)|重开|重启)"
_ON = r"(?:接着|继续)(?:给我|帮我)?(?:处理|跟进|解决)"
_REOPEN = re.compile(
    rf"{_YES}{_UNSOLVED}{_ASKED}{_THING}{_ASKED}(?:{_AGAIN}|{_ON})(?:一下|一次|一遍|下)?{_THING}"
    r"[吧啊呀了吗嘛呢]{0,3}+(?:[，,。.!！?？；;\s]++(?P<why>.*))?",
    re.DOTALL | re.IGNORECASE,
)


@router.first
def aside(turn: Turn) -> Reply | None:
    """Take a wish to open again as said about what was answered or closed within 30 days; None where nothing was.

    接着处理 while a complaint is being worked on urges that one.
    """
    found = _REOPEN.fullmatch(simplified(turn.text))
    if found is None:
        return None
    why = turn.text if found["why"] else ""
    known = queries.recent_of(turn.transaction.reading, whose(turn), turn.now)
    number = read_number(turn.text)
    if number:
        known = [each for each in known if each.number == number]
    if not found["again"] and any(each.state in OPEN_STATES and each.state not in _OVER for each in known):
        return _reply(urge(turn))
    over = [each for each in known if each.state in _OVER and not each.withdrawn]
    category = turn.told(turn.text).category
    over = [each for each in over if each.category == category] or over
    if len(over) > 1:
        turn.session.notes["apart"] = json.dumps({"said": why}) if why else ""
        options = (Option(f"cs:{each.id}:no", _label(turn, each)) for each in over[:SHOWN])
        return Reply.choices(turn.say("complaint.reopen.which"), *options)
    held = locked(turn.db, over[0].id) if over else None
    return not_solved(turn, held, why) if held else None


def _label(turn: Turn, complaint: Standing) -> str:
    return f"{complaint.number} {office(turn).title(complaint.category)}"


def _reply(answer: Reply | str) -> Reply:
    return Reply.text(answer) if isinstance(answer, str) else answer
