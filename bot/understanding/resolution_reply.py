"""What people say when they are asked whether it is solved: yes, no, or words that could be either."""

from __future__ import annotations

import enum
import re

from bot.understanding import short_replies
from bot.understanding.normalisation import normalise
from bot.understanding.short_replies import Word
from bot.understanding.words import up_to

LONGEST = 24
"""Characters; a longer message tells more than whether it is solved."""


class Verdict(enum.StrEnum):
    """The customer's word."""

    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    STILL = "still"  # the trouble goes on, in words that may also begin a new story: 又断了
    UNSURE = "unsure"  # 好了, 是的, 没有: asked once more


_MARKS = re.compile(r"[^0-9a-z一-鿿]+")
_QUESTION = re.compile(
    r"[?？]\s*$|(?:吗|嗎|么|麼|没|沒|没有|沒有)[了啊呀]*[。.!！]?$|怎[么麼]|如何|多久|什么时候|是不是|有没有|能不能"
)
_DONE = r"(?:解决|修好|弄好|处理好|搞好|搞定|办好|恢复|正常)"
_LEAD = (
    r"(?:好了?|嗯|是的?|对的?|哦|谢谢(?:你们?|您)?|感谢|现在|今天|刚才|问题|事情|都|已经?|终于|总算|确实|基本|应该|完全|全部?"
    r"|我?家?(?:里|的)?(?:网络?|宽带|信号|电视)|不用(?:管|处理|来|修)了)*"
)
_TAIL = r"(?:了|啦|喽|啊|呀|哈|哦|吧|的|很|非常|太|多|谢谢?|感谢|辛苦|满意|你们?|您|大家|师傅|周到|及时|快|好)*"
_WORKS = r"没问题了|能用了|能上网了|不卡了|不(?:再)?掉线了|不断了"
_SOLVED = re.compile(rf"{up_to(LONGEST)}{_LEAD}(?:{_DONE}(?:好|正常)?[了啦]|已{_DONE}|{_WORKS}){_TAIL}")
_MAYBE = re.compile(rf"{up_to(LONGEST)}{_LEAD}(?:好了|可以了|行了|通了|有了|快了){_TAIL}")
_NO = frozenset({"没有", "没", "还没有", "还没", "没呢", "并没有", "没有呢"})
_NOT = re.compile(
    rf"(?:没有?|未|不)(?:能|给|有|人|得到|彻底|完全|真正)*(?:{_DONE}|好转|效果|变化|改善|管用|起作用)"
    rf"|没(?:有|人)?(?:处理|用|来)|{_DONE}不了|修不好|不好用|不能用|用不了|白修|没啥用"
)
_STILL = re.compile(
    r"(?:还是|还在|又|仍然?|依旧|依然|照样|一样|一直)(?:不|没|断|掉|卡|慢|坏|停|扣|出|那样|这样|老样子|连|上不|打不)"
    r"|老样子|跟之前一样|越来越"
)
_GOES_ON = re.compile(
    r"(?:根本|完全|还是|也|都|并|问题|事情|我|很|非常|十分|一点都?){0,3}+"
    r"(?:(?:没|没有|沒|沒有|未)(?:彻底|完全|真正)?(?:解决|解決|处理|處理|修|弄|搞)(?:好|掉)?|不(?:太|是很)?[满滿]意|[还還](?:没|没有|沒|沒有)好)"
    r"(?!办法|方案|的话|之前|过|的问题)[了呢啊呀的吧哦]{0,3}+.*",
    re.DOTALL,
)


def unsolved(text: str) -> bool:
    """Tell whether a text of any length begins by saying that it is not solved: 没解决，她根本没来."""
    return _GOES_ON.fullmatch(text.strip()) is not None


def verdict(text: str) -> Verdict | None:
    """Return what a short message says about whether it is solved; None for questions and for everything else."""
    plain = _MARKS.sub("", normalise(text))
    if not plain or len(plain) > LONGEST:
        return None
    if plain in _NO or short_replies.word(text) is Word.CONFIRM:
        return Verdict.UNSURE
    if _QUESTION.search(text):
        return None
    if _NOT.search(plain):
        return Verdict.NOT_SOLVED
    if _STILL.search(plain):
        return Verdict.STILL
    if _SOLVED.fullmatch(plain):
        return Verdict.SOLVED
    return Verdict.UNSURE if _MAYBE.fullmatch(plain) else None
