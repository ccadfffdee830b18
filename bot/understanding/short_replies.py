"""What the short words of a conversation mean: yes, no, leave it, one step back, skip it, or a mere nod.

People confirm with 提交吧, 对的没问题, 確認 or 👌; all of it counts wherever a yes is waited for, and none of it is a
question to be answered when nothing is.
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache

from bot.understanding.normalisation import bare
from bot.understanding.words import up_to

LONGEST = 16
"""Characters; a longer message says more than a nod."""

_FACES = re.compile(
    r"[👌👍✅☑✔🆗]\ufe0f?[\U0001F3FB-\U0001F3FF]?|\[(?:ok|强|好的|握手)\]|/:(?:ok|strong)", re.IGNORECASE
)
_SHORT = up_to(LONGEST)
_PARTICLE = r"(?:[吧呀啊的了哈呢哦噢嘛啦呗哒滴嘞]|谢谢|多谢|辛苦了?|您|你|就行)*"
_YES_WORD = (
    "确认|确定|是|对|没错|没问题|没毛病|没意见|无误|正确|好|行|可以|嗯|恩|ok|okay|yes|y|同意|提交|发送|登记|报上去|交上去"
    "|就这样|就这么办|这样"
)
_YES = re.compile(rf"{_SHORT}(?:(?:帮我|给我|请|麻烦|直接|马上|赶紧|赶快|那|就|都|我|已)*(?:{_YES_WORD}){_PARTICLE})+")
_NO = re.compile(rf"{_SHORT}(?:(?:不对|不是|错|有误|不正确|不行|要?修改|要?改|改一下|no|n)[了的吧呀啊哦一下]*)+")
_CANCEL = re.compile(
    rf"{_SHORT}(?:(?:那|就|还是|我|先|都|请|帮我|给我)*"
    r"(?:算|取消|退出|放弃|撤销|撤回|不(?:想|用|要|再)?(?:填|弄|办|登记|投诉|报|说|写|提交)|别(?:登记|投诉|填|报))"
    r"(?:投诉|登记|这次|本次|表|单)*[了吧啦呀啊]*)+"
)
_BACK = re.compile(r"(?:返回|回到?|退回?到?)?(?:上一?步|前一?步|上一?个|前一?个|上一?题|返回|后退)[了吧]?")
_SKIP = re.compile(
    rf"{_SHORT}(?:跳过|略过?|下一?[步个题]|skip|pass|(?:我|也|这个|都)*(?:不知道|不清楚|不记得|记不清|记不得|记不住|说不清|说不上来|不好说|忘记?)"
    r"|没有|无|随便|都行|不想说|不方便说|看着办|你们看着办)[了吧啊呢的]*"
)
_FIRM = re.compile("确认|确定|是|对|提交|发送|登记|没问题|没错|无误|帮我|请")
_NUMBER = re.compile(r"(?:第|选|选择)?[0-9一二三四五](?:个|项|条|号)?")
_NOD = re.compile(
    # Sounds that are particles too stand in front only: inside the repetition they could be read in 2^n ways.
    rf"{_SHORT}[啊哦噢喔]*(?:(?:{_YES_WORD}|知道|明白|收到|了解|懂|这样子?|原来如此|不用|不需要|不必|没有|没事|没|先这样|行吧|好吧"
    rf"|我|都|那|就|暂时|已经){_PARTICLE})*"
)
_WANTED = re.compile(r"(?:要|需要|想要?|请吧|麻烦你?了?|转吧?)[的吧呀啊]*")
_NONE_OF_THEM = re.compile(r"(?:以上|上面)?(?:这?[几三]个)?(?:都|全)(?:不是|没有|不对)(?:的|了|啊)*[。.!！]?")


class Word(enum.StrEnum):
    """What a short message is when nothing is open that it could answer."""

    CONFIRM = "confirm"  # 确认, 提交, 是的, 2
    NOD = "nod"  # 好的, 嗯, 知道了, 不用了
    LEAVE = "leave"  # 取消, 上一步, 跳过
    FACE = "face"  # 👌


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Return short words without marks, faces as 好, in simplified characters; a long message as nothing."""
    if len(text) > 2 * LONGEST:
        return ""
    words = bare(_FACES.sub("好", text))
    return words if len(words) <= LONGEST else ""


def is_digit(text: str) -> bool:
    """Return whether the words are one number and nothing else."""
    return re.fullmatch(r"\d", plain(text)) is not None


def is_yes(text: str) -> bool:
    """Return whether the words say yes to what was just shown."""
    return _YES.fullmatch(plain(text)) is not None or plain(text) == "1"


def accepts(text: str) -> bool:
    """Return whether the words take what is offered: yes, or 请吧, 转吧."""
    return is_yes(text) or _WANTED.fullmatch(text) is not None


def is_none_of_them(text: str) -> bool:
    """Return whether the words only say that none of the options is meant: 都不是."""
    return _NONE_OF_THEM.fullmatch(text) is not None


def is_no(text: str) -> bool:
    """Return whether the words only say that something is wrong, not what."""
    return _NO.fullmatch(plain(text)) is not None


def is_cancel(text: str) -> bool:
    """Return whether the words leave what is being filled in."""
    return _CANCEL.fullmatch(plain(text)) is not None


def is_back(text: str) -> bool:
    """Return whether the words go one step back."""
    return _BACK.fullmatch(plain(text)) is not None


def is_skip(text: str) -> bool:
    """Return whether the words leave one question open."""
    return _SKIP.fullmatch(plain(text)) is not None


def word(text: str) -> Word | None:
    """Return what short words are by themselves; None when they say something."""
    words = plain(text)
    if not words:
        return None
    if not bare(text):
        return Word.FACE
    if _CANCEL.fullmatch(words) or _BACK.fullmatch(words) or words in {"跳过", "下一步", "退出"}:
        return Word.LEAVE
    if _NUMBER.fullmatch(words) or (_FIRM.match(words) and _YES.fullmatch(words)):
        return Word.CONFIRM
    return Word.NOD if _NOD.fullmatch(words) else None
