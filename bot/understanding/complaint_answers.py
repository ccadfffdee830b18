"""What short words say to one question of the complaint form, or change in what it shows."""

from __future__ import annotations

import re

from bot.understanding.outcome import ComplaintSlots

LONGEST_TIME = 20
"""Characters; a longer answer to "since when" tells more than that."""

_LONGEST_CALL = 14
"""Characters; longer words tell more than whether to call."""

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_CALL_YES = re.compile(
    r"^.*(可以|方便|行|好|能|嗯|是|打吧|打电话|回电|随时|点|上午|下午|晚上|yes|ok).*", re.IGNORECASE | re.DOTALL
)
_CALL_NO = re.compile(
    r"^(?:.*(不用|不要|别打|不方便|不可以|不行|不能|不想|不打|别给我打|微信(?:回|说|联系|就)|打字).*|不|否|no)",
    re.IGNORECASE | re.DOTALL,
)
_MARK = r"[，,。.！!、：:\s]"
_WRONG = re.compile(
    rf"^{_MARK}*(?:不对|不是|错了?|有误|记错了?|写错了?|更正(?:一下)?|纠正(?:一下)?|改一下|改成?|应该|准确说|其实){_MARK}*"
    rf"(?:应该|改成|改为)?(?:是|为)?{_MARK}*"
)
_MORE = re.compile(
    rf"^(?:对了|麻烦|请|帮我)*{_MARK}*(?:(?:再|还要?|另外|顺便)*(?:加|补充|补|添)(?:上|一下|一?[句点条])*|还有|另外|再说一句)"
    rf"(?:{_MARK}+|(?<=[句点条上下]))"
)
_LABELLED = re.compile(
    r"(?:把)?(?P<label>号码/地址|开始时间|起始时间|联系电话|时间|日期|号码|地址|电话|手机号?|希望|诉求|类别|分类|事情|内容|回电)"
    rf"(?:不对{_MARK}*)?(?:改成|改为|换成|写成|应该是|是|为|改|：|:)+\s*(?P<value>.+)",
    re.DOTALL,
)
_FIELDS = dict.fromkeys(("时间", "日期", "开始时间", "起始时间"), "since") | dict.fromkeys(("希望", "诉求"), "wish")
_FIELDS |= dict.fromkeys(("事情", "内容"), "what") | dict.fromkeys(("类别", "分类"), "category")
_FIELDS |= dict.fromkeys(("电话", "手机", "手机号", "联系电话"), "phone") | {"回电": "call"}
_AROUND_TIME = re.compile(
    r"开始|出现|发生|以来|起|从|自|打|的|是|就|大概|大约|应该|左右|有|了|那天|都|一直|吧|这样|时候|[，,。.\s]"
)
_AROUND_PHONE = re.compile(r"[请就打给回吧是用到]|可以|联系|电话|手机|号码?|换成?|改成?|这个|我的?|[，,。.:：！!]")
_ABOUT_CALL = re.compile("电话|回电|微信联系|联系我")
_QUESTION = re.compile(r"[?？]\s*$|(?:吗|呢)[。.!！]?$")
_VAGUE_TIME = re.compile(
    r"一直|有时|偶尔|经常|天天|每[天晚周月]|最近|好久|很久|多久|老早|刚|以来|以后|之后|之前|开始|从|晚上|白天|早上|夜里|下雨|几[天周个]|好几"
    r"|国庆|中秋|五一|元旦|春节|过年|假期|暑假|寒假|周末|[日月年周号点]|装|办|换"
)
_AROUND_CALL = re.compile(
    r"^(?:可以|方便|行|好|能|嗯|都|的|吧|啊|[，,。.\s])+"
    r"|(?:再|(?=给我|联系我|打|来|电话)|(?<![吧，,。.\s])(?<!就行))"
    r"(?:给我|联系我)?(?:打|来)?(?:电话)?(?:吧|就行|[，,。.\s])*+$"
)
_TIME_OF_DAY = re.compile(r"点|上午|下午|晚上|中午|早上|周|星期|之后|以后|之前|以前|明天|后天|今天|下班")


def may_call(text: str) -> bool | None:
    """Return what an answer says to whether he may be called; None where it says neither."""
    if _CALL_NO.fullmatch(text):
        return False
    return True if _CALL_YES.fullmatch(text) else None


def only_call(text: str) -> bool | None:
    """Return whether he may be called when the words are about nothing else; None for all others."""
    return may_call(text) if len(text) <= _LONGEST_CALL and _ABOUT_CALL.search(text) else None


def call_time(text: str) -> str:
    """Return when he may be called, of an answer without its number; nothing when it does not say."""
    time = _AROUND_CALL.sub("", text)
    return time if _TIME_OF_DAY.search(time) else ""


def bare_number(text: str) -> str:
    """Return the mobile number in what was written, nothing when there is none."""
    found = _MOBILE.search(re.sub(r"[\s-]", "", text))
    return found.group() if found else ""


def only_number(text: str) -> str:
    """Return the number in words that say no more than which number to call: 打13912345678这个."""
    number = bare_number(text)
    rest = _AROUND_PHONE.sub("", re.sub(r"[\s-]", "", text).replace(number, "")) if number else "…"
    return number if not rest else ""


def only_time(words: str, read: ComplaintSlots) -> bool:
    """Tell whether words are nothing but since when: 前天开始的."""
    if not read.since_text or len(words) > LONGEST_TIME:
        return False
    return len(_AROUND_TIME.sub("", words).replace(_AROUND_TIME.sub("", read.since_text), "")) <= 1


def vaguely_since(text: str) -> bool:
    """Tell whether words say since when without a day: 一直这样, 装了以后."""
    return len(text) <= LONGEST_TIME and _VAGUE_TIME.search(text) is not None


def is_question(text: str) -> bool:
    """Tell whether an answer rather asks something: it ends as a question does."""
    return _QUESTION.search(text) is not None


def labelled(text: str) -> tuple[str, str] | None:
    """Return the field of the form that words name, and what they put into it: 时间改成前天; None for all others."""
    found = _LABELLED.fullmatch(text)
    return (_FIELDS.get(found["label"], "where"), found["value"].strip()) if found else None


def corrected(text: str) -> str:
    """Return a correction without the words that say it is one: 不对，是前天 -> 前天; other words as they are."""
    return _WRONG.sub("", text)


def added(text: str) -> str:
    """Return more words of the story without those that say they are more: 再补充一句，… ."""
    return _MORE.sub("", text)
