"""Which of the options offered a message picks, however it says so: 2, 第二个吧, 后面那个, 最后一个, 宽带那个."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.understanding.normalisation import bare
from bot.understanding.words import up_to

Offered = Sequence[tuple[str, str]]

LONGEST = 16
"""Characters; a longer message says something of its own."""

SHORTEST_NAME = 2
_SHORT = up_to(LONGEST)
_BEFORE = _SHORT + r"(?:那|就|我|还是|应该|是|要|想|选择?|看看?|点|办|问|的|说|指|给|帮|来|先|嗯|哦|好|看一下)*"
_AFTER = r"(?:[吧呀啊的了哈呢哦噢嘛啦]|谢谢|好了|就行|就好|可以|看看|怎么样|看一下|怎么办|那)*"
_THING = r"(?:个|项|条|号|款|种|档|样|行|件|选项)?"
_DIGITS = {digit: place for place, digits in enumerate(("1一", "2二两", "3三", "4四", "5五")) for digit in digits}
_NUMBER = re.compile(rf"{_BEFORE}(?:第|选项)?([1-5一二两三四五]){_THING}{_AFTER}")
_LAST = re.compile(
    rf"{_BEFORE}(?:最后|最末|末尾|最下面|最底下|倒数第[1一])(?:面|边)?的?(?:那|这)?(?:一|1)?{_THING}{_AFTER}"
)
_SECOND_LAST = re.compile(rf"{_BEFORE}倒数第[2二两]{_THING}{_AFTER}")
_FIRST = re.compile(rf"{_BEFORE}(?:最前|最上|头一|首|最开始)(?:面|边)?的?(?:那|这)?(?:一|1)?{_THING}{_AFTER}")
_BEHIND = re.compile(rf"{_BEFORE}(?:后|下)(?:面|边|一)的?(?:那|这)?(?:一|1)?{_THING}{_AFTER}")
_FRONT = re.compile(rf"{_BEFORE}(?:前|上)(?:面|边|一)的?(?:那|这)?(?:一|1)?{_THING}{_AFTER}")
_MIDDLE = re.compile(rf"{_BEFORE}中间的?(?:那|这)?(?:一|1)?{_THING}{_AFTER}")
_SIGNED = re.compile(r"[-+.·]\s*\d")
_NO_NAME = re.compile(r"怎么办?|怎样|什么|多少|哪[个里]?|为什么|可以|能不能|没有|不是|不要|不用|谢谢|你好")
_AROUND_NAME = re.compile(
    r"^(?:我?[说问要指想选看办点]+的?(?:是|那)?|就是|是|那个?|就|还是|应该是?)++"
    rf"|{_SHORT}(?:(?:的|那|这)?(?:个|款|种|项|条|档|一个)|的|吧|呢|啊|呀)++$"
)


def pick(text: str, offered: Offered, *, by_name: bool = True) -> str:
    """Return the id of the option the words pick, nothing when they pick none or more than one.

    With `by_name` the words that set one option's label apart pick it as well.
    """
    for key, label in offered:
        if text == label:
            return key
    words = bare(text) if offered else ""
    if not words or len(words) > LONGEST or _SIGNED.search(text):
        return ""
    place = _place(words, len(offered))
    if place is not None:
        return offered[place][0] if 0 <= place < len(offered) else ""
    return _named(words, offered) if by_name else ""


def _place(words: str, count: int) -> int | None:
    """Return the place that words of order name, counted from 0; None when they name none."""
    if found := _NUMBER.fullmatch(words):
        return _DIGITS[found[1]]
    if _LAST.fullmatch(words):
        return count - 1
    if _SECOND_LAST.fullmatch(words):
        return count - 2
    if _FIRST.fullmatch(words):
        return 0
    if _MIDDLE.fullmatch(words):
        return count // 2 if count % 2 else None
    if _BEHIND.fullmatch(words):
        return count - 1
    return 0 if _FRONT.fullmatch(words) else None


def _named(words: str, offered: Offered) -> str:
    """Return the one option whose label has the words; what all labels have sets none apart."""
    name = _AROUND_NAME.sub("", words)
    if len(name) < SHORTEST_NAME or _NO_NAME.fullmatch(name):
        return ""
    having = [key for key, label in offered if name in bare(label)]
    return having[0] if len(having) == 1 else ""
