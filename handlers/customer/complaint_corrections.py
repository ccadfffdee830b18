"""What a customer's words change in a complaint that is being taken down: one field, several, or more of the story."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.dialogue import Turn
from bot.understanding import ComplaintSlots
from handlers.customer.complaint_draft import LONGEST, bare_number, facts

CALL_YES = re.compile(
    r"^.*(可以|方便|行|好|能|嗯|是|打吧|打电话|回电|随时|点|上午|下午|晚上|yes|ok).*", re.IGNORECASE | re.DOTALL
)
CALL_NO = re.compile(
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
_SHORTEST = 4
"""Characters; fewer are no part of a story."""


def amended(turn: Turn, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values after free words at the summary; unchanged when the words say nothing about them."""
    changed, text = dict(values), turn.text[:LONGEST].strip()
    if found := _LABELLED.fullmatch(text):
        return _labelled(turn, changed, found["label"], found["value"].strip())
    if number := _only_phone(text):
        changed["phone"] = number
        return changed
    if (
        len(text) <= 14
        and re.search("电话|回电|微信联系|联系我", text)
        and (CALL_NO.fullmatch(text) or CALL_YES.fullmatch(text))
    ):
        changed["call"] = not CALL_NO.fullmatch(text)
        return changed
    words = _WRONG.sub("", text)
    read = turn.told(words)
    if only_time(words, read):
        changed["since"] = words
        return changed
    if read.wish and len(words) - len(read.wish) <= 2:
        changed["wish"] = words
        return changed
    if words != text and _corrected(changed, words, read):
        return changed
    if words != text:
        words = turn.say("complaint.correction", text=words) if words else ""
    return _told_more(changed, _MORE.sub("", words))


def gather(turn: Turn, values: dict[str, Any], asked: str) -> None:
    """Take from an answer what it says about other fields that are still open: "昨天开始的，在家里，别打电话"."""
    known = facts(turn, values)
    read = turn.told(turn.text[:LONGEST])
    said = {"since": read.since_text, "where": read.place or read.number, "wish": read.wish, "call": read.may_call}
    for field, value in said.items():
        if field != asked and value is not None and not known.has(field):
            values[field] = value
    if asked != "phone" and read.number and not known.phone:
        values["phone"] = read.number


def more(values: Mapping[str, Any], words: str) -> str:
    """Return the story with some more words."""
    return "；".join(filter(None, (str(values.get("what", "")), words.strip())))[:LONGEST]


def _only_phone(text: str) -> str:
    """Return the number in words that say no more than which number to call: 打13912345678这个."""
    number = bare_number(text)
    rest = _AROUND_PHONE.sub("", re.sub(r"[\s-]", "", text).replace(number, "")) if number else "…"
    return number if not rest else ""


def only_time(words: str, read: ComplaintSlots) -> bool:
    """Tell whether words are nothing but since when: 前天开始的."""
    if not read.since_text or len(words) > 20:
        return False
    return len(_AROUND_TIME.sub("", words).replace(_AROUND_TIME.sub("", read.since_text), "")) <= 1


def _corrected(changed: dict[str, Any], words: str, read: ComplaintSlots) -> bool:
    """Put what a correction says into its fields; return whether it was about any."""
    said: dict[str, Any] = {
        "since": words if read.since_text and len(words) <= 20 else read.since_text,
        "where": read.place or read.number,
        "wish": read.wish,
        "call": read.may_call,
    }
    told = {field: value for field, value in said.items() if value is not None}
    changed.update(told)
    return bool(told)


def _told_more(changed: dict[str, Any], words: str) -> dict[str, Any]:
    if len(words) >= _SHORTEST:
        changed["what"] = more(changed, words)
    return changed


def _labelled(turn: Turn, changed: dict[str, Any], label: str, value: str) -> dict[str, Any]:
    """Change the field that is named: 时间改成前天, 类别不对，是费用问题."""
    match _FIELDS.get(label, "where"):
        case "category":
            changed.update(_category(turn, value))
        case "call":
            changed["call"] = not CALL_NO.fullmatch(value)
        case "phone" if bare_number(value):
            changed.update(phone=bare_number(value), call=True)
        case "phone":
            pass
        case field:
            changed[field] = value
    return changed


def _category(turn: Turn, value: str) -> dict[str, str]:
    """Return the category that is named, by its title or by a word of it; nothing when there is none."""
    for category in turn.understanding.categories():
        if category.title[:2] in value or value in category.title:
            return {"category": category.id}
    read = turn.told(value)
    return {"category": read.category} if read.category else {}
